/** Which merge is meant: those that words name, each with a button to the checkpoint made before it. Its subject holds the words, so it is found anew when drawn. */
import { ProjectId, b, join, nameHidden, oneLine } from '#core'
import { mergedTasks, type Sql } from '#db'
import { MERGES_LOOKED_AT, mergeLine, mergesMeant } from '../capabilities/before-merge.ts'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'

/** A screen of a phone; more words mean fewer. */
const SHOWN = 6

/** `callKey project words` → the card's subject. */
export function mergesSubject(callKey: string, project: ProjectId, words: string): string {
  return `${callKey} ${project} ${words}`
}

export async function mergesCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const [, project = '', ...rest] = subjectId.split(' ')
  const words = rest.join(' ')
  const all = mergesMeant(words, await mergedTasks(sql, ProjectId.parse(project), MERGES_LOOKED_AT)).filter(({ state }) => state === 'whole')
  const shown = all.slice(0, SHOWN)
  const text = join([
    b(`Which one? “${oneLine(nameHidden(words), 60)}”`),
    ...shown.map(mergeLine),
    all.length > shown.length && `… ${all.length - shown.length} more: say more of its words.`,
    'Each button first shows what going back would change.',
  ])
  const buttons = shown.flatMap(({ checkpoint, task, title }): Button[][] =>
    checkpoint === null ? [] : [[{ label: `T${task} · ${oneLine(nameHidden(title), 40)}`, capability: 'restore_checkpoint', input: { checkpoint } }]],
  )
  return { text, buttons }
}
