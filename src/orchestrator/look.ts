/** How a person is shown diffs: as they like it, or as the installation shows them. Where an installation draws nothing, nobody gets pictures. */
import type { PersonId } from '#core'
import { lookOf, type Sql } from '#db'
import type { Facts } from './capability.ts'

export async function lookFor(sql: Sql, facts: Pick<Facts, 'pictures'>, personId: PersonId | null): Promise<Facts['pictures']> {
  return facts.pictures === 'off' ? 'off' : ((await lookOf(sql, personId)) ?? facts.pictures)
}
