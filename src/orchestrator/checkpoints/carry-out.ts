/**
 * Carries a way back out, after a person decided about exactly what was shown: prove the checkpoint whole, pause the agents it
 * concerns, save what is there now, and write everything in one transaction. Killed anywhere, it is wholly before or wholly after.
 */
import { LughError, crashPoint, sayError, sleep, type TaskId, type TaskState } from '#core'
import {
  appendEvent,
  checkpointById,
  endOpenRuns,
  refuseRestore,
  lockRestore,
  lockTask,
  projectById,
  pulsesOf,
  restoreById,
  setRestoreDone,
  setRestoreOffered,
  setRestoreParked,
  taskByNumber,
  touchCards,
  type Checkpoint,
  type Project,
  type Restore,
  type Task,
  type Tx,
} from '#db'
import { repositoryOf } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { checkpointBefore } from './ask-checkpoint.ts'
import { toldDifference } from './changed.ts'
import type { Keeper } from './make-checkpoint.ts'
import { lookAtRestore, type Look } from './look-at-restore.ts'
import { proveWhole, type Proven } from './prove.ts'
import { dropMade, makeBeside, proposeReady, setBackOver, type SettingBack } from './set-back.ts'

/** Whether this process still works on a task: the claim is lost, and what it had started is being ended. */
type Busy = (id: TaskId) => boolean

/** What a paused agent had running is gone two seconds later; a machine under great load gets some more. */
const STILL_MS = 15_000
const STILL_LOOK_MS = 50

/**
 * Looks at it, or carries it out; `busy` says which tasks this process is still at. Refusals go into its row; a full disk and the like too,
 * with what to do.
 */
export async function carryOn(m: Keeper, restore: Restore, busy: Busy = () => false): Promise<void> {
  try {
    const project = await projectById(m.db, restore.projectId)
    const checkpoint = await checkpointById(m.db, restore.checkpointId)
    if (project === undefined || checkpoint === undefined || project.state !== 'ready')
      throw new LughError('not-found', 'Its project is not there any more.')
    await (restore.state === 'looking' ? offer(m, project, restore, checkpoint) : carryOut(m, project, restore, checkpoint, busy))
  } catch (error) {
    m.log.warn({ restore: restore.id, error: String(error) }, 'restore.refused')
    await refuse(m, restore, sayError(error))
  }
}

async function offer(m: Keeper, project: Project, restore: Restore, checkpoint: Checkpoint, notice: string | null = null): Promise<void> {
  const look = await lookAtRestore(m, project, restore, await proveWhole(m, project, checkpoint))
  if (restore.file !== null) await treeWithFile(m, project, restore, await proveWhole(m, project, checkpoint), look)
  await m.db.tx(async (tx) => {
    await setRestoreOffered(tx, restore.id, look.preview, look.digest, notice)
    await touchCards(tx, { kind: 'restore', subjectId: restore.id })
  })
}

async function carryOut(m: Keeper, project: Project, restore: Restore, checkpoint: Checkpoint, busy: Busy): Promise<void> {
  const proven = await proveWhole(m, project, checkpoint)
  // Looked at once: what a person was shown and decided about is what is set back. A later life looks anew, at what it finds parked.
  let look = restore.parked ? undefined : await lookAtRestore(m, project, restore, proven)
  if (restore.undoesId === null && look !== undefined && look.digest !== restore.digest)
    return offer(m, project, restore, checkpoint, 'What it would change was different by then. Look again.')
  if (restore.how === 'over' && look !== undefined) {
    const concerned = await concernedBy(m, restore, look)
    await park(m, restore, proven, concerned)
    await allStill(concerned, busy)
  }
  crashPoint('restore.after-park')
  const before = await checkpointBefore(m, {
    project,
    kind: 'restore',
    key: `restore:${restore.id}`,
    name: `before the way back to C${checkpoint.number}`,
  })
  crashPoint('restore.before-switch')
  look ??= await lookAtRestore(m, project, restore, proven)
  await switchOver(m, project, restore, proven, look, before)
  crashPoint('restore.after-switch')
}

