/**
 * Command lines by what a person may expect of the policy, one a line in `commands/`. Unsafe ones come from published bypasses of
 * allow-lists and from the manuals of the programs; harmless ones are what coding agents run all day.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' }

/** `\n`, `\t`, `\r`, `\\` and `\u0041` stand for the character. */
function commandsOf(name: string): readonly string[] {
  const lines = readFileSync(join(import.meta.dirname, 'commands', `${name}.txt`), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => line.replaceAll(/\\(n|t|r|\\|u[0-9a-f]{4})/gu, (_, escape: string) => unescaped(escape)))
}

function unescaped(escape: string): string {
  return UNESCAPED[escape] ?? String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
}

/** They reach beyond the worktree, or hide what they do: asked in every mode, never offered for good. */
export const FLOOR_COMMANDS = commandsOf('floor')
/** They stay in the worktree behind the walls, but write, delete or run code: asked in `ask` mode. */
export const ASKED_COMMANDS = commandsOf('asked')
/** They only look around: should not ask. */
export const HARMLESS_COMMANDS = commandsOf('harmless')
