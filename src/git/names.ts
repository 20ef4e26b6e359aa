/** Names that a project's people are likely to say: of files and of what they define at their top, those worked on last first. Reads base alone. */
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { refOf } from './branch-name.ts'
import { objectName, own } from './command.ts'
import type { Context } from './command.ts'
import { placesOf } from './places.ts'
import type { Named, Repository } from './port.ts'

/** Somebody waits to be understood; names are a hint only. */
const NAMES_MS = 2000
const OUTPUT_BYTES = 512 * 1024
/** The newest work is what is spoken of. */
const COMMITS = 40
const FILES = 80
const SYMBOLS = 200
const SYMBOLS_OF_A_FILE = 8
const NAME_CHARACTERS = 40
/** What begins a definition at the start of a line, in the languages that are written most. */
const DEFINES =
  '^(export +)?(default +)?(pub +)?(public +|abstract +|async +)*(function|class|interface|type|const|def|fn|func|struct|enum|trait|module) +[A-Za-z_$][A-Za-z0-9_$]+'

/** See `Git.names`. */
export async function names(context: Context, repository: Repository, branch: string, unless?: string): Promise<Named | undefined> {
  const { base } = placesOf(context.home, repository.projectId)
  if (!existsSync(base)) return undefined
  const tip = await own(context, base, ['rev-parse', '--quiet', '--verify', `${refOf(branch)}^{commit}`], { answers: [1] })
  if (tip.stdout.trim() === '') return undefined
  const commit = objectName(tip)
  if (commit === unless) return { commit, files: [], symbols: [] }
  const options = { answers: [1, 128], timeoutMs: NAMES_MS, outputBytes: OUTPUT_BYTES, mayTruncate: true }
  const log = ['log', '-z', `--max-count=${COMMITS}`, '--no-renames', '--format=', '--name-only', commit]
  const [recent, all] = await Promise.all([
    own(context, base, log, options),
    own(context, base, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit], options),
  ])
  const there = new Set(pathsIn(all.stdout))
  const paths = [...new Set([...pathsIn(recent.stdout).filter((path) => there.has(path)), ...there])].slice(0, FILES)
  if (paths.length === 0) return { commit, files: [], symbols: [] }
  const grep = ['grep', '-I', '-h', '-o', '-E', `--max-count=${SYMBOLS_OF_A_FILE}`, '--no-color', '-e', DEFINES, commit, '--', ...paths]
  const found = await own(context, base, grep, options)
  const symbols = found.stdout.split('\n').flatMap((line) => /[\w$]+$/u.exec(line)?.[0] ?? [])
  return { commit, files: told(paths.map(spoken), FILES), symbols: told(symbols, SYMBOLS) }
}

const pathsIn = (output: string): string[] => output.split('\0').flatMap((path) => path.trim() || [])

/** A file as people call it: without folder and ending. */
function spoken(path: string): string {
  const name = posix.basename(path)
  return name.replace(/(?<=.)(?:\.\w+)+$/u, '')
}

function told(all: readonly string[], most: number): string[] {
  return [...new Set(all.filter((name) => name.length > 2 && name.length <= NAME_CHARACTERS && /^[\p{L}\p{N}._$ -]+$/u.test(name)))].slice(0, most)
}
