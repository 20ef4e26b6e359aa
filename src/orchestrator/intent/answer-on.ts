/** A spoken answer to a card: by the one table of answers, the button that its message shows, with its digest. Reads rows; does nothing. */
import { buttonById, type CardRow, type Sql } from '#db'
import { answerTo, type Meaning } from '../answers.ts'

export type CardMeaning = Extract<Meaning, 'yes' | 'no' | 'diff' | 'why'>
type Answer =
  | { readonly do: 'call'; readonly capability: string; readonly input: Record<string, unknown> }
  | { readonly do: 'say'; readonly text: string }

const CHANGED = 'The card changed just as you spoke, so nothing was done. Look at it again, then say it again.'

/** What the answer does; undefined when it is no answer but words for whoever asked. `at`: when the person began to speak; absent: just now. */
export async function answerOn(
  sql: Sql,
  card: CardRow,
  task: number | undefined,
  meaning: CardMeaning,
  at: Date | undefined,
): Promise<Answer | undefined> {
  const verdict = answerTo({ kind: card.kind, keys: card.keys ?? [], subject: card.subjectId, task }, meaning, 'voice')
  if (verdict.do === 'comment' || verdict.do === 'nothing') return undefined
  if (verdict.do === 'refuse') return { do: 'say', text: verdict.say }
  if (verdict.do === 'call') return verdict
  const button = await buttonById(sql, verdict.button)
  if (button === undefined || button.ask !== null) return { do: 'say', text: 'This button does nothing any more. Look at the newest card.' }
  const changed = at !== undefined && card.keysSince !== null && at.getTime() <= card.keysSince * 1000
  return changed ? { do: 'say', text: CHANGED } : { do: 'call', capability: button.capability, input: button.input }
}
