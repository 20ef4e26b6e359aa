import { ApprovalId, LughError, oneLine, type TaskId } from '#core'
import { appendEvent, approvalById, decideApprovalRow, insertTaskGrant, lockTask, putProjectGrant, touchCards, type Approval, type Task } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { commandDigest, grantDigest } from '../policy/bind-command.ts'
import { grantEnds, offerDigest, offerFor } from '../policy/offer.ts'
import { ruleDigest, ruleText } from '../policy/rule.ts'
import { tooLate } from './too-late.ts'
import { tellLate, unparkWhenAnswered } from './unpark.ts'

const Bound = z.object({ approval: ApprovalId, digest: z.string() })
const MAX_ALSO = 50 // more tasks than this wait for the same thing nowhere
const Input = Bound.extend({
  /** Other requests the same card showed; each decided only if it still is what was shown. */
  also: z.array(Bound).max(MAX_ALSO).optional(),
  decision: z.enum(['allow', 'deny']),
  scope: z.enum(['once', 'task', 'project']).optional(),
  /** For the scope `project`: the digest of the rules that were shown. */
  offer: z.string().optional(),
  comment: z.string().max(2000).optional(),
})
type Input = z.infer<typeof Input>
const Scope = z.enum(['once', 'task', 'project']).nullable()

/** Decides what one card asks, once, bound to the digest of what it showed. Every later tap is told what was decided. */
export const decideApproval = capability({
  name: 'decide_approval',
  describe: 'Allow or deny what an agent asks to run.',
  input: Input,
  output: z.object({ state: z.enum(['allowed', 'denied']), scope: Scope, decided: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'decide_approval',
      usage: 'decide_approval APPROVAL DIGEST allow|deny [once|task|project OFFER]',
      parse: ([approval, digest, decision, scope, offer]) =>
        Input.parse({ approval, digest, decision, ...(scope === undefined ? {} : { scope }), ...(offer === undefined ? {} : { offer }) }),
    },
    mcp: {
      example: { approval: '7c0e…', digest: '51ab…', decision: 'allow' },
      note: 'Take approval and digest from list_approvals, and only after reading what would run. Answered once: on the phone or here.',
    },
  },
  act: async (act, input) => {
    const found = await findAll(act, input)
    const [first] = found
    if (first === undefined) throw new LughError('not-found', 'That approval is gone.')
    const tasks = await lockTasks(act, found)
    const decided = await decide(act, input, first, tasks.get(first.taskId))
    const others: Approval[] = []
    for (const approval of found.slice(1)) {
      const bound = input.also?.find((one) => one.approval === approval.id)
      const row = isUnchanged(approval) && bound !== undefined ? await write(act, input, { ...approval, digest: bound.digest }) : undefined
      if (row !== undefined) others.push(row)
    }
    for (const row of [decided, ...others]) await settle(act, row, tasks.get(row.taskId))
    for (const task of tasks.values()) await unparkWhenAnswered(act, task)
    return { state: decided.state === 'allowed' ? ('allowed' as const) : ('denied' as const), scope: decided.scope, decided: 1 + others.length }
  },
  say: () => undefined,
  toast: (o) =>
    o.state === 'denied'
      ? 'Denied.'
      : o.scope === 'task'
        ? 'Allowed for this task.'
        : o.scope === 'project'
          ? 'Allowed from now on.'
          : 'Allowed once.',
})

/** The named approval first; those that are gone are left out. */
async function findAll(act: Act, input: Input): Promise<Approval[]> {
  const ids = [...new Set([input.approval, ...(input.also ?? []).map(({ approval }) => approval)])]
  const found = await Promise.all(ids.map((id) => approvalById(act.tx, id)))
  return found[0] === undefined ? [] : found.filter((approval) => approval !== undefined)
}

/** In one order, so that two who decide overlapping cards never wait for each other. */
async function lockTasks(act: Act, approvals: readonly Approval[]): Promise<Map<TaskId, Task>> {
  const locked = new Map<TaskId, Task>()
  for (const id of [...new Set(approvals.map(({ taskId }) => taskId))].toSorted()) {
    const task = await lockTask(act.tx, id)
    if (task !== undefined) locked.set(id, task)
  }
  return locked
}

