/** The review card: what would change, as Lugh itself measured it, where it would land, and the one tap that lands it. */
import { ChangeId, b, code, cut, fold, i, join, nameHidden, oneLine, quote, type Text } from '#core'
import {
  changeById,
  changeShown,
  shownAsText,
  costOfTask,
  judgedHunks,
  goneFor,
  openSelection,
  latestLanding,
  lastLanded,
  openLanding,
  projectById,
  recentEvents,
  taskById,
  type Change,
  type JudgedHunk,
  type Landing,
  type Sql,
  type Task,
  type TestResult,
} from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { shownLog } from '../keep-log.ts'
import { outsidePlan } from '../review/outside-plan.ts'
import { countHunks, tally, tallyLine } from '../review/tally.ts'
import { countFiles } from '../steps/send-diff.ts'
import { decidedWords } from './decided.ts'
import { fileStepper, leaveOutButton } from './file-stepper.ts'
import { duration, money } from './task-card.ts'

const SUMMARY_CHARACTERS = 700
const SHOWN_FILES = 8
const SHOWN_PROBLEMS = 5
const SHOWN_KEYS = 5
const SHOWN_UNPLANNED = 3
const TEST_TAIL_CHARACTERS = 400

export async function reviewCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const change = await changeById(sql, ChangeId.parse(subjectId))
  const task = change === undefined ? undefined : await taskById(sql, change.taskId)
  if (change === undefined || task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const title = b(
    `${change.state === 'landed' && task.state === 'undone' ? '↩️ Undone' : HEAD[change.state]} · ${project?.name ?? '?'} · T${task.number} ${nameHidden(task.title)}`,
  )
  if (change.state === 'superseded' || change.state === 'discarded' || change.state === 'refused')
    return { text: join([title, await ending(sql, change)]), buttons: [] }
  const hunks = await judgedHunks(sql, change.id)
  const open = change.state === 'proposed' && task.state === 'review'
  const piece = open ? await fileStepper(sql, title, change, hunks) : undefined
  if (piece !== undefined) return piece
  const landed = change.state === 'landed' || change.state === 'kept'
  const shown = landed || (await changeShown(sql, change.id))
  const cost = money(await costOfTask(sql, task.id))
  const text = join([
    title,
    landed ? await landedLine(sql, task, change) : undefined,
    change.summary !== '' && quote(cut(nameHidden(change.summary), SUMMARY_CHARACTERS), true),
    fold(join([b(`${countFiles(change.files.length)} +${change.insertions} −${change.deletions}`), filesOf(change)])),
    change.part !== null && b(`✂️ ${change.part.kept} of ${countHunks(change.part.total)}; the rest was left out`),
    testsOf(change.tests),
    !landed && (await unplanned(sql, change)),
    change.hiddenCharacters > 0 && `⚠️ ${change.hiddenCharacters} hidden characters, shown as ⟦U+…⟧`,
    !landed && keys(change),
    problems(change),
    !landed && (await judgedLine(sql, change, hunks)),
    landed ? cost : [i(`Lands: ${change.landingPlan.say}`), ` · ${cost}`],
    !landed && change.notice !== null && `⚠️ ${oneLine(change.notice, 300)}`,
    !landed && (await shownAsText(sql, change.id)) && 'The diff is shown as text: its pictures could not be had.',
    !landed && !shown && 'The diff has not been shown whole yet; ✅ Merge appears when it has.',
    change.state === 'proposed' && change.asking && b('Discard it? Your repository stays as it is; the work is dropped.'),
    change.state === 'landing' && '⚙️ landing…',
  ])
  return { text, buttons: await buttons(sql, task, change, hunks, shown) }
}

/** What was said to its pieces, and what can be done with that. */
async function judgedLine(sql: Sql, change: Change, hunks: readonly JudgedHunk[]): Promise<Text | undefined> {
  const line = tallyLine(tally(hunks))
  if (line === undefined) return undefined
  if ((await openSelection(sql, change.taskId)) !== undefined) return `🗂 ${line} ⚙️ leaving them out; the tests run on the rest…`
  const send = '✏️ sends that to the agent.'
  return `🗂 ${line}. ${tally(hunks).dropped > 0 ? `✂️ leaves what is dropped out, ${send}` : send}`
}

const HEAD: Record<Change['state'], string> = {
  proposed: '🔵 Review',
  landing: '🔵 Review',
  landed: '✅ Merged',
  kept: '🌿 Kept as a branch',
  superseded: 'Outdated',
  discarded: '🗑 Discarded',
  refused: 'Refused',
}

