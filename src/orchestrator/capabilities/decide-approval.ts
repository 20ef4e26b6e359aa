import { ApprovalId, LughError } from '#core'
import { appendEvent, approvalById, decideApprovalRow, insertGrant, lockTask, touchCards, type Approval } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { commandDigest, grantDigest } from '../policy/bind-command.ts'
import { unparkWhenAnswered } from './unpark.ts'

const Input = z.object({
  approval: ApprovalId,
  digest: z.string(),
  decision: z.enum(['allow', 'deny']),
  scope: z.enum(['once', 'task']).optional(),
  comment: z.string().max(2000).optional(),
})

/** Decides one approval, once, bound to the digest of what its card showed. Every later tap is told what was decided. */
export const decideApproval = capability({
  name: 'decide_approval',
  describe: 'Allow or deny what an agent asks to run.',
  input: Input,
  output: z.object({ state: z.enum(['allowed', 'denied']), scope: z.enum(['once', 'task']).nullable() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'decide_approval',
      usage: 'decide_approval APPROVAL DIGEST allow|deny [once|task]',
      parse: ([approval, digest, decision, scope]) => Input.parse({ approval, digest, decision, ...(scope === undefined ? {} : { scope }) }),
    },
  },
  act: async (act, input) => {
    const approval = await approvalById(act.tx, input.approval)
    const task = approval === undefined ? undefined : await lockTask(act.tx, approval.taskId)
    if (approval === undefined || task === undefined) throw new LughError('not-found', 'That approval is gone.')
    const decided = await decide(act, approval, input)
    await unparkWhenAnswered(act, task)
    return { state: decided.state === 'allowed' ? ('allowed' as const) : ('denied' as const), scope: decided.scope }
  },
  say: () => undefined,
  toast: (o) => (o.state === 'denied' ? 'Denied.' : o.scope === 'task' ? 'Allowed for this task.' : 'Allowed once.'),
})

async function decide(act: Act, approval: Approval, input: z.infer<typeof Input>): Promise<Approval> {
  const allow = input.decision === 'allow'
  if (commandDigest(approval.action, approval.runId) !== approval.digest) throw stale()
  const decided = await decideApprovalRow(act.tx, {
    id: approval.id,
    digest: input.digest,
    state: allow ? 'allowed' : 'denied',
    scope: allow ? (input.scope ?? 'once') : null,
    comment: input.comment ?? null,
    by: act.caller.personId,
    door: act.caller.door,
  })
  if (decided === undefined) throw approval.state === 'pending' ? stale() : new LughError('conflict', `Too late: this was already ${approval.state}.`)
  if (decided.scope === 'task') {
    const rule = { ...decided.action }
    await insertGrant(act.tx, {
      id: act.ids.uuid(),
      taskId: decided.taskId,
      rule,
      digest: grantDigest(decided.action),
      by: act.caller.personId,
      approvalId: decided.id,
    })
  }
  await appendEvent(act.tx, {
    taskId: decided.taskId,
    personId: act.caller.personId,
    door: act.caller.door,
    kind: 'approval.decided',
    data: { approvalId: decided.id, digest: decided.digest, state: decided.state, ...(decided.scope === null ? {} : { scope: decided.scope }) },
  })
  await touchCards(act.tx, { kind: 'approval', subjectId: decided.id })
  return decided
}

function stale(): LughError {
  return new LughError('conflict', 'What would happen has changed since that card was shown. Look at the newest card.')
}
