import { LughError } from '#core'
import { appendEvent, grantById, revokeGrantRow, revokeHostRule, touchCards } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { viewGrant, viewHostRule } from '../grant-text.ts'

const Input = z.object({
  grant: z.uuid(),
  /** The list it was pressed on, to be drawn anew. */
  card: z.string().max(200).optional(),
})

/** Takes back what was allowed always or for a task, a command or a host; what runs already is not stopped. */
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
    mcp: {},
  },
  act: async (act, input) => {
    const rule = (await revokeCommand(act, input.grant)) ?? (await revokePlace(act, input.grant))
    if (input.card !== undefined) await touchCards(act.tx, { kind: 'grants', subjectId: input.card })
    if (rule !== undefined) return { rule }
    const known = await grantById(act.tx, input.grant)
    throw new LughError('not-found', known === undefined ? 'There is no such grant any more. /grants lists what there is.' : 'That is over already.')
  },
  say: (o) => `Taken back: ${o.rule}. It asks again from now on.`,
  toast: (o) => `Taken back: ${o.rule}`,
})

async function revokeCommand(act: Act, id: string): Promise<string | undefined> {
  const { personId, door } = act.caller
  const revoked = await revokeGrantRow(act.tx, id, personId)
  if (revoked === undefined) return undefined
  const scope = { projectId: revoked.projectId, ...(revoked.taskId === null ? {} : { taskId: revoked.taskId }), personId, door }
  await appendEvent(act.tx, { ...scope, kind: 'grant.revoked', data: { grantId: revoked.id } })
  return (await viewGrant(act.tx, revoked)).rule
}

async function revokePlace(act: Act, id: string): Promise<string | undefined> {
  const { personId, door } = act.caller
  const revoked = await revokeHostRule(act.tx, id)
  if (revoked === undefined) return undefined
  const { projectId, taskId, host, port } = revoked
  await appendEvent(act.tx, { projectId, ...(taskId === null ? {} : { taskId }), personId, door, kind: 'host.forgotten', data: { host, port } })
  return (await viewHostRule(act.tx, revoked)).rule
}
