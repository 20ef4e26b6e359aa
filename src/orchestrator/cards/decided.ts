/** Who decided, when and how, as every decided card says it: `by Ada at 14:03 UTC (👍)`. */
import type { PersonId } from '#core'
import { personById, type Sql } from '#db'

const HOW: Readonly<Record<string, string>> = {
  telegram: 'button',
  'telegram reaction': 'reaction',
  'telegram reply': 'reply',
  'telegram voice': 'voice',
  cli: 'terminal',
}

/** The door of what no person decided. */
const BY_TIME = 'timeout'

export type Decided = { readonly by: PersonId | null; readonly door: string | null; readonly at: Date | null }

/** The words; a decision of an older version says no door, or no time either. */
export async function decidedWords(sql: Sql, { by, door, at }: Decided): Promise<string> {
  if (door === BY_TIME) return `because nobody answered, at ${clockTime(at)}`
  const person = by === null ? undefined : await personById(sql, by)
  return `by ${person?.name ?? 'somebody'}${at === null ? '' : ` at ${clockTime(at)}`}${door === null ? '' : ` (${HOW[door] ?? door})`}`
}

/** Hours and minutes, UTC: `14:03 UTC`. */
export function clockTime(at: Date | null): string {
  return at === null ? '?' : `${at.toISOString().slice(11, 16)} UTC`
}
