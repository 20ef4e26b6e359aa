/** The attention card: how much needs a person, what runs, what today cost; and one thing that waits after the other, with its own buttons. */
import { CLAIMABLE, b, join, nameHidden, oneLine, type Text } from '#core'
import { attentionById, costSince, listTasks, waitingFor, type Sql, type Wait } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { startOfDay } from '../spending.ts'
import { clockTime } from './decided.ts'
import { money } from './task-card.ts'

const SHOWN = 8 // a glance; the rest is counted
const MAX_RUNNING = 100
/** What waits by its kind, in words of a list. */
const WHAT: Readonly<Record<string, string>> = {
  approval: '🟠 Run command',
  host: '🟠 Reach a host',
  question: '🟠 Question',
  plan: '🟠 Plan',
  review: '🔵 Review',
  dryrun: '🧪 Dry run over',
  budget: '🟠 Budget used up',
}

type Render = (sql: Sql, facts: Facts, kind: string, subjectId: string) => Promise<CardContent | undefined>

/** `render`: what shows the other kinds, since this card can show each of them. */
export async function attentionCard(sql: Sql, facts: Facts, subjectId: string, render: Render): Promise<CardContent | undefined> {
  const row = await attentionById(sql, subjectId)
  if (row === undefined) return undefined
  const waits = await waitingFor(sql)
  const head = b(await headLine(sql, waits.length))
  const next: Button = { label: 'Next ▶', capability: 'next_waiting', input: { attention: row.id } }
  const index = waits.findIndex(({ kind, subjectId: subject }) => kind === row.shownKind && subject === row.shownSubject)
  const shown = waits[index]
  const content = shown === undefined ? undefined : await render(sql, facts, shown.kind, shown.subjectId)
  if (content !== undefined)
    return { text: join([head, `${index + 1} of ${waits.length}`, content.text], '\n\n'), buttons: [...content.buttons, [next]] }
  return { text: join([head, list(waits)]), buttons: waits.length === 0 ? [] : [[next]] }
}

/** `3 need you · 2 running · $1.40 today`. */
export async function headLine(sql: Sql, waiting: number): Promise<string> {
  const running = (await listTasks(sql, { states: CLAIMABLE, limit: MAX_RUNNING })).length
  const cost = await costSince(sql, startOfDay(new Date()))
  return `${waiting} need${waiting === 1 ? 's' : ''} you · ${running} running · ${money(cost)} today`
}

/** What waits, one a line, the oldest first. */
export function list(waits: readonly Wait[]): Text {
  if (waits.length === 0) return 'Nothing waits for you.'
  const more = waits.length - SHOWN
  return join([...waits.slice(0, SHOWN).map(waitLine), more > 0 && `… and ${more} more`])
}

/** `🟠 Run command · T12 Dark mode · shop · since 14:03 UTC`. */
export function waitLine({ kind, task, title, project, since, later }: Wait): string {
  return `${WHAT[kind] ?? kind} · T${task} ${oneLine(nameHidden(title), 40)} · ${oneLine(project, 30)} · since ${clockTime(since)}${later ? ' · later' : ''}`
}
