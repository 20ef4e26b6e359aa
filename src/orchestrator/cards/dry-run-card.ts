/** What a dry run came to: files, commands, what was withheld, cost, time and risk with their grounds. Its Go is bound to exactly that. */
import { TaskId, b, code, cut, fold, join, nameHidden, oneLine, quote, type Text } from '#core'
import {
  commandsOfDryRun,
  costOfTask,
  latestChange,
  latestRun,
  openChange,
  projectById,
  recentEvents,
  taskById,
  type Change,
  type CostSum,
  type EventRow,
  type OwnStep,
  type Run,
  type Sql,
  type Task,
} from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { dryRunDigest } from '../dry-run-digest.ts'
import { riskOf } from '../dry-run-risk.ts'
import { countFiles } from '../steps/send-diff.ts'
import { decidedWords } from './decided.ts'
import { filesOf, logButton, testsOf } from './review-card.ts'
import { duration, money } from './task-card.ts'

const SUMMARY_CHARACTERS = 500
const SHOWN_COMMANDS = 5
const COMMAND_CHARACTERS = 100

export async function dryRunCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const task = await taskById(sql, TaskId.parse(subjectId))
  if (task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const parent = task.parentId === null ? undefined : await taskById(sql, task.parentId)
  const open = task.dry && task.state === 'rehearsed'
  const change = open ? await openChange(sql, task.id) : await latestChange(sql, task.id)
  const commands = await commandsOfDryRun(sql, task.id)
  const run = await latestRun(sql, task.id)
  const title = b(`🧪 Dry run · ${project?.name ?? '?'} · T${task.number} ${nameHidden(task.title)}`)
  const text = join([
    title,
    parent !== undefined && `It tries out T${parent.number}.`,
    !open && (await ending(sql, task, parent)),
    open && task.summary !== null && task.summary !== '' && quote(cut(nameHidden(task.summary), SUMMARY_CHARACTERS), true),
    affected(change),
    change === undefined ? undefined : testsOf(change.tests),
    ...commandLines(commands),
    open && 'Outside its own worktree nothing was changed; the network was off.',
    open && spent(await costOfTask(sql, task.id), task),
    open && toGoOn(await costOfTask(sql, task.id), run, commands),
    open && riskLine(change, commands),
  ])
  return { text, buttons: open ? buttons(task, run, change) : [] }
}

async function ending(sql: Sql, task: Task, parent: Task | undefined): Promise<Text> {
  const [decided] = await recentEvents(sql, task.id, ['dryrun.decided'], 1)
  if (decided !== undefined) return decision(sql, decided, parent)
  if (task.state === 'stopped' || task.state === 'failed') return `Over: ${oneLine(task.reason ?? task.state, 200)}. Nothing of it is left.`
  return '⚙️ It goes on; what it comes to is shown here.'
}

async function decision(sql: Sql, decided: EventRow, parent: Task | undefined): Promise<Text> {
  const who = await decidedWords(sql, { by: decided.personId, door: decided.door, at: decided.at })
  if (decided.data['decision'] === 'discard') return `🗑 Discarded ${who}. Nothing of it is left.`
  return `✅ Go ${who}: ${parent === undefined ? 'it goes on for good from here' : `T${parent.number} goes on from here`}.`
}

function affected(change: Change | undefined): Text {
  if (change === undefined) return 'It would change no file.'
  return fold(join([b(`${countFiles(change.files.length)} +${change.insertions} −${change.deletions}`), filesOf(change)]))
}

function commandLines(commands: readonly OwnStep[]): (Text | false)[] {
  const withheld = commands.filter(({ state }) => state === 'withheld')
  const ran = commands.filter(({ state }) => state === 'finished' || state === 'failed')
  return [
    ran.length > 0 && list(`Commands run (${ran.length}):`, ran),
    withheld.length > 0 && list(`⛔ Withheld (${withheld.length}):`, withheld),
    withheld.length === 0 && 'Nothing was withheld.',
  ]
}

function list(head: string, commands: readonly OwnStep[]): Text {
  const shown = commands.slice(0, SHOWN_COMMANDS)
  const lines = shown.map(({ command, state }): Text => [state === 'failed' ? '✗ ' : '· ', code(oneLine(command ?? '?', COMMAND_CHARACTERS))])
  return fold(join([head, ...lines, commands.length > shown.length && `… and ${commands.length - shown.length} more`]))
}

function spent(cost: CostSum, task: Task): string {
  return `Spent: ${money(cost)}, ${duration(task.elapsedMs ?? 0)} (measured)`
}

/** What is left to pay: nothing of what was done is done again, so only what was withheld takes further turns. */
function toGoOn(cost: CostSum, run: Run | undefined, commands: readonly OwnStep[]): string {
  const withheld = commands.filter(({ state }) => state === 'withheld').length
  if (withheld === 0 || cost.turns === 0) return 'To go on: $0.00, the tests once more (grounds: nothing is left for the agent to do)'
  const turns = withheld + 1
  const each = { microUsd: Math.round((cost.microUsd / cost.turns) * turns), unpriced: cost.unpriced }
  return `To go on: about ${money(each)} (grounds: ${turns} more turns at what the ${run?.turns ?? cost.turns} of this run cost)`
}

function riskLine(change: Change | undefined, commands: readonly OwnStep[]): string {
  const { level, grounds } = riskOf(change, commands)
  return `Risk: ${level} (${grounds.join('; ')})`
}

function buttons(task: Task, run: Run | undefined, change: Change | undefined): Button[][] {
  const bound = { task: task.number, digest: dryRunDigest({ task: task.id, run: run?.id ?? null, change }) }
  const decide: Button[] = [
    { label: '✅ Go', capability: 'continue_dry_run', input: bound },
    { label: '🗑 Discard', capability: 'discard_dry_run', input: bound, tap: true },
  ]
  if (change === undefined) return [decide]
  return [decide, [{ label: '👁 Diff', capability: 'show_diff', input: { task: task.number } }, ...logButton(task, change.tests)]]
}
