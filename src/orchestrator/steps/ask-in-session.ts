/**
 * What an engine of its own may do by itself, and the card when it may not. It holds its breath for some minutes, since starting it
 * again is dear; then it is stopped. The row is the question all the same: an answer that comes later finds the engine by its session,
 * and the same request is known again by its digest.
 */
import { digest, oneLine, sleep } from '#core'
import { appendEvent, approvalOfCall, endStep, projectGrants, setCurrentStep, startStep, stepOf, touchCards, type ApprovalAction } from '#db'
import type { Permission, PermissionAnswer } from '#engines'
import { verdictOn, type Verdict } from '../ask-approval.ts'
import { checkpointBefore } from '../checkpoints/ask-checkpoint.ts'
import { networkSeen, wallsAround } from '../host-access.ts'
import { underClaim } from '../machinery.ts'
import type { Stance } from '../mode.ts'
import { decideCommand, isDestructive, judgeCommand, type Judgement } from '../policy/judge-command.ts'
import { surroundings } from '../surroundings.ts'
import { LATER } from './nudges.ts'
import type { Work } from './work.ts'

/** How long an engine holds a question: a tap on a phone at hand takes seconds, and a process of 200 MB waits meanwhile. */
export const HOLD_MS = 5 * 60_000
/** How often the row is looked at; a lost notification would cost more than so small a query. */
const LOOK_MS = 400

const READ_ONLY = 'Nothing is written before the person has said Go: end with your plan as your last message.'
const WITHHELD = 'Withheld: this is a dry run, and this would have asked the person first. Go on without it, and name it in your last message.'

/** May it? Asks a person where the policy does. Throws when the claim is lost. */
export async function askInSession(w: Work, stance: Stance, permission: Permission, signal: AbortSignal): Promise<PermissionAnswer> {
  if (permission.kind === 'read') return { answer: 'allowed' }
  if (permission.kind === 'edit') return stance === 'plan' ? { answer: 'denied', why: READ_ONLY } : { answer: 'allowed' }
  const command = permission.kind === 'command' ? permission.command : permission.line
  const judged = judge(permission)
  if (stance === 'plan') return judged.risk === 'read' ? { answer: 'allowed' } : { answer: 'denied', why: READ_ONLY }
  const granted = await projectGrants(w.m.db, w.project.id)
  const mode = stance === 'dry' ? 'auto' : stance
  const decided = decideCommand(judged, { mode, walls: w.m.sandbox.status.walls, granted: new Set(granted.map((grant) => grant.digest)) })
  const action: ApprovalAction = { tool: 'run_command', command, cwd: w.worktree.path }
  const callId = await callFor(w, action)
  if (decided.decision === 'allow') {
    const grants = granted.filter((grant) => decided.rules.includes(grant.digest)).map(({ id }) => id)
    await noted(w, callId, judged, { decision: 'allow', by: stance === 'dry' ? 'dry-run' : decided.by, grants })
    return allow(w, callId, action, judged)
  }
  if (stance === 'dry') return { answer: 'denied', why: WITHHELD }
  await noted(w, callId, judged, { decision: 'ask' })
  const verdict = await heldVerdict(w, { callId, action, why: permission.kind === 'command' ? permission.why : '', judged }, signal)
  if (verdict.verdict === 'asked') return { answer: 'stopped' }
  if (verdict.verdict === 'allowed') return allow(w, callId, action, judged)
  if (verdict.verdict === 'later') return { answer: 'denied', why: LATER }
  return { answer: 'denied', why: `The person did not allow this${verdict.comment === null ? '. Find another way.' : `: ${verdict.comment}`}` }
}

/** What cannot be read as a command is never taken for a harmless one. */
function judge(permission: Permission): Judgement {
  if (permission.kind === 'command') return judgeCommand(permission.command)
  return { risk: 'unreadable', pieces: [], words: 'not a command Lugh can judge', problem: 'not a command', offer: [] }
}

/** The same request in the same run is the same call until it was used; the next one is another. */
async function callFor(w: Work, action: ApprovalAction): Promise<string> {
  const name = digest('session.request.v1', { run: w.run.id, action: { ...action } }).slice(0, 40)
  for (let n = 1; ; n++) {
    const callId = `ask:${name}:${n}`
    if ((await stepOf(w.m.db, w.claim.task.id, callId)) === undefined) return callId
  }
}

type Judged = { readonly decision: 'allow' | 'ask'; readonly by?: string; readonly grants?: readonly string[] }

function noted(w: Work, callId: string, { risk }: Judgement, data: Judged): Promise<unknown> {
  return underClaim(w.m, w.claim, (tx, task) =>
    appendEvent(tx, { taskId: task.id, projectId: task.projectId, runId: w.run.id, kind: 'command.judged', data: { callId, risk, ...data } }),
  )
}

/** Uses the permission up, in a row, before the engine hears of it. */
async function allow(w: Work, callId: string, { command }: ApprovalAction, judged: Judgement): Promise<PermissionAnswer> {
  const { task } = w.claim
  if (isDestructive(judged)) {
    const name = `before T${task.number}: ${oneLine(command, 60)}`
    await checkpointBefore(w.m, { project: w.project, kind: 'operation', key: `step:${task.id}:${callId}`, name })
  }
  await underClaim(w.m, w.claim, async (tx) => {
    await startStep(tx, { taskId: task.id, runId: w.run.id, callId, tool: 'run_command', input: { command }, guard: undefined })
    await endStep(tx, { taskId: task.id, callId, state: 'finished', output: 'allowed; the engine ran it by itself' })
  })
  return { answer: 'allowed' }
}

type Held = { readonly callId: string; readonly action: ApprovalAction; readonly why: string; readonly judged: Judgement }

/** Asks, then looks at the row until it is decided or the engine has waited long enough. `asked`: it still waits. */
async function heldVerdict(w: Work, held: Held, signal: AbortSignal): Promise<Verdict> {
  const until = Date.now() + (w.m.holdMs ?? HOLD_MS)
  for (;;) {
    const verdict = await verdictNow(w, held)
    if (verdict.verdict !== 'asked') return verdict
    for (let decided = false; !decided;) {
      await sleep(LOOK_MS, signal)
      signal.throwIfAborted()
      if (Date.now() > until) return verdict
      decided = (await approvalOfCall(w.m.db, w.claim.task.id, held.callId))?.state !== 'pending'
    }
    // What was decided counts only if it still is what would happen: looked at anew.
  }
}

async function verdictNow(w: Work, { callId, action, why, judged }: Held): Promise<Verdict> {
  const binding = await surroundings({ ...w.m, engine: { name: w.run.engine } }, w.project, w.worktree)
  return underClaim(w.m, w.claim, async (tx, task) => {
    await setCurrentStep(tx, task.id, 'waits for your answer')
    await touchCards(tx, { kind: 'task', subjectId: task.id })
    // The whole session has one way to the network, opened under the engine's own name.
    const network = await networkSeen(tx, task, w.project, { command: w.run.engine, cwd: action.cwd })
    const risk = `${judged.words}; ${wallsAround(w.m.sandbox.status, network.words)}`
    return verdictOn(w.m, tx, task, { callId, runId: w.run.id, action, why, binding: { ...binding, network: network.places }, risk })
  })
}
