/**
 * Servers' tools for engines that are programs of their own: a call comes by the run's own way in, and is decided, made and written down as
 * a built-in engine's is. While a person is asked the engine holds its breath; then it is stopped, and the answer finds it by its session.
 */
import { digest, holdsKeyMark, sleep, withoutKeys, type Json } from '#core'
import { appendEvent, approvalOfCall, endStep, setCurrentStep, startStep, stepOf, touchCards, type Task, type Tx } from '#db'
import type { ToolDefinition, ToolOutcome } from '#engines'
import { offeredTools } from '../connectors/offered.ts'
import type { ToolsDoor } from '../connectors/port.ts'
import { underClaim } from '../machinery.ts'
import { stanceNow } from '../mode.ts'
import { HOLD_MS } from './ask-in-session.ts'
import { callServer, decideCall, type ServerCall } from './call-server.ts'
import type { Work } from './work.ts'

/** How often the row is looked at. */
const LOOK_MS = 400
const STOPPED: ToolOutcome = { output: 'Stopped: the person has not answered yet.', isError: true }
const HOLDS_KEY: ToolOutcome = {
  output: 'Not done: the call holds a key, or the ⟦mark⟧ that stands in place of one. Keys are never passed on.',
  isError: true,
}

/** The way in for one run; undefined where it has no server's tools. `stop`: the engine is to be ended, a person has not answered. */
export async function openToolsDoor(w: Work, signal: AbortSignal, stop: () => void): Promise<ToolsDoor | undefined> {
  const offered = async (): Promise<ToolDefinition[]> => offeredTools(w.m.db, w.project, await stanceOf(w))
  if (w.m.connectors === undefined || (await offered()).length === 0) return undefined
  return w.m.connectors.door({
    tools: offered,
    call: (name, input, hungUp) => callInSession(w, { name, input: withoutKeys(input) }, { signal, hungUp, stop }),
  })
}

function stanceOf(w: Work): ReturnType<typeof stanceNow> {
  return underClaim(w.m, w.claim, (tx, task) => stanceNow(tx, task, w.projectMode))
}

type Line = { readonly signal: AbortSignal; readonly hungUp: AbortSignal; readonly stop: () => void }

async function callInSession(w: Work, asked: Pick<ServerCall, 'name' | 'input'>, { signal, hungUp, stop }: Line): Promise<ToolOutcome> {
  if (holdsKeyMark(JSON.stringify(asked.input))) return HOLDS_KEY
  const call: ServerCall = { id: await idFor(w, asked), ...asked }
  const until = Date.now() + (w.m.holdMs ?? HOLD_MS)
  for (;;) {
    const decided = await decideCall(w, call, await stanceOf(w))
    if (decided.may === true) {
      await underClaim(w.m, w.claim, (tx, task) => begin(w, tx, task, call, `${decided.tool.server}: ${decided.tool.name}`))
      const ran = await callServer(w, call, decided.tool)
      return end(w, call, ran)
    }
    if (decided.may === false) {
      await underClaim(w.m, w.claim, (tx, task) => begin(w, tx, task, call, call.name))
      return end(w, call, { output: decided.why, isError: true }, decided.state)
    }
    await underClaim(w.m, w.claim, async (tx, task) => {
      await setCurrentStep(tx, task.id, 'waits for your answer')
      await touchCards(tx, { kind: 'task', subjectId: task.id })
    })
    const heard = await answered(w, call, until, AbortSignal.any([signal, hungUp])).catch((error: unknown) => {
      // The question stays: an answer that comes now belongs to the same call asked again.
      if (hungUp.aborted && !signal.aborted) return 'hung up'
      throw error
    })
    if (heard === 'hung up') return STOPPED
    if (!heard) {
      stop()
      return STOPPED
    }
  }
}

/** Whether the question was decided in time. */
async function answered(w: Work, call: ServerCall, until: number, signal: AbortSignal): Promise<boolean> {
  while (Date.now() < until) {
    await sleep(LOOK_MS, signal)
    signal.throwIfAborted()
    if ((await approvalOfCall(w.m.db, w.claim.task.id, call.id))?.state !== 'pending') return true
  }
  return false
}

/** The same call in the same run is the same until it was made; the next one is another. */
async function idFor(w: Work, { name, input }: Pick<ServerCall, 'name' | 'input'>): Promise<string> {
  const json: Json = JSON.parse(JSON.stringify(input ?? {}))
  const named = digest('session.server-call.v1', { run: w.run.id, name, input: json }).slice(0, 40)
  for (let n = 1; ; n++) {
    const id = `server:${named}:${n}`
    if ((await stepOf(w.m.db, w.claim.task.id, id)) === undefined) return id
  }
}

async function begin(w: Work, tx: Tx, task: Task, call: ServerCall, line: string): Promise<void> {
  const scope = { taskId: task.id, projectId: task.projectId, runId: w.run.id }
  await startStep(tx, { taskId: task.id, runId: w.run.id, callId: call.id, tool: call.name, input: call.input, guard: undefined })
  await setCurrentStep(tx, task.id, line)
  await appendEvent(tx, { ...scope, kind: 'step.started', data: { callId: call.id, tool: call.name, line } })
}

async function end(w: Work, call: ServerCall, ran: ToolOutcome, refused?: 'denied' | 'withheld'): Promise<ToolOutcome> {
  const outcome = { ...ran, output: w.m.redact(ran.output) }
  const state = refused ?? (outcome.isError ? 'failed' : 'finished')
  await underClaim(w.m, w.claim, async (tx, task) => {
    const scope = { taskId: task.id, projectId: task.projectId, runId: w.run.id }
    await endStep(tx, { taskId: task.id, callId: call.id, state, output: outcome.output })
    await appendEvent(tx, { ...scope, kind: 'step.ended', data: { callId: call.id, tool: call.name, state } })
    await touchCards(tx, { kind: 'task', subjectId: task.id })
  })
  return outcome
}
