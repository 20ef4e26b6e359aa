/** A page of what was found, newest first, each with a button to its task. Its subject holds the page and the words, so it is found anew when drawn. */
import { b, join, nameHidden, oneLine, type Text } from '#core'
import { searchRows, type Hit, type Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'

/** A glance on a phone. */
export const PAGE = 5
const SNIPPET = 140
const KEYS_A_ROW = 3

const WHERE: Record<Hit['kind'], string> = {
  task: 'wish or result',
  said: 'said to the agent',
  talk: 'the agent’s work',
  command: 'asked to run',
  question: 'question',
  shown: 'shown here',
}

/** `callKey page words` → the card's subject. */
export function searchSubject(callKey: string, page: number, words: string): string {
  return `${callKey} ${page} ${words}`
}

export async function searchCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const [, number = '1', ...rest] = subjectId.split(' ')
  const words = rest.join(' ')
  const page = Number(number)
  const hits = await searchRows(sql, words, { limit: PAGE + 1, offset: (page - 1) * PAGE })
  const shown = hits.slice(0, PAGE)
  const said = oneLine(nameHidden(words), 60)
  if (shown.length === 0) return { text: `Nothing ${page === 1 ? '' : 'more '}was found for “${said}”.`, buttons: [] }
  const text = join([b(`🔎 ${said}${page === 1 ? '' : ` · page ${page}`}`), ...shown.map(hitLine)], '\n\n')
  const tasks = [...new Set(shown.map(({ task }) => task))]
  const keys = tasks.map((task): Button => ({ label: `T${task}`, capability: 'show_task', input: { task } }))
  const rows = Array.from({ length: Math.ceil(keys.length / KEYS_A_ROW) }, (_, row) => keys.slice(row * KEYS_A_ROW, (row + 1) * KEYS_A_ROW))
  const next: Button = { label: 'Next ▶', capability: 'search', input: { words, page: page + 1 } }
  return { text, buttons: [...rows, ...(hits.length > PAGE ? [[next]] : [])] }
}

/** What was found, in two lines. */
export function hitLine({ kind, task, title, project, at, words }: Hit): Text {
  const day = at.toISOString().slice(0, 10)
  return join([
    b(`T${task} ${oneLine(nameHidden(title), 50)} · ${oneLine(project, 30)}`),
    `${WHERE[kind]}, ${day}: ${oneLine(nameHidden(plainJson(words)), SNIPPET)}`,
  ])
}

/** A snippet of stored JSON without its brackets and names of fields. */
function plainJson(words: string): string {
  // A snippet can begin and end in the middle of a field, and then its quotes are gone.
  return words
    .replaceAll(/"?\btype"\s*:\s*"?\w*"?/gu, ' ')
    .replaceAll(/[{}[\]\\]|"?\b(?:text|name|input|id|content|role)"\s*:/gu, ' ')
    .replaceAll(/[\s,]*"[\s,"]*/gu, ' ')
}