const WORKING: readonly TaskState[] = ['queued', 'preparing', 'running', 'waiting', 'proposing']

type Concerned = Pick<Task, 'id' | 'number'>

/** The tasks that are set back themselves, and those a way back had made that is now taken back. */
async function concernedBy(m: Keeper, restore: Restore, look: Look): Promise<readonly Concerned[]> {
  if (restore.how !== 'over') return []
  const concerned: Concerned[] = look.tasks.filter(({ foreign }) => !foreign)
  const undone = restore.undoesId === null ? undefined : await restoreById(m.db, restore.undoesId)
  for (const number of undone?.made?.made ?? []) {
    const task = await taskByNumber(m.db, number)
    if (task !== undefined) concerned.push(task)
  }
  return concerned
}

/** Pauses every agent it concerns, so that nothing moves while the present is saved and replaced. */
async function park(m: Keeper, restore: Restore, proven: Proven, concerned: readonly Concerned[]): Promise<void> {
  await m.db.tx(async (tx) => {
    for (const { id } of concerned) {
      const task = await lockTask(tx, id)
      if (task === undefined || !WORKING.includes(task.state)) continue
      await moveTask(tx, task, { to: 'paused', reason: `for the way back to C${proven.checkpoint.number}` })
      await endOpenRuns(tx, id, 'stopped', 'paused')
    }
    await setRestoreParked(tx, restore.id)
  })
}

/** A command that is still being ended would write on into what is being saved. */
async function allStill(concerned: readonly Concerned[], busy: Busy): Promise<void> {
  const until = performance.now() + STILL_MS
  for (const { id, number } of concerned)
    while (busy(id)) {
      if (performance.now() > until)
        throw new LughError('conflict', `T${number} is paused, but what it had started has not ended yet. Try again in a moment.`, {
          retryable: true,
        })
      await sleep(STILL_LOOK_MS)
    }
}

/** Which rows were saved, by task; of a dry run that was stopped nothing is. */
async function savedStamps(m: Keeper, project: Project, { id, commit }: Checkpoint): Promise<ReadonlyMap<string, string>> {
  if (commit === null) throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { detail: id })
  const names = [...(await m.git.checkpoints.list(repositoryOf(project), commit, 'tasks')).keys()]
  return new Map(names.map((name) => [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]))
}

/** What is about to be replaced must be what was saved: somebody may have resumed a task meanwhile. Its rows are locked from here on. */
async function refuseMoved(tx: Tx, concerned: readonly Concerned[], saved: ReadonlyMap<string, string>): Promise<void> {
  const ids = concerned.map(({ id }) => id)
  for (const id of ids) await lockTask(tx, id)
  for (const { id, number, stamp } of await pulsesOf(tx, ids))
    if ((saved.get(id) ?? stamp) !== stamp)
      throw new LughError('conflict', `T${number} went on while what is there now was being saved. Look again: /restore`)
}

/** Everything in one transaction. Beside, the tasks of the checkpoint become new ones; the target is only ever proposed. */
async function switchOver(m: Keeper, project: Project, restore: Restore, proven: Proven, look: Look, before: Checkpoint): Promise<void> {
  const beforeId = before.id
  const ready = restore.file === null ? undefined : await treeWithFile(m, project, restore, proven, look)
  const saved = await savedStamps(m, project, before)
  const concerned = await concernedBy(m, restore, look)
  await m.db.tx(async (tx) => {
    const held = await lockRestore(tx, restore.id)
    if (held?.state !== 'wanted') return
    const s: SettingBack = { tx, ids: m.ids, restore: held, name: `C${proven.checkpoint.number}` }
    await refuseMoved(tx, concerned, saved)
    const { dropped, isAll } = await undoMade(s)
    const done: Done = { tasks: [], made: [], dropped }
    if (ready !== undefined) done.made.push(await proposeReady(s, ready))
    else if (!isAll) await setBack(s, look, done)
    await setRestoreDone(tx, restore.id, beforeId, done)
    await appendEvent(tx, {
      projectId: project.id,
      door: restore.door,
      ...(restore.personId === null ? {} : { personId: restore.personId }),
      kind: 'restore.done',
      data: {
        restoreId: restore.id,
        checkpointId: proven.checkpoint.id,
        beforeId,
        how: restore.how,
        tasks: [...done.tasks, ...done.made, ...done.dropped],
      },
    })
    await touchRestores(tx, held)
  })
}

