/**
 * Commands of a task that run while its agent goes on. A place one of them is stopped at is asked about at once; nothing waits for the
 * answer, which the agent hears when it looks at the command, and which counts from the next run of it.
 */
import { errorText } from '#core'
import type { BackgroundCommands, ToolOutcome } from '#engines'
import type { Blocked, Finished, NetworkAccess } from '#sandbox'
import { describeBlocked, hostAnswers, noteBlocked } from '../host-access.ts'
import { keepLog, newLog } from '../keep-log.ts'
import { underClaim } from '../machinery.ts'
import { runCommand, type CommandRequest, type Ground } from '../run-command.ts'
import type { Work } from './work.ts'

/** What a command may touch. */
export type Reaching = { readonly ground: Ground; readonly network?: NetworkAccess | undefined }
type Request = Pick<CommandRequest, 'command' | 'timeoutMs' | 'signal' | 'heard'> & { readonly onOutput: (text: string) => void }

/** Runs a command of this work; errors as `runCommand`. */
export function runReaching({ m, project, worktree }: Work, { ground, network }: Reaching, request: Request): Promise<Finished> {
  return runCommand(m, { ground, project, worktree, ...request, ...(network === undefined ? {} : { network }) })
}

/** What the tools get to begin and look after commands in the background. */
export function inBackground(w: Work, callId: string, reach: Reaching): BackgroundCommands {
  return {
    start: (command, timeoutMs) =>
      w.background.begin((signal, onOutput) => runAsking(w, callId, reach, { command, timeoutMs, signal, onOutput }), callId),
    look: async (id, waitMs) => withAnswers(w, id, await w.background.look(id, waitMs)),
    stop: async (id) => withAnswers(w, id, await w.background.stop(id)),
  }
}

/** Asks while the command still runs: many of them end only with the task. */
async function runAsking(w: Work, callId: string, { ground, network }: Reaching, request: Request): Promise<Finished> {
  const { m, claim, run, worktree } = w
  const signal = AbortSignal.any([request.signal, claim.signal])
  const at = { callId: keyOf(callId), runId: run.id, command: request.command, cwd: worktree.path }
  const printed = { taskId: claim.task.id, callId, heard: newLog() }
  let asking: Promise<unknown> = Promise.resolve()
  const onBlocked = (blocked: Blocked): void => {
    request.onOutput(`\n${describeBlocked([blocked])}\n`)
    // One after the other: what was asked already is known to the next.
    asking = asking
      .then(() => noteBlocked(m, claim, { ...at, finished: { traffic: { reached: [], blocked: [blocked] } } }))
      .catch((error: unknown) => m.log.warn({ task: claim.task.number, error: errorText(error) }, 'background.not-asked'))
  }
  try {
    const reaching = network === undefined ? { ground } : { ground, network: { ...network, onBlocked } }
    return await runReaching(w, reaching, { ...request, signal, heard: printed.heard })
  } finally {
    await keepLog(m, printed)
    await asking
  }
}

async function withAnswers(w: Work, id: string, outcome: ToolOutcome): Promise<ToolOutcome> {
  const callId = w.background.callOf(id)
  if (callId === undefined) return outcome
  const { open, said } = await underClaim(w.m, w.claim, (tx, task) => hostAnswers(tx, task, keyOf(callId)))
  const words = open ? 'The person is being asked about that place. Go on meanwhile; what they allow counts from the next run of the command.' : said
  return words === undefined ? outcome : { ...outcome, output: `${outcome.output}\n${words}` }
}

/** Not the call's own: the call was answered when its command began, and must not wait for this answer. */
function keyOf(callId: string): string {
  return `background:${callId}`
}
