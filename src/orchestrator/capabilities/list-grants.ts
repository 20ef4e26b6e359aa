import { CardId, b, code, join } from '#core'
import { postCard } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { GRANTS_HEAD, NO_GRANTS, SHOWN_GRANTS } from '../cards/grants-card.ts'
import { viewGrants } from '../grant-text.ts'

const View = z.object({ id: z.string(), rule: z.string(), where: z.string(), until: z.string(), by: z.string() })

/** What runs unasked and what may be reached because a person said so: a card with buttons in a chat, a list elsewhere. */
export const listGrants = capability({
  name: 'list_grants',
  describe: 'What you allowed always or for a task, and how to take it back.',
  input: z.object({}),
  output: z.object({ grants: z.array(View), onCard: z.boolean() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'grants', usage: '/grants', example: '/grants', parse: () => ({}) },
    cli: { verb: 'list_grants', usage: 'list_grants', parse: () => ({}) },
    mcp: {},
  },
  act: async (act) => {
    const grants = await viewGrants(act.tx, SHOWN_GRANTS)
    const here = act.caller.conversation
    if (here !== undefined) {
      const { botId, chatId, threadId } = here
      const id = CardId.parse(act.ids.uuid())
      await postCard(act.tx, { id, botId, chatId, threadId, kind: 'grants', subjectId: act.caller.callKey, replyTo: act.caller.messageId })
    }
    return { grants, onCard: here !== undefined }
  },
  say: (o) => {
    if (o.onCard) return undefined
    if (o.grants.length === 0) return NO_GRANTS
    return join([
      b(GRANTS_HEAD),
      ...o.grants.map((grant) => [code(grant.id), ' ', code(grant.rule), ` · ${grant.where} · ${grant.until} · ${grant.by}`]),
    ])
  },
})
