/** Works out what a way back would change, part by part, against what is there now. Changes nothing. */
import { digest, type ObjectName, type TaskId, type TaskState } from '#core'
import { countYounger, pulsesOf, restoreById, stateIn, type Manifest, type Project, type Pulse, type Restore, type RestorePreview } from '#db'
import { repositoryOf } from '../machinery.ts'
import { readSettings } from '../project-settings.ts'
import { toldDifference } from './changed.ts'
import { DONE, type Keeper } from './make-checkpoint.ts'
import type { TaskThen } from './part.ts'
import { chosenParts } from './parts.ts'
import type { Proven } from './prove.ts'
import { rowsPath } from './rows-part.ts'

export type TargetThen = { readonly branch: string; readonly tip: ObjectName; readonly tree: ObjectName; readonly commit: ObjectName }

export type Look = {
  readonly preview: RestorePreview
  readonly digest: string
  readonly tasks: readonly TaskThen[]
  readonly targets: readonly TargetThen[]
}

/** States in which somebody works on the task, or is about to. */
const WORKING: readonly TaskState[] = ['queued', 'preparing', 'running', 'waiting', 'proposing']

/** What `restore` would change now. */
export async function lookAtRestore(m: Keeper, project: Project, restore: Restore, proven: Proven): Promise<Look> {
  const targets =
    restore.taskId === null && restore.file === null && restore.parts.includes('code') ? await targetsNow(m, project, proven.manifest) : []
  const tasks = restore.file === null ? await tasksThen(m, project, restore, proven) : []
  const seen: { old: TaskThen; line: RestorePreview['tasks'][number] }[] = []
  const said: { number: number; title: string; words: number }[] = []
  const now = new Map(
    (
      await pulsesOf(
        m.db,
        tasks.map(({ id }) => id),
      )
    ).map((pulse) => [pulse.id, pulse]),
  )
  for (const old of tasks) {
    if (old.foreign) {
      const line = await foreignLine(m, project, restore, old)
      if (line !== undefined) seen.push({ old, line })
      continue
    }
    const pulse = now.get(old.id)
    const line = pulse === undefined ? undefined : await compareTask(m, project, restore, old, pulse)
    if (line === undefined) continue
    if (differs(restore, old, line, pulse)) seen.push({ old, line })
    else if (line.unheard !== undefined) said.push({ number: line.number, title: line.title, words: line.unheard })
  }
  const changed = targets.filter(({ line }) => line.files > 0)
  const preview: RestorePreview = {
    targets: changed.map(({ line }) => line),
    tasks: seen.map(({ line }) => line),
    ...(said.length === 0 ? {} : { said }),
    younger: await countYounger(m.db, project.id, proven.checkpoint.createdAt),
    notes: [...proven.manifest.problems],
  }
  return { preview, digest: digestOf(restore, proven, preview), tasks: seen.map(({ old }) => old), targets: changed.map(({ old }) => old) }
}

/** Of a task at work the numbers change by the second: a decision about it binds that it is set back, not how far it was. */
function digestOf(restore: Restore, proven: Proven, preview: RestorePreview): string {
  return digest('restore.v1', {
    checkpoint: proven.checkpoint.digest,
    parts: restore.parts,
    task: restore.taskId,
    file: restore.file,
    keepWords: restore.keepWords,
    targets: preview.targets,
    tasks: preview.tasks.map((task) => (task.working ? { id: task.id, working: true } : task)),
  })
}

async function targetsNow(m: Keeper, project: Project, manifest: Manifest): Promise<{ old: TargetThen; line: RestorePreview['targets'][number] }[]> {
  const repository = repositoryOf(project)
  const { settings, tip } = await readSettings(m.git, project)
  const old = manifest.targets.find(({ branch }) => branch === settings.target)
  if (old === undefined) return []
  const difference = await toldDifference(m.git, project, await m.git.treeOf(repository, tip), old.tree)
  const commits = await m.git.checkpoints.commitsBetween(repository, old.commit, tip)
  return [{ old: { ...old, tip }, line: { branch: old.branch, tip, commits, ...difference } }]
}

