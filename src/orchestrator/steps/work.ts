/** Lets the engine work: one turn after the other, each turn and each tool call a row, until it is done or must ask. */
import { ObjectName, type Mode } from '#core'
import { appendEvent, endRun, liveWorktree, openSteers, setSummary, transcript, type MessageRow, type Project, type Run, type Worktree } from '#db'
import { Message } from '#engines'
import { choiceFor, nameOf } from '../engine-choice.ts'
import { createBackground, type Background } from '../background-commands.ts'
import { underClaim, type Claim, type Machinery } from '../machinery.ts'
import { stanceNow, projectMode } from '../mode.ts'
import { moveTask } from '../move-task.ts'
import { modeAt } from '../project-settings.ts'
import { describeFinished } from '../run-command.ts'
import { nextSeq } from '../transcript/told.ts'
import { answerCalls, unanswered } from './answer-calls.ts'
import { holdUp } from './hold-up.ts'
import { projectOf } from './prepare.ts'
import { changeEngine, openRun, serves } from './open-run.ts'
import { takeSession } from './take-session.ts'
import { addUserMessage, takeTurn } from './take-turn.ts'

/** Everything one run needs at each step. */
export type Work = {
  readonly m: Machinery
  readonly claim: Claim
  readonly project: Project
  readonly worktree: Worktree
  readonly run: Run
  readonly background: Background
  /** The commit the worktree was made from. */
  readonly base: ObjectName
  /** What holds unless the task has a mode of its own. */
  readonly projectMode: Mode
  /** Milliseconds of work since it was last asked. */
  readonly lap: () => number
}

/** Works until the task parks, finishes, or the claim is lost. Expects a ready worktree. */
export async function work(m: Machinery, claim: Claim): Promise<void> {
  const worktree = await liveWorktree(m.db, claim.task.id)
  const { baseCommit } = claim.task
  if (worktree?.state !== 'ready' || baseCommit === null) {
    await underClaim(m, claim, (tx, task) => moveTask(tx, task, { to: 'paused', reason: 'its worktree is missing; ▶️ Resume makes it again' }))
    return
  }
  const project = await projectOf(m, claim.task)
  const base = ObjectName.parse(baseCommit)
  const run = await openRun(m, claim)
  if (run === undefined) return
  const background = createBackground(describeFinished)
  let w: Work = {
    m,
    claim,
    project,
    worktree,
    base,
    projectMode: projectMode(m.facts, project, await modeAt(m.git, project, base)),
    run,
    background,
    lap: stopwatch(),
  }
  if (!worktree.setUp && (await setUpFirst(w))) return
  try {
    while (!claim.signal.aborted) {
      const run = await oneRound(w) // committed before the next begins
      if (run === undefined) return
      w = { ...w, run }
    }
  } finally {
    await background.endAll()
    await m.connectors?.end(claim.task.id)
  }
}

function stopwatch(): () => number {
  let since = performance.now()
  return () => {
    const ms = performance.now() - since
    since += ms
    return ms
  }
}

/** A worktree made for planning alone is set up before anything but reading happens in it. True: it goes back to be. */
async function setUpFirst(w: Work): Promise<boolean> {
  return underClaim(w.m, w.claim, async (tx, task) => {
    if ((await stanceNow(tx, task, w.projectMode)) === 'plan') return false
    await endRun(tx, w.run.id, 'parked', 'its worktree is set up')
    return (await moveTask(tx, task, { to: 'preparing', keep: true })) !== undefined
  })
}

/** One round: answer the open tool calls, or take a turn, or end. Answers the run to go on with, if there is more to do. */
async function oneRound(w: Work): Promise<Run | undefined> {
  const rows = await transcript(w.m.db, w.claim.task.id)
  const newest = rows.at(-1)
  const last = newest === undefined ? undefined : Message.parse(newest)
  if (last === undefined) return goOn(w, addUserMessage(w, 0, [{ type: 'text', text: w.claim.task.wish }]))
  if (last.role === 'user') {
    const held = await holdUp(w, rows)
    if (held !== 'go') return held === 'again' ? w.run : undefined
    return goOnAsChosen(await withChosenEngine(w), rows)
  }
  const calls = unanswered(last)
  if (calls.length > 0) return goOn(w, answerCalls(w, nextSeq(rows), calls))
  const steers = await openSteers(w.m.db, w.claim.task.id)
  if (steers.length > 0) return goOn(w, addUserMessage(w, nextSeq(rows), []))
  return goOn(w, finish(w, lastWords(last)))
}

/** A turn of a built-in engine, or a whole stretch of work of one that is a program of its own. */
async function goOnAsChosen(w: Work, rows: readonly MessageRow[]): Promise<Run | undefined> {
  const outside = w.m.sessions.get(w.run.engine)
  return outside === undefined ? takeTurn(w, rows) : takeSession(w, outside, rows)
}

async function goOn(w: Work, done: Promise<boolean>): Promise<Run | undefined> {
  return (await done) ? w.run : undefined
}

/** A person may choose another engine in the middle of a task: it takes the next turn, from the same transcript. */
async function withChosenEngine(w: Work): Promise<Work> {
  const chosen = await choiceFor(w.m.db, w.m.facts, w.project.id, w.claim.task.id)
  if (serves(w.run, chosen)) return w
  return { ...w, run: await changeEngine(w.m, w.claim, w.run, chosen, `goes on with ${nameOf(chosen)}`, null) }
}

function lastWords(message: Message): string {
  return message.content
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n')
    .trim()
}

/** The engine has nothing more to do: what it said last is its summary, a claim that stands apart from what Lugh measures. */
async function finish(w: Work, summary: string): Promise<false> {
  await underClaim(w.m, w.claim, async (tx, task) => {
    await endRun(tx, w.run.id, 'finished', null)
    await appendEvent(tx, { taskId: task.id, runId: w.run.id, projectId: task.projectId, kind: 'run.ended', data: { state: 'finished' } })
    await setSummary(tx, task.id, summary === '' ? 'The agent ended without a word.' : w.m.redact(summary))
    await moveTask(tx, task, { to: 'proposing', keep: true })
  })
  return false
}
