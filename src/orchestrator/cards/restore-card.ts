/** The restore card: first what going back would change, then what it has changed and the way back from there. */
import { RestoreId, b, join, nameHidden, oneLine, type Text } from '#core'
import { checkpointById, projectById, restoreById, taskById, taskByNumber, undoOf, type Checkpoint, type Restore, type Sql } from '#db'
import { titleOf } from '../capabilities/checkpoint-words.ts'
import { previewLines } from '../capabilities/restore-words.ts'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { PARTS } from '../checkpoints/parts.ts'
import { decidedWords } from './decided.ts'

/** Three lines of two: more are resumed on their own cards. */
const MAX_RESUME = 6

export async function restoreCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const row = await restoreById(sql, RestoreId.parse(subjectId))
  const checkpoint = row === undefined ? undefined : await checkpointById(sql, row.checkpointId)
  if (row === undefined || checkpoint === undefined) return undefined
  const head = await headOf(sql, row, checkpoint)
  switch (row.state) {
    case 'looking':
      return { text: join([head, 'looking at what it would change…']), buttons: [] }
    case 'offered':
      return offered(row, head, await oneFile(sql, row, checkpoint))
    case 'wanted':
      return { text: join([head, `⚙️ going back, as decided ${await whoDecided(sql, row)}; what is there now is saved first…`]), buttons: [] }
    case 'done':
      return done(sql, row, head)
    case 'refused':
      return {
        text: join([head, `❌ Nothing was changed: ${oneLine(row.failure ?? '', 300)}`, row.parked && 'The agents it concerns are paused.']),
        buttons: row.parked ? await resumeButtons(sql, row.preview?.tasks.map(({ number }) => number) ?? []) : [],
      }
    case 'dropped':
      return { text: join([head, `❌ Cancelled ${await whoDecided(sql, row)}. Nothing was changed.`]), buttons: [] }
    default:
      return row.state satisfies never
  }
}

function whoDecided(sql: Sql, { personId: by, door, decidedAt: at }: Restore): Promise<string> {
  return decidedWords(sql, { by, door, at })
}

async function headOf(sql: Sql, row: Restore, checkpoint: Checkpoint): Promise<Text> {
  const project = await projectById(sql, row.projectId)
  const task = row.taskId === null ? undefined : await taskById(sql, row.taskId)
  const what = [task === undefined ? '' : `T${task.number}`, row.file ?? '', titleOf(checkpoint), project?.name ?? ''].filter((part) => part !== '')
  const word = row.undoesId !== null ? '↩️ Taking back, to' : row.state === 'done' ? '↩️ Back to' : '🧪 Dry run: back to'
  return b([`${word} C${checkpoint.number}`, ...what.map((part) => nameHidden(oneLine(part, 80)))].join(' · '))
}

/** Asks which file; that gets a card of its own. */
async function oneFile(sql: Sql, row: Restore, checkpoint: Checkpoint): Promise<Button[]> {
  if (row.file !== null) return []
  const task = row.taskId === null ? undefined : await taskById(sql, row.taskId)
  const input = { checkpoint: checkpoint.number, ...(task === undefined ? {} : { task: task.number }) }
  const whose = task === undefined ? `C${checkpoint.number}` : `T${task.number} at C${checkpoint.number}`
  const ask = { field: 'file', prompt: `Which file of ${whose}? Its path as git writes it, like src/app.ts` }
  return [{ label: '📄 One file…', capability: 'restore_checkpoint', input, ask }]
}

/** Nobody goes on by itself: those that stand still are offered, as many as fit. */
async function resumeButtons(sql: Sql, numbers: readonly number[]): Promise<Button[][]> {
  const buttons: Button[] = []
  for (const number of numbers.slice(0, MAX_RESUME)) {
    const task = await taskByNumber(sql, number)
    if (task?.state === 'paused') buttons.push({ label: `▶️ Resume T${number}`, capability: 'resume_task', input: { task: number } })
  }
  return [buttons.slice(0, 2), buttons.slice(2, 4), buttons.slice(4)].filter((line) => line.length > 0)
}

