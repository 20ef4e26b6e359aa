/** What people allowed beyond one act, each with a button that takes it back. */
import { b, code, join } from '#core'
import type { Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { CardContent } from '../card.ts'
import { viewGrants } from '../grant-text.ts'

/** Rows of buttons on a phone's two screens; older ones appear when newer ones are taken back. */
export const SHOWN_GRANTS = 20

export const GRANTS_HEAD = 'What runs unasked or may be reached by your word'
export const NO_GRANTS = 'Nothing runs unasked and no host may be reached by your word.'

export async function grantsCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent> {
  const grants = await viewGrants(sql, SHOWN_GRANTS)
  if (grants.length === 0) return { text: `${NO_GRANTS} Always… on a card allows something for longer.`, buttons: [] }
  const lines = grants.map((grant, index) => [`${index + 1}. `, code(grant.rule), ` · ${grant.where} · ${grant.until} · ${grant.by}`])
  return {
    text: join([b(GRANTS_HEAD), ...lines]),
    buttons: grants.map((grant, index) => [
      { label: `🗑 Take back ${index + 1}`, capability: 'revoke_grant', input: { grant: grant.id, card: subjectId } },
    ]),
  }
}
