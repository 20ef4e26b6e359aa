import { ApprovalId, LughError, b, code, join } from '#core'
import { APPROVAL_FACES, approvalById, touchCards, turnApproval as turn } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { explainApproval } from '../explain-approval.ts'
import { offerDigest, offerFor } from '../policy/offer.ts'
import { ruleText } from '../policy/rule.ts'

const Input = z.object({ approval: ApprovalId, face: z.enum(APPROVAL_FACES) })

/** Turns an approval card over: what it is in detail, why it is asked, the rule it could become. Decides nothing. */
export const turnApproval = capability({
  name: 'turn_approval',
  describe: 'Details of an approval, why it is asked, and the rule it could become.',
  input: Input,
  output: z.object({
    approval: z.string(),
    digest: z.string(),
    command: z.string(),
    lines: z.array(z.string()),
    rules: z.array(z.string()),
    offer: z.string(),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: {},
    cli: {
      verb: 'turn_approval',
      usage: 'turn_approval APPROVAL details|why|always|ask',
      parse: ([approval, face]) => Input.parse({ approval, face: face ?? 'details' }),
    },
    mcp: { none: 'it turns a card on the phone; list_approvals tells everything at once' },
  },
  act: async (act, input) => {
    const approval = await approvalById(act.tx, input.approval)
    if (approval === undefined) throw new LughError('not-found', 'That approval is gone.')
    if ((await turn(act.tx, approval.id, input.face)) === 0) throw new LughError('conflict', `Too late: this was already ${approval.state}.`)
    await touchCards(act.tx, { kind: 'approval', subjectId: approval.shownWith ?? approval.id })
    const rules = offerFor(approval.action)
    const lines = await explainApproval(act.tx, approval, input.face)
    return {
      approval: approval.id,
      digest: approval.digest,
      command: approval.action.command,
      lines: [...lines],
      rules: rules.map(ruleText),
      offer: offerDigest(rules),
    }
  },
  say: (o) => join([b(o.approval), code(o.command), ...o.lines, o.rules.length > 0 && `Could be allowed always: ${o.rules.join(' ; ')}`]),
  toast: () => '',
})