async function ending(sql: Sql, change: Change): Promise<Text> {
  if (change.state === 'discarded') {
    const [dropped] = await recentEvents(sql, change.taskId, ['change.discarded'], 1)
    return `Dropped ${await decidedWords(sql, { by: change.decidedBy, door: dropped?.door ?? null, at: change.decidedAt })}. Nothing was merged.`
  }
  return change.notice ?? 'A newer card shows what it became.'
}

/** The files of a change, one a line; the rest is counted. */
export function filesOf(change: Pick<Change, 'files'>): Text {
  const mark: Record<string, string> = { added: 'A', modified: 'M', deleted: 'D', renamed: 'R', copied: 'C', 'type-changed': 'T' }
  const lines = change.files.slice(0, SHOWN_FILES).map((file): Text => {
    const name = file.oldPath === undefined ? nameHidden(file.path) : `${nameHidden(file.oldPath)} → ${nameHidden(file.path)}`
    const size = file.binary ? `binary, ${file.oldBytes ?? 0} → ${file.newBytes ?? 0} bytes` : `+${file.insertions} −${file.deletions}`
    const mode =
      file.oldMode !== file.newMode && file.status !== 'added' && file.status !== 'deleted' ? ` · mode ${file.oldMode} → ${file.newMode}` : ''
    return [`${mark[file.status] ?? '?'} `, code(oneLine(name, 80)), ` ${size}${mode}`]
  })
  const more = change.files.length - lines.length
  return join([...lines, more > 0 && `… and ${more} more`])
}

/** What the plan that a person said Go to does not speak of. */
async function unplanned(sql: Sql, change: Change): Promise<Text | undefined> {
  const plan = await goneFor(sql, change.taskId)
  const outside = plan === undefined ? [] : (outsidePlan(plan.steps, change.files) ?? [])
  if (outside.length === 0) return undefined
  const named = outside.slice(0, SHOWN_UNPLANNED).map((path): Text => code(oneLine(nameHidden(path), 80)))
  const more = outside.length - named.length
  return ['⚠️ Outside the plan: ', ...named.flatMap((name, at) => (at === 0 ? [name] : [', ', name])), more > 0 ? ` and ${more} more` : '']
}

/** What Lugh's own run of the tests came to. */
export function testsOf(result: TestResult | null): Text | undefined {
  if (result === null || result.state === 'none') return 'Tests: none configured (/project set test …)'
  if (result.state === 'not-run') return ['Tests: not run yet: ', result.why, ' (', code(oneLine(result.command, 60)), ')']
  const took = duration(result.ms)
  if (result.exitCode === 0) return ['Tests: ✓ ', code(oneLine(result.command, 60)), ` passed in ${took}`]
  const how = result.endedBy === null ? `exit code ${result.exitCode ?? '?'}` : `ended by ${result.endedBy}`
  return [`Tests: ✗ `, code(oneLine(result.command, 60)), ` failed (${how}, ${took})\n`, quote(lastOf(shownLog(result.output)), true)]
}

/** Its last lines, the first of them whole where it can be. */
function lastOf(text: string): string {
  const end = text.slice(-TEST_TAIL_CHARACTERS)
  return (end.length < text.length ? end.slice(end.indexOf('\n') + 1) : end).toWellFormed()
}

/** What failing tests printed, all of it; the card shows their last lines. */
export function logButton(task: Pick<Task, 'number'>, result: TestResult | null): Button[] {
  return result?.state === 'ran' && result.exitCode !== 0
    ? [{ label: '📄 Log', capability: 'show_log', input: { task: task.number, of: 'tests' } }]
    : []
}

/** Where, never what it is. */
function keys(change: Change): Text | undefined {
  if (change.keys.length === 0) return undefined
  const lines = change.keys
    .slice(0, SHOWN_KEYS)
    .map((key): Text => ['🔑 looks like a key: ', code(`${oneLine(key.path, 80)}:${key.line}`), ` (${key.what})`])
  const more = change.keys.length - lines.length
  return join([
    ...lines,
    more > 0 && `… and ${more} more`,
    change.mergeAsked && b('Merge it all the same? A key that was once in a repository stays in its history.'),
  ])
}

