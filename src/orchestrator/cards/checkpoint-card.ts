/** The checkpoint card: what is kept, what is not, and what changed since the one before. */
import { CheckpointId, b, code, join, nameHidden, oneLine, type Text } from '#core'
import { checkpointById, projectById, wholeBefore, type Checkpoint, type Manifest, type Sql } from '#db'
import { changedLine, size, titleOf } from '../capabilities/checkpoint-words.ts'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { duration } from './task-card.ts'

const SHOWN_TASKS = 6
const SHOWN_LEFT_OUT = 4

export async function checkpointCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const row = await checkpointById(sql, CheckpointId.parse(subjectId))
  if (row === undefined) return undefined
  const project = await projectById(sql, row.projectId)
  const head = b(
    ['📸 C', String(row.number), ...[titleOf(row), project?.name ?? ''].filter((part) => part !== '').map((part) => ` · ${nameHidden(part)}`)].join(
      '',
    ),
  )
  if (row.state === 'making') return { text: join([head, 'is being made…']), buttons: [] }
  if (row.state === 'failed') return { text: join([head, `❌ Nothing was kept: ${oneLine(row.failure ?? '', 300)}`]), buttons: [] }
  if (row.state === 'removed' || row.manifest === null) return { text: join([head, 'Kept for its time, and gone.']), buttons: [] }
  const before = await wholeBefore(sql, row.projectId, row.number)
  return { text: join([head, ...body(row, row.manifest, before)]), buttons: buttons(row, before) }
}

function buttons({ number }: Checkpoint, before: Checkpoint | undefined): Button[][] {
  const restore: Button = { label: '↩️ Restore', capability: 'restore_checkpoint', input: { checkpoint: number } }
  const one: Button = {
    label: '📄 One file…',
    capability: 'restore_checkpoint',
    input: { checkpoint: number },
    ask: { field: 'file', prompt: `Which file of C${number}? Its path as git writes it, like src/app.ts` },
  }
  const compare: Button = {
    label: '🔍 Compare…',
    capability: 'compare_checkpoints',
    input: { to: number },
    ask: { field: 'from', prompt: `Compare C${number} with which one? Write C3, say.` },
  }
  const since: Button[] = before === undefined ? [] : [sinceButton(before.number, number)]
  return [
    [restore, one],
    [...since, compare],
  ]
}

function sinceButton(from: number, to: number): Button {
  return { label: `👁 Since C${from}`, capability: 'compare_checkpoints', input: { from, to } }
}

function body(row: Checkpoint, manifest: Manifest, before: Checkpoint | undefined): (Text | undefined | false)[] {
  const changed = row.changed ?? []
  return [
    ...manifest.targets.map((target): Text => [oneLine(target.branch, 60), ' at ', code(target.commit.slice(0, 10))]),
    ...manifest.tasks.slice(0, SHOWN_TASKS).map(taskLine),
    manifest.tasks.length > SHOWN_TASKS && `… ${manifest.tasks.length - SHOWN_TASKS} more tasks`,
    manifest.settled > 0 && `${counted(manifest.settled, 'finished task')}: their rows`,
    before !== undefined && (changed.length === 0 ? `No file changed since C${before.number}` : `Since C${before.number}: ${changedLine(changed)}`),
    leftOut(manifest),
    emptyFolders(manifest),
    ...manifest.problems.map((problem) => `⚠️ ${oneLine(problem, 300)}`),
    row.bytes !== null && row.tookMs !== null && `${size(row.bytes)} new · ${duration(row.tookMs)}`,
  ]
}

function taskLine(task: Manifest['tasks'][number]): Text {
  const parts = [`T${task.number} ${oneLine(task.title, 40)}`, counted(task.messages, 'message')]
  if (task.midStep) parts.push('⚠️ mid-step')
  if (task.problem !== undefined) parts.push(`⚠️ files not kept: ${oneLine(task.problem, 200)}`)
  return parts.join(' · ')
}

function counted(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`
}

/** Neither stored nor ever touched by a restore. */
function leftOut(manifest: Manifest): string | undefined {
  const files = manifest.tasks.flatMap((task) => (task.files === null ? [] : [task.files]))
  const names = [...new Set(files.flatMap(({ ignored, nested }) => [...ignored, ...nested.map((name) => `${name} (a repository)`)]))]
  if (names.length === 0) return undefined
  const shown = names.slice(0, SHOWN_LEFT_OUT).map((name) => oneLine(name, 40))
  return `Not in it, and never touched: ${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`
}

function emptyFolders(manifest: Manifest): string | undefined {
  const n = manifest.tasks.reduce((sum, task) => sum + (task.files?.emptyFolders.length ?? 0), 0)
  return n === 0 ? undefined : `${counted(n, 'empty folder')}: named, not kept`
}