type Done = { readonly tasks: number[]; readonly made: number[]; readonly dropped: number[] }

async function setBack(s: SettingBack, look: Look, done: Done): Promise<void> {
  for (const then of look.tasks) {
    if (s.restore.how === 'over' && !then.foreign) {
      await setBackOver(s, then)
      done.tasks.push(then.number)
    } else done.made.push(await makeBeside(s, then))
  }
  for (const target of s.restore.undoesId === null ? look.targets : []) {
    const title = `${target.branch} as it was at ${s.name}`
    const summary = `The files of ${target.branch} as they were at ${s.name} (${target.commit.slice(0, 10)}), as one new commit on top of what is there now.`
    const wish = `Set ${target.branch} back to ${s.name}.`
    done.made.push(await proposeReady(s, { title, wish, summary, base: target.tip, tree: target.tree, key: target.branch }))
  }
}

/** Taking a way back back drops what it had made; `isAll`: it had made things beside, and nothing else. */
async function undoMade(s: SettingBack): Promise<{ dropped: number[]; isAll: boolean }> {
  if (s.restore.undoesId === null) return { dropped: [], isAll: false }
  const undone = await restoreById(s.tx, s.restore.undoesId)
  const tasks = []
  for (const number of undone?.made?.made ?? []) {
    const task = await taskByNumber(s.tx, number)
    if (task !== undefined) tasks.push(task)
  }
  return { dropped: await dropMade(s, tasks), isAll: undone?.how !== 'over' }
}

type Ready = Parameters<typeof proposeReady>[1]

/** The target as it is now with one file as it was. */
async function treeWithFile(m: Keeper, project: Project, restore: Restore, proven: Proven, look: Look): Promise<Ready> {
  const repository = repositoryOf(project)
  const { checkpoint, manifest } = proven
  const file = restore.file ?? ''
  const target = manifest.targets[0]
  const tip = target === undefined ? undefined : await m.git.fetch(repository, target.branch)
  const from = restore.taskId === null ? target?.tree : manifest.tasks.find(({ id }) => id === restore.taskId)?.files?.tree
  if (target === undefined || tip === undefined || from === undefined) throw new LughError('not-found', `C${checkpoint.number} holds no files there.`)
  const onto = await m.git.treeOf(repository, tip)
  const tree = await m.git.checkpoints.withFile(repository, onto, from, file)
  if (tree === undefined) throw new LughError('not-found', `C${checkpoint.number} has no ${file}. Paths are written as git does: src/app.ts`)
  if (tree === onto) throw new LughError('conflict', `${file} is on ${target.branch} as it was at C${checkpoint.number}: nothing to do.`)
  look.preview.targets.push({ branch: target.branch, tip, commits: 0, ...(await toldDifference(m.git, project, onto, tree)) })
  const title = `${file} as it was at C${checkpoint.number}`
  return { title, wish: `Bring ${file} back from C${checkpoint.number}.`, summary: `${title}, as one new commit.`, base: tip, tree, key: 'file' }
}

async function refuse(m: Keeper, restore: Restore, reason: string): Promise<void> {
  await m.db.tx(async (tx) => {
    if ((await refuseRestore(tx, restore.id, reason)) === 0) return
    await appendEvent(tx, {
      projectId: restore.projectId,
      kind: 'restore.refused',
      data: { restoreId: restore.id, checkpointId: restore.checkpointId, reason },
    })
    await touchRestores(tx, restore)
  })
}

/** Its card, and that of the one it undoes. */
async function touchRestores(tx: Tx, restore: Restore): Promise<void> {
  await touchCards(tx, { kind: 'restore', subjectId: restore.id })
  if (restore.undoesId !== null) await touchCards(tx, { kind: 'restore', subjectId: restore.undoesId })
}