function problems(change: Change): Text | undefined {
  if (change.problems.length === 0) return undefined
  const lines = change.problems.slice(0, SHOWN_PROBLEMS).map((problem) => `⛔ ${oneLine(problem.say, 200)}`)
  return join([...lines, 'It cannot be merged like this: ✏️ Change or 🗑 Discard.'])
}

async function landedLine(sql: Sql, task: Task, change: Change): Promise<Text> {
  const last = await latestLanding(sql, task.id)
  const landed = await lastLanded(sql, task.id)
  const who = await decidedWords(sql, { by: change.decidedBy, door: (landed ?? last)?.door ?? null, at: change.decidedAt })
  if (change.state === 'kept')
    return join([who, last?.detail !== null && last?.detail !== undefined && `Left as branch ${oneLine(last.detail, 300)}`])
  return join([
    landed !== undefined &&
      landed.newCommit !== null && [
        LANDED_WORD[landed.kind],
        ' ',
        code(landed.newCommit.slice(0, 10)),
        ` on ${landed.ref.replace('refs/heads/', '')} ${who}`,
      ],
    task.state === 'landing' && '⚙️ undoing…',
    last !== undefined && notDone(last) && `⚠️ Not undone: ${oneLine(last.detail ?? '', 300)}`,
  ])
}

const LANDED_WORD: Record<Landing['kind'], string> = { merge: 'Commit', undo: '↩️ Undone by commit', redo: 'Merged again by commit' }

function notDone(landing: Landing): boolean {
  return landing.state === 'conflict' || landing.state === 'refused'
}

async function buttons(sql: Sql, task: Task, change: Change, hunks: readonly JudgedHunk[], shown: boolean): Promise<Button[][]> {
  const bound = { change: change.id, digest: change.digest }
  if (change.state === 'landed') {
    const idle = (await openLanding(sql, task.id)) === undefined && (task.state === 'merged' || task.state === 'undone')
    return idle ? [[{ label: '↩️ Undo', capability: 'undo_task', input: { task: task.number, after: (await lastLanded(sql, task.id))?.id } }]] : []
  }
  if (change.state !== 'proposed' || task.state !== 'review') return []
  if (change.asking) {
    return [
      [
        { label: '✅ Confirm', capability: 'discard_change', input: { ...bound, confirmed: true } },
        { label: '◀ Back', capability: 'discard_change', input: { ...bound, confirmed: false } },
      ],
    ]
  }
  const { dropped, kept, comments } = tally(hunks)
  if (change.mergeAsked && shown && dropped === 0) {
    return [
      [
        { label: '✅ Confirm', capability: 'merge_change', input: { ...bound, confirmed: true } },
        { label: '◀ Back', capability: 'merge_change', input: { ...bound, confirmed: false } },
      ],
    ]
  }
  const merge: Button = { label: '✅ Merge', capability: 'merge_change', input: bound }
  const diff: Button = { label: '👁 Diff', capability: 'show_diff', input: { task: task.number } }
  const runTests: Button = { label: '🧪 Run tests', capability: 'run_tests', input: bound }
  const first = dropped > 0 ? (kept > 0 ? [leaveOutButton(change, hunks)] : []) : shown && change.problems.length === 0 ? [merge] : []
  const start = hunks[0]
  const files: Button[] =
    start === undefined ? [] : [{ label: '🗂 Files', capability: 'step_files', input: { ...bound, file: start.file, hunk: start.hunk } }]
  return [
    ...(first.length === 0 ? [] : [first]),
    [diff, ...files, ...logButton(task, change.tests)],
    ...(await wholeAgain(sql, change)),
    ...(change.tests?.state === 'not-run' ? [[runTests]] : []),
    [
      {
        label: '✏️ Change',
        capability: 'request_change',
        input: bound,
        // What was dropped and said is enough; without it there must be words.
        ...(dropped + comments > 0 ? {} : { ask: { field: 'text', prompt: `What shall be different in T${task.number}?` } }),
      },
      { label: '🗑 Discard', capability: 'discard_change', input: bound },
    ],
  ]
}

/** The way back from having left something out, while it still fits. */
async function wholeAgain(sql: Sql, change: Change): Promise<Button[][]> {
  const whole = change.part === null ? undefined : await changeById(sql, change.part.of)
  if (change.part === null || whole?.baseCommit !== change.baseCommit) return []
  return [[{ label: `↩️ All ${countHunks(change.part.total)}`, capability: 'take_all_hunks', input: { change: change.id, digest: change.digest } }]]
}
