/** Starts a program that outlives this one: a Lugh that somebody who speaks MCP needs. Nothing of an agent or a repository is ever started here. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Runs `argv` in `cwd`, in a session of its own, in the same environment; what it prints goes to `log`, which only its owner reads. */
export function startDetached(argv: readonly [string, ...string[]], cwd: string, log: string): void {
  mkdirSync(dirname(log), { recursive: true })
  const out = openSync(log, 'a', 0o600)
  const [program, ...words] = argv
  const child = spawn(program, words, { cwd, detached: true, stdio: ['ignore', out, out] })
  child.on('error', () => undefined) // whoever waits for it is told that it never came
  child.unref()
  closeSync(out)
}