async function decide(act: Act, input: Input, approval: Approval, task: Task | undefined): Promise<Approval> {
  if (task === undefined) throw new LughError('not-found', 'That approval is gone.')
  if (!isUnchanged(approval)) throw stale()
  if (input.decision === 'allow' && input.scope === 'project') await allowForGood(act, input, approval, task)
  const decided = await write(act, input, { ...approval, digest: input.digest })
  if (decided !== undefined) return decided
  // Read again: what was read before the lock may have been decided meanwhile.
  const { state } = (await approvalById(act.tx, approval.id)) ?? approval
  throw state === 'pending' ? stale() : tooLate(task, state)
}

/** The row is what its digest says. */
function isUnchanged(approval: Approval): boolean {
  return commandDigest(approval.action, approval.runId, approval.binding) === approval.digest
}

function write(act: Act, input: Input, { id, digest }: Pick<Approval, 'id' | 'digest'>): Promise<Approval | undefined> {
  const allow = input.decision === 'allow'
  return decideApprovalRow(act.tx, {
    id,
    digest,
    state: allow ? 'allowed' : 'denied',
    scope: allow ? (input.scope ?? 'once') : null,
    comment: input.comment ?? null,
    by: act.caller.personId,
    door: act.caller.door,
  })
}

/** Exactly the rules that were shown, or nothing. */
async function allowForGood(act: Act, input: Input, approval: Approval, task: Task): Promise<void> {
  const rules = offerFor(approval.action)
  if (rules.length === 0)
    throw new LughError('not-allowed', 'This can be allowed once or for its task, not for good: it could run something else each time.')
  if (offerDigest(rules) !== input.offer) throw stale()
  const expiresAt = grantEnds(act.clock.now())
  for (const rule of rules) {
    const grant = {
      id: act.ids.uuid(),
      projectId: task.projectId,
      rule,
      digest: ruleDigest(rule),
      by: act.caller.personId,
      approvalId: approval.id,
      expiresAt,
    }
    await given(act, task, {
      grantId: await putProjectGrant(act.tx, grant),
      scope: 'project',
      rule: ruleText(rule),
      expiresAt: expiresAt.toISOString(),
    })
  }
}

function given(act: Act, task: Task, data: { grantId: string; scope: string; rule: string; expiresAt?: string }): Promise<unknown> {
  const { personId, door } = act.caller
  return appendEvent(act.tx, { taskId: task.id, projectId: task.projectId, personId, door, kind: 'grant.given', data })
}

/** What hangs on a decision: the grant of its task, the event, the card. */
async function settle(act: Act, decided: Approval, task: Task | undefined): Promise<void> {
  if (decided.scope === 'task' && task !== undefined) {
    const { action } = decided
    const grant = { id: act.ids.uuid(), projectId: task.projectId, taskId: task.id, rule: { ...action }, digest: grantDigest(action) }
    const grantId = await insertTaskGrant(act.tx, { ...grant, by: act.caller.personId, approvalId: decided.id })
    if (grantId !== undefined) await given(act, task, { grantId, scope: 'task', rule: action.command })
  }
  await appendEvent(act.tx, {
    taskId: decided.taskId,
    ...(task === undefined ? {} : { projectId: task.projectId }),
    personId: act.caller.personId,
    door: act.caller.door,
    kind: 'approval.decided',
    data: { approvalId: decided.id, digest: decided.digest, state: decided.state, ...(decided.scope === null ? {} : { scope: decided.scope }) },
  })
  if (decided.lapsed === 'on' && task !== undefined) await tellLate(act, task, lateWords(decided))
  await touchCards(act.tx, { kind: 'approval', subjectId: decided.shownWith ?? decided.id })
}

function lateWords({ state, action, comment }: Approval): string {
  const command = oneLine(action.command, 300)
  if (state === 'allowed')
    return `You went on without an answer about this command; the person allows it now. Run it if it is still needed: ${command}`
  return `You went on without an answer about this command; the person does not allow it: ${command}${comment === null ? '' : ` (${comment})`}`
}

function stale(): LughError {
  return new LughError('conflict', 'What would happen has changed since that card was shown. Look at the newest card.')
}
