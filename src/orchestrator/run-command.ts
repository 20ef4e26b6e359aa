/** Runs a command of a task behind the walls: its worktree and the project's workshop writable, its own HOME, nothing else. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LughError } from '#core'
import type { Project, Worktree } from '#db'
import type { Finished } from '#sandbox'
import { repositoryOf, type Machinery } from './machinery.ts'

/** What a model is shown of a command's output; the rest is cut in the middle. About 8,000 tokens. */
const OUTPUT_FOR_MODEL_BYTES = 32 * 1024

export type CommandRequest = {
  readonly project: Project
  readonly worktree: Pick<Worktree, 'taskId' | 'path'>
  readonly command: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onOutput?: (text: string) => void
}

/** Where a task's commands have their HOME and temporary files; removed with its worktree. */
export function taskHome(m: Pick<Machinery, 'home'>, worktree: Pick<Worktree, 'taskId'>): string {
  return join(m.home, 'homes', worktree.taskId)
}

export async function removeTaskHome(m: Pick<Machinery, 'home'>, worktree: Pick<Worktree, 'taskId'>): Promise<void> {
  await rm(taskHome(m, worktree), { recursive: true, force: true, maxRetries: 3 })
}

/** Answers how the command ended; throws only when it could not be started, or when the claim was lost meanwhile. */
export async function runCommand(m: Machinery, request: CommandRequest): Promise<Finished> {
  const mounts = m.git.mounts(repositoryOf(request.project))
  const finished = await m.sandbox.run({
    command: request.command,
    cwd: request.worktree.path,
    writable: [request.worktree.path, ...mounts.writable],
    readable: mounts.readable,
    home: taskHome(m, request.worktree),
    limits: { timeoutMs: request.timeoutMs, outputBytes: OUTPUT_FOR_MODEL_BYTES },
    signal: request.signal,
    ...(request.onOutput === undefined ? {} : { onOutput: request.onOutput }),
  })
  if (finished.endedBy === 'abort') throw new LughError('conflict', 'This task was stopped.')
  return finished
}

/** The result as a model reads it: exit code first, then what was printed. */
export function describeFinished(finished: Finished): string {
  const end =
    finished.endedBy === 'timeout'
      ? `timed out after ${Math.round(finished.ms / 1000)} s and was ended`
      : finished.endedBy === 'limit'
        ? `was ended: ${finished.limit ?? 'it used too much'}`
        : finished.endedBy === 'output-cap'
          ? 'was ended: it printed too much'
          : finished.signal === null
            ? `exit code ${finished.exitCode ?? 'unknown'}`
            : `ended by signal ${finished.signal}`
  const parts = [end, finished.stdout.trimEnd(), finished.stderr.trimEnd() === '' ? '' : `stderr:\n${finished.stderr.trimEnd()}`]
  return parts.filter((part) => part !== '').join('\n')
}