function offered(row: Restore, head: Text, one: readonly Button[]): CardContent {
  if (row.preview === null || row.digest === null) return { text: head, buttons: [] }
  const nothing = row.preview.targets.length === 0 && row.preview.tasks.length === 0
  const foreign = row.preview.tasks.some((task) => task.foreign === true)
  const text = join([
    head,
    row.failure !== null && `⚠️ ${oneLine(row.failure, 200)}`,
    ...previewLines(row, row.preview),
    !nothing &&
      row.preview.tasks.length > 0 &&
      !foreign &&
      '↩️ Restore makes new tasks of them and leaves these as they are; ⚠️ Restore over sets them back themselves.',
    !nothing && row.preview.targets.length > 0 && 'The target changes only when you merge the proposal.',
  ])
  const bound = { restore: row.id, digest: row.digest }
  const beside: Button = { label: '↩️ Restore', capability: 'carry_out_restore', input: { ...bound, how: 'beside' }, tap: true }
  const over: Button = { label: '⚠️ Restore over', capability: 'carry_out_restore', input: { ...bound, how: 'over' }, tap: true }
  const first = nothing ? [] : row.preview.tasks.length > 0 && !foreign ? [beside, over] : [beside]
  return {
    text,
    buttons: [
      ...(first.length > 0 ? [first] : []),
      ...(row.file === null ? [PARTS.map((part) => partButton(row, part))] : []),
      ...(row.preview.said !== undefined || row.preview.tasks.some(({ words }) => words > 0) ? [[wordsButton(row)]] : []),
      [...one, { label: '❌ Cancel', capability: 'drop_restore', input: { restore: row.id } }],
    ],
  }
}

/** Tapped, the part goes out or comes in; the last one stays. */
function partButton(row: Restore, part: (typeof PARTS)[number]): Button {
  const isIn = row.parts.includes(part.name)
  const others = PARTS.map(({ name }) => name).filter((name) => (name === part.name ? !isIn : row.parts.includes(name)))
  const parts = others.length === 0 ? [part.name] : others
  return {
    label: `${isIn ? '☑' : '☐'} ${part.title}`,
    capability: 'choose_restore_parts',
    input: { restore: row.id, parts, keep_words: row.keepWords },
  }
}

function wordsButton(row: Restore): Button {
  const input = { restore: row.id, parts: row.parts, keep_words: !row.keepWords }
  return { label: `${row.keepWords ? '☑' : '☐'} Keep what people said since`, capability: 'choose_restore_parts', input }
}

async function done(sql: Sql, row: Restore, head: Text): Promise<CardContent> {
  const named = (numbers: readonly number[]): string => numbers.map((number) => `T${number}`).join(', ')
  const { tasks, made, dropped } = row.made ?? { tasks: [], made: [], dropped: [] }
  const undo = await undoOf(sql, row.id)
  const before = row.beforeId === null ? undefined : await checkpointById(sql, row.beforeId)
  const text = join([
    head,
    `Decided ${await whoDecided(sql, row)}`,
    tasks.length > 0 && `Set back: ${named(tasks)}. ▶️ Resume goes on from there.`,
    dropped.length > 0 && `Dropped: ${named(dropped)}.`,
    made.length > 0 && `New: ${named(made)}, each on its own branch.`,
    tasks.length + made.length + dropped.length === 0 && 'Nothing differed.',
    before !== undefined && `What was there before is C${before.number}.`,
    undo !== undefined && (undo.state === 'done' ? '↩️ Taken back.' : '↩️ Being taken back…'),
  ])
  const isOpen = undo === undefined && before?.state === 'whole'
  const undoButton: Button = { label: '↩️ Undo', capability: 'undo_restore', input: { restore: row.id } }
  const parked = row.parked ? (row.preview?.tasks.filter(({ working }) => working).map(({ number }) => number) ?? []) : []
  const resume = undo === undefined ? await resumeButtons(sql, [...new Set([...tasks, ...made, ...parked])]) : []
  return { text, buttons: [...resume, ...(isOpen ? [[undoButton]] : [])] }
}
