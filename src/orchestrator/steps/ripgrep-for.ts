/** ripgrep for the tools of one piece of work: behind the walls, where it can only read the worktree. Without walls it is not started. */
import { LughError } from '#core'
import type { Worktree } from '#db'
import type { Claim, Machinery } from '../machinery.ts'
import { groundOf, taskHome } from '../run-command.ts'

/** It reads 100,000 files in a second or two. */
const TIMEOUT_MS = 10_000
/** Names of some ten thousand files: a text that so many hold narrows nothing. */
const NAMES_MAX_BYTES = 1024 * 1024
/** Where it was found missing; it is looked for again by the next start. */
const without = new WeakSet<Machinery['sandbox']>()

type For = {
  readonly m: Pick<Machinery, 'sandbox' | 'home'>
  readonly claim: Pick<Claim, 'signal'>
  readonly worktree: Pick<Worktree, 'taskId' | 'path'>
}

/** What it printed; undefined when it is not there, failed, or printed too much to be whole. Throws the claim's reason when that is lost. */
export async function ripgrepFor({ m, claim, worktree }: For, args: readonly string[]): Promise<string | undefined> {
  if (m.sandbox.status.walls === 'none' || without.has(m.sandbox)) return undefined
  const finished = await m.sandbox
    .run({
      command: ['rg', ...args],
      cwd: worktree.path,
      ...groundOf('read', worktree.path, { writable: [], readable: [] }),
      home: taskHome(m, worktree),
      limits: { timeoutMs: TIMEOUT_MS, outputBytes: NAMES_MAX_BYTES },
      signal: claim.signal,
    })
    .catch((error: unknown) => {
      if (error instanceof LughError && error.code === 'sandbox.failed') return undefined
      throw error
    })
  claim.signal.throwIfAborted()
  if (finished === undefined || finished.exitCode === 127) without.add(m.sandbox)
  // 1: nothing found.
  const whole = finished?.endedBy === null && !finished.truncated && (finished.exitCode === 0 || finished.exitCode === 1)
  return whole ? finished.stdout : undefined
}