/** The tasks in the scope whose rows have changed since, or that have a worktree which may have. */
async function tasksThen(m: Keeper, project: Project, restore: Restore, { checkpoint, commit, manifest }: Proven): Promise<TaskThen[]> {
  const repository = repositoryOf(project)
  const live = new Map(manifest.tasks.map((task) => [String(task.id), task]))
  const folder = await m.git.checkpoints.list(repository, commit, 'tasks')
  const kept = [...folder.keys()].map((name) => ({ name, id: name.slice(0, name.indexOf('.')), stamp: name.slice(name.indexOf('.') + 1) }))
  const inScope = kept.filter(({ id }) => restore.taskId === null || restore.taskId === id)
  const touched = await touchedBy(m, restore)
  const pulses = await pulsesOf(m.db, inScope.map(({ id }) => id).filter(isTaskId))
  const now = new Map(pulses.filter(({ number }) => touched?.has(number) !== false).map((pulse) => [String(pulse.id), pulse]))
  const foreign = checkpoint.kind === 'imported'
  const wanted = inScope.flatMap(({ id, stamp }) => {
    if (foreign) return isTaskId(id) && live.has(id) ? [{ id, stamp }] : []
    const pulse = now.get(id)
    return pulse === undefined || (pulse.stamp === stamp && pulse.worktree === null && !pulse.told) ? [] : [{ id: pulse.id, stamp }]
  })
  const texts = await m.git.checkpoints.read(
    repository,
    commit,
    wanted.flatMap((task) => [rowsPath('tasks', task), rowsPath('conversation', task)]),
  )
  const tasks: TaskThen[] = []
  for (const task of wanted) {
    const rows = texts.get(rowsPath('tasks', task)) ?? ''
    const state = await stateIn(m.db, rows)
    const entry = live.get(task.id)
    if (state === undefined) continue
    tasks.push({
      id: task.id,
      foreign,
      ...state,
      ...(entry === undefined ? {} : { live: entry }),
      conversation: texts.get(rowsPath('conversation', task)) ?? '',
      rows,
    })
  }
  return tasks.toSorted((a, b) => a.number - b.number)
}

/** Taking a way back back concerns the tasks it had set back or dropped, and no other: those have gone on since, and nobody asked for theirs. */
async function touchedBy(m: Keeper, { undoesId }: Restore): Promise<ReadonlySet<number> | undefined> {
  if (undoesId === null) return undefined
  const undone = await restoreById(m.db, undoesId)
  return new Set([...(undone?.made?.tasks ?? []), ...(undone?.made?.dropped ?? [])])
}

function isTaskId(id: string): id is TaskId {
  return /^[0-9a-f-]{36}$/.test(id)
}

async function compareTask(m: Keeper, project: Project, restore: Restore, old: TaskThen, pulse: Pulse): Promise<RestorePreview['tasks'][number]> {
  const line = {
    id: pulse.id,
    number: pulse.number,
    title: pulse.title,
    now: pulse.state,
    was: old.state,
    files: 0,
    insertions: 0,
    deletions: 0,
    messages: 0,
    words: 0,
    working: WORKING.includes(pulse.state),
    ...(old.live?.problem === undefined ? {} : { note: 'its files are not in the checkpoint' }),
  }
  for (const part of chosenParts(restore)) Object.assign(line, await part.compare({ m, project, before: old, now: pulse }))
  return line
}

/** What it has done beyond what it began from: all of it is new here. */
async function foreignLine(m: Keeper, project: Project, restore: Restore, old: TaskThen): Promise<RestorePreview['tasks'][number] | undefined> {
  const { live } = old
  if (live === undefined) return undefined
  const { base, files } = live
  const repository = repositoryOf(project)
  const difference =
    !restore.parts.includes('code') || base === null || files === null
      ? { files: 0, insertions: 0, deletions: 0 }
      : await toldDifference(m.git, project, await m.git.treeOf(repository, base), files.tree)
  const messages = restore.parts.includes('conversation') ? live.messages : 0
  const { id, number, title, state } = old
  return { id, number, title, now: state, was: state, ...difference, messages, words: 0, working: false, foreign: true }
}

/** The state a task is set back to: nobody works on it before a person says so. */
export function stateAfter(old: TaskState): TaskState {
  return DONE.includes(old) ? old : 'paused'
}

/** A task that had landed or was dropped by then is only set back where a way back is itself taken back: otherwise git says what has landed. */
function differs(restore: Restore, old: TaskThen, line: RestorePreview['tasks'][number], pulse: Pulse | undefined): boolean {
  if (restore.undoesId === null && old.live === undefined) return false
  if (line.files > 0 || line.messages > 0 || line.reworded === true) return true
  // What was said and not heard is heard in any case, unless it is to be kept from the agent.
  if (line.words > 0 && !restore.keepWords) return true
  const isShorter = old.live !== undefined && restore.parts.includes('conversation') && pulse !== undefined && pulse.messages !== old.live.messages
  return isShorter || (restore.parts.includes('tasks') && line.now !== line.was && line.now !== stateAfter(old.state))
}
