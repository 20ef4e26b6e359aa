/** Plain git without waiting on the event loop's turn: what a shell script would do, as fast as Node can spawn it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
const MAX_OUTPUT = 256 * 1024 * 1024

/** What git prints; throws when it fails. */
export async function plainGit(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await run('git', args, { cwd, env: { ...ENV, ...env }, maxBuffer: MAX_OUTPUT })).stdout.trimEnd()
}
