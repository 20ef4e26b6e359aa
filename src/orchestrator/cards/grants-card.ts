/** What people allowed beyond one act, each with a button that takes it back. */
import { b, code, join } from '#core'
import { liveGrants, type Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { CardContent } from '../card.ts'
import { viewGrant } from '../grant-text.ts'

/** Rows of buttons on a phone's two screens; older ones appear when newer ones are taken back. */
export const SHOWN_GRANTS = 20

export async function grantsCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent> {
  const grants = await Promise.all((await liveGrants(sql, SHOWN_GRANTS)).map((grant) => viewGrant(sql, grant)))
  if (grants.length === 0) return { text: 'Nothing runs unasked by your word. Always… on an approval card allows something for good.', buttons: [] }
  const lines = grants.map((grant, index) => [`${index + 1}. `, code(grant.rule), ` · ${grant.where} · ${grant.until} · ${grant.by}`])
  return {
    text: join([b('What runs unasked by your word'), ...lines]),
    buttons: grants.map((grant, index) => [
      { label: `🗑 Take back ${index + 1}`, capability: 'revoke_grant', input: { grant: grant.id, card: subjectId } },
    ]),
  }
}
