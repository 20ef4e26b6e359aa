/**
 * What becomes of a question that nobody answers. It is said once, and nothing is ever allowed by it: the task waits on, the harmless
 * answer is taken, or the agent goes on with what does not need one while the question stays open.
 */
import { ApprovalId, HostRequestId, QuestionId, SETTLED, oneLine, type AwayWay } from '#core'
import {
  answerLapsed,
  appendEvent,
  approvalById,
  denyLapsed,
  hostRequestById,
  lockTask,
  overdueAsked,
  setLapsed,
  stillAsked,
  touchCards,
  type Overdue,
  type Task,
  type Tx,
} from '#db'
import type { Machinery } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { sayAbout } from '../show.ts'

/** Where nobody said anything: a night and a morning. */
export const AWAY_MINUTES = 12 * 60

/** Looks once at everything that waits. Each is decided in a transaction of its own; an answer that comes at the same moment wins. */
export async function lapseAsked(m: Pick<Machinery, 'db' | 'clock'>): Promise<void> {
  for (const due of await overdueAsked(m.db, m.clock.now(), AWAY_MINUTES)) await m.db.tx((tx) => lapse(tx, due))
}

async function lapse(tx: Tx, due: Overdue): Promise<void> {
  const task = await lockTask(tx, due.taskId)
  if (task === undefined || SETTLED.includes(task.state)) return
  const done = await take(tx, due, task)
  if (done === undefined) return
  const { kind: asked, id, minutes } = due
  await appendEvent(tx, { taskId: task.id, projectId: task.projectId, kind: 'asked.lapsed', data: { asked, id, way: done.way, minutes } })
  const text = `⏳ Nobody has answered T${task.number} for ${timeWords(minutes)}. ${done.say}`
  await sayAbout(tx, task, { key: `lapsed:${id}`, text, loud: true, class: 'question' })
  await touch(tx, due)
  await touchCards(tx, { taskId: task.id })
  if (done.way !== 'park' && (await stillAsked(tx, task.id)) === 0) await moveTask(tx, task, { to: 'queued', from: ['waiting'] })
}

type Done = { readonly way: AwayWay; readonly say: string }

/** Undefined: somebody answered just now. */
async function take(tx: Tx, due: Overdue, task: Task): Promise<Done | undefined> {
  if (due.way === 'safe') {
    const said = await takeSafe(tx, due)
    if (said !== undefined) return { way: 'safe', say: said }
  }
  const way = due.way === 'on' && (await canGoOn(tx, due, task)) ? 'on' : 'park'
  if ((await setLapsed(tx, due, way)) === 0) return undefined
  if (way === 'on') return { way, say: 'It goes on with what does not need the answer; the question stays open.' }
  const why = due.way === 'safe' ? 'It named no answer as safe, so it' : 'It'
  return { way, say: `${why} is set aside, keeps nobody from working, and goes on when you answer. /away says what else it may do.` }
}

async function takeSafe(tx: Tx, { kind, id }: Overdue): Promise<string | undefined> {
  if (kind === 'question') {
    const answer = await answerLapsed(tx, QuestionId.parse(id))
    return answer === undefined ? undefined : `It goes on with “${oneLine(answer, 200)}”, which it had named as safe.`
  }
  if ((await denyLapsed(tx, kind, id)) === 0) return undefined
  const what =
    kind === 'host' ? (await hostRequestById(tx, HostRequestId.parse(id)))?.host : (await approvalById(tx, ApprovalId.parse(id)))?.action.command
  return `“${oneLine(what ?? '', 200)}” was not allowed, and it goes on without.`
}

/** An agent has to be told, so there must be one that waits: not before its setup has run, nor where a host was asked for beside its work. */
async function canGoOn(tx: Tx, { kind, id }: Overdue, task: Task): Promise<boolean> {
  if (task.state !== 'waiting' || kind === 'host') return false
  return kind === 'question' || (await approvalById(tx, ApprovalId.parse(id)))?.runId !== null
}

async function touch(tx: Tx, { kind, id }: Overdue): Promise<void> {
  const shownWith =
    kind === 'approval'
      ? (await approvalById(tx, ApprovalId.parse(id)))?.shownWith
      : kind === 'host'
        ? (await hostRequestById(tx, HostRequestId.parse(id)))?.shownWith
        : undefined
  await touchCards(tx, { kind, subjectId: shownWith ?? id })
}

/** `2 h`, `90 min`, `3 days`. */
export function timeWords(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? '1 day' : `${minutes / 1440} days`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`
}
