/** sed and awk run programs of their own. Only forms that cannot write or start anything count as reading; the rest asks. */
import { leavesTree } from '../paths.ts'
import type { ShellWord } from '../shell-word.ts'

const ADDRESS = String.raw`(?:\d+|\$|/[^/\\\n]*/)`
const STEP = String.raw`(?:${ADDRESS}(?:,(?:${ADDRESS}|\+\d+))?)?!?\s*(?:[pdqn=]|s([/|#,:])(?:(?!\1)[^\\\n]|\\.)*\1(?:(?!\1)[^\\\n]|\\.)*\1[gIp0-9]*)`
/** Addresses with p, d, q, n, = and plain substitutions: no e, w, r, W, R, and no flag of `s` that runs or writes. */
const SED_STEP = new RegExp(`^${STEP}$`, 'u')

/** One line of text put in, which reaches to the end of its line. */
const SED_EDIT = new RegExp(`^(?:${ADDRESS}(?:,(?:${ADDRESS}|\\+\\d+))?)?!?[aic]\\\\?\\s*[^\\\\\\n]*$`, 'u')
const PRINTING = /^-[nErsuz]+$|^--(?:quiet|silent|regexp-extended|debug)$/u
const EDITING = /^-[nErsuzi]+$|^-i\.?\w+$|^--(?:quiet|silent|regexp-extended|debug|in-place)$|^--in-place=\.?\w+$/u

/** `sed` that prints: no `-i`, no `-f`, and a script of steps that are known to be harmless. */
export function isReadingSed(args: readonly ShellWord[]): boolean {
  const found = sedWords(args, PRINTING)
  return found !== undefined && found.scripts.every((script) => stepsOf(script).every((step) => SED_STEP.test(step))) && !found.paths.some(leavesTree)
}

/** `sed` that only edits the files it is given, in place too. */
export function isPlainSed(args: readonly ShellWord[]): boolean {
  const found = sedWords(args, EDITING)
  if (found === undefined || args.some((arg) => !arg.known && !arg.glob)) return false
  return found.scripts.every((script) => stepsOf(script).every((step) => SED_STEP.test(step) || SED_EDIT.test(step)))
}

/** Its scripts and its files; undefined with a flag that is not among these. Flags may stand behind files, too. */
function sedWords(args: readonly ShellWord[], flags: RegExp): { scripts: string[]; paths: ShellWord[] } | undefined {
  const scripts: string[] = []
  const paths: ShellWord[] = []
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]
    const value = arg?.value ?? ''
    if (arg === undefined) continue
    if (value === '-e') scripts.push(args[(i += 1)]?.value ?? '')
    else if (value.startsWith('-')) {
      if (!flags.test(value)) return undefined
    } else paths.push(arg)
  }
  if (scripts.length === 0) scripts.push(paths.shift()?.value ?? '')
  return { scripts, paths }
}

function stepsOf(script: string): string[] {
  // A `;` inside a pattern makes pieces that match nothing: it asks.
  return script.split(';').map((step) => step.trim())
}

/** `awk` whose program calls, writes, includes and reads nothing but its files. */
export function isReadingAwk(args: readonly ShellWord[]): boolean {
  const rest = [...args]
  while (rest[0]?.value.startsWith('-') === true) {
    const flag = rest.shift()?.value ?? ''
    if (flag === '-F' || flag === '-v') rest.shift()
    else if (!/^-[Fv]./u.test(flag)) return false
  }
  // `>=` compares; a bare `>` may write.
  const program = (rest.shift()?.value ?? '').replaceAll('>=', '').replaceAll('||', '')
  return /^[^|>@]*$/u.test(program) && !/system|getline|close|include|load|extension|ENVIRON|ARGV/u.test(program) && !rest.some(leavesTree)
}
