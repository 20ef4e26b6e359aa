import { LughError } from '#core'
import { appendEvent, grantById, revokeGrantRow, touchCards } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { viewGrant } from '../grant-text.ts'

const Input = z.object({
  grant: z.uuid(),
  /** The list it was pressed on, to be drawn anew. */
  card: z.string().max(200).optional(),
})

/** Takes back what was allowed always or for a task; what runs already is not stopped. */
export const revokeGrant = capability({
  name: 'revoke_grant',
  describe: 'Take back something you allowed.',
  input: Input,
  output: z.object({ rule: z.string() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: { verb: 'revoke_grant', usage: 'revoke_grant GRANT', parse: ([grant]) => Input.parse({ grant }) },
  },
  act: async (act, input) => {
    const { personId, door } = act.caller
    const revoked = await revokeGrantRow(act.tx, input.grant, personId)
    if (input.card !== undefined) await touchCards(act.tx, { kind: 'grants', subjectId: input.card })
    if (revoked === undefined) {
      const known = await grantById(act.tx, input.grant)
      throw new LughError('not-found', known === undefined ? 'There is no such grant. /grants lists what there is.' : 'That is over already.')
    }
    const scope = { projectId: revoked.projectId, ...(revoked.taskId === null ? {} : { taskId: revoked.taskId }), personId, door }
    await appendEvent(act.tx, { ...scope, kind: 'grant.revoked', data: { grantId: revoked.id } })
    return { rule: (await viewGrant(act.tx, revoked)).rule }
  },
  say: (o) => `Taken back: ${o.rule}. It asks again from now on.`,
  toast: (o) => `Taken back: ${o.rule}`,
})
