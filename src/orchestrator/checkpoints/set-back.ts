/** The writes of a way back, all inside the one transaction that is given: tasks set back over themselves, or made anew beside. */
import { LughError, RunId, TaskId, type Ids, type ObjectName } from '#core'
import {
  appendEvent,
  endOpenRuns,
  insertSteer,
  insertTask,
  lockTask,
  nextTaskNumber,
  openChange,
  setAgentBusy,
  setBackState,
  setReadyMade,
  touchCards,
  withdrawAsked,
  type Restore,
  type Task,
  type Tx,
} from '#db'
import { branchName } from '../capabilities/new-task.ts'
import { showCard } from '../show.ts'
import { supersede } from '../supersede.ts'
import { stateAfter } from './look-at-restore.ts'
import { DONE } from './make-checkpoint.ts'
import type { TaskThen } from './part.ts'
import { chosenParts } from './parts.ts'

export type SettingBack = {
  readonly tx: Tx
  readonly ids: Ids
  readonly restore: Restore
  /** `C7`. */
  readonly name: string
}

/** Sets one task back to what it was, by the parts that were chosen. Its number, cards, costs and events stay. */
export async function setBackOver(s: SettingBack, then: TaskThen): Promise<void> {
  const { tx, restore } = s
  const task = await lockTask(tx, then.id)
  if (task === undefined) return
  if (task.state === 'landing') throw new LughError('conflict', `T${task.number} is landing right now. Try again when it has.`, { retryable: true })
  const open = await openChange(tx, task.id)
  if (open !== undefined) await supersede(tx, open, `the task was set back to ${s.name}`)
  await endOpenRuns(tx, task.id, 'stopped', `set back to ${s.name}`)
  for (const part of chosenParts(restore)) await part.setBack({ tx, task: task.id, before: then, restore })
  const note = noteFor(s)
  if (note !== undefined) await insertSteer(tx, { taskId: task.id, personId: null, text: note })
  await settleState(s, task, then)
}

/** What the agent is told when its files and what it remembers of them are no longer of the same moment. */
function noteFor({ restore, name }: SettingBack): string | undefined {
  const [code, conversation] = [restore.parts.includes('code'), restore.parts.includes('conversation')]
  if (code && !conversation) return `The person has set the files of this task back to how they were at ${name}. Look at them again before you go on.`
  if (conversation && !code)
    return `The person has set this conversation back to how it was at ${name}; the files are as they are now. Look at them again before you go on.`
  return undefined
}

async function settleState(s: SettingBack, task: Task, then: TaskThen): Promise<void> {
  const { tx } = s
  const to = stateAfter(then.state)
  const ended = DONE.includes(to)
  const reason = ended ? then.reason : `as it was at ${s.name}; ▶️ Resume goes on from there`
  const was = await setBackState(tx, task.id, { state: to, reason, ended })
  if (ended) await withdrawAsked(tx, task.id)
  if (task.agentId !== null) await setAgentBusy(tx, task.agentId, !ended)
  await appendEvent(tx, {
    ...scope(s.restore),
    taskId: task.id,
    kind: 'task.moved',
    data: { from: was ?? task.state, to, ...(reason === null ? {} : { reason }) },
  })
  await touchCards(tx, { taskId: task.id })
  await tx.notify('work', task.id)
}

/** Makes a new task of what one was: paused, with a worktree and a branch of its own once it is resumed. Answers its number. */
export async function makeBeside(s: SettingBack, then: TaskThen): Promise<number> {
  const { tx, restore } = s
  const old = then.foreign ? undefined : await lockTask(tx, then.id)
  if (old === undefined && !then.foreign) throw new LughError('not-found', `T${then.number} is gone.`)
  const task = await insert(s, old, `${then.title} (${s.name})`, old?.wish ?? then.wish, `restore:${restore.id}:${then.id}`, then.dry)
  const run = RunId.parse(s.ids.uuid())
  for (const part of chosenParts(restore)) await part.copy({ tx, task: task.id, before: then, restore, run })
  const reason = `T${then.number} as it was at ${s.name}; ▶️ Resume goes on from there`
  await setBackState(tx, task.id, { state: 'paused', reason, ended: false })
  await showCard(tx, s.ids, task, { kind: 'task', subjectId: task.id, loud: false })
  return task.number
}

export type Ready = {
  readonly title: string
  readonly wish: string
  readonly summary: string
  readonly base: ObjectName
  readonly tree: ObjectName
  readonly key: string
}

/** A task whose files are made already: its review card shows the difference, and its Merge tap is what lands it. Answers its number. */
export async function proposeReady(s: SettingBack, ready: Ready): Promise<number> {
  const { tx, restore } = s
  const task = await insert(s, undefined, ready.title, ready.wish, `restore:${restore.id}:${ready.key}`)
  await setReadyMade(tx, task.id, { summary: ready.summary, base: ready.base, tree: ready.tree, head: null, index: null, raw: false })
  await showCard(tx, s.ids, task, { kind: 'task', subjectId: task.id, loud: false })
  await tx.notify('work', task.id)
  return task.number
}

async function insert(s: SettingBack, old: Task | undefined, title: string, wish: string, callKey: string, dry = false): Promise<Task> {
  const { tx, ids, restore } = s
  const personId = restore.personId ?? old?.personId ?? null
  if (personId === null) throw new LughError('internal', 'Nobody asked for this.', { detail: restore.id })
  const number = await nextTaskNumber(tx)
  const task = await insertTask(tx, {
    id: TaskId.parse(ids.uuid()),
    number,
    projectId: restore.projectId,
    agentId: null,
    conversationId: restore.conversationId ?? old?.conversationId ?? null,
    personId,
    title,
    wish,
    mode: old?.mode ?? null,
    branch: branchName(number, title),
    callKey,
    replyToMessageId: null,
    dry,
  })
  if (task === undefined) throw new LughError('internal', 'This was made before.', { detail: callKey })
  await appendEvent(tx, { ...scope(restore), taskId: task.id, kind: 'task.created', data: { number, title } })
  return task
}

function scope(restore: Restore): { projectId: Restore['projectId']; door: string; personId?: NonNullable<Restore['personId']> } {
  return { projectId: restore.projectId, door: restore.door, ...(restore.personId === null ? {} : { personId: restore.personId }) }
}

/** Drops what a way back had made, unless it has landed or ended since. Answers the numbers of what it dropped. */
export async function dropMade(s: SettingBack, tasks: readonly Task[]): Promise<number[]> {
  const dropped: number[] = []
  for (const task of tasks) {
    if (DONE.includes(task.state) || task.state === 'landing') continue
    const open = await openChange(s.tx, task.id)
    if (open !== undefined) await supersede(s.tx, open, 'the restore that made it was taken back')
    await endOpenRuns(s.tx, task.id, 'stopped', 'taken back')
    await withdrawAsked(s.tx, task.id)
    const was = await setBackState(s.tx, task.id, { state: 'discarded', reason: 'the restore that made it was taken back', ended: true })
    await appendEvent(s.tx, { ...scope(s.restore), taskId: task.id, kind: 'task.moved', data: { from: was ?? task.state, to: 'discarded' } })
    await touchCards(s.tx, { taskId: task.id })
    await s.tx.notify('work', task.id)
    dropped.push(task.number)
  }
  return dropped
}
