/**
 * Makes a checkpoint that was asked for: files first, then rows in one transaction, then one reference that holds them all,
 * and last the row that calls it whole. Killed anywhere it is absent, and made again; what is called whole is.
 */
import { LughError, ObjectName, SETTLED, crashPoint, digest, errorText, sayError, sleep, type CheckpointId, type TaskId, type TaskState } from '#core'
import {
  appendEvent,
  checkpointById,
  projectById,
  pulsesExcept,
  setCheckpointFailed,
  setCheckpointWhole,
  stampsOf,
  touchCards,
  wholeBefore,
  Manifest,
  type Checkpoint,
  type Project,
  type Pulse,
} from '#db'
import type { Kept } from '#git'
import { repositoryOf, type Machinery } from '../machinery.ts'
import { readSettings } from '../project-settings.ts'
import { changedSince } from './changed.ts'
import { PARTS } from './parts.ts'
import { saveFiles, type SavedFiles } from './save-files.ts'

/** States whose files are on the target, in a branch of the person's, or nowhere: of these tasks only rows are kept. */
export const DONE: readonly TaskState[] = SETTLED.filter((state) => state !== 'stopped' && state !== 'failed')
/** How long a checkpoint waits for steps to end; then it says "mid-step". A command may run for minutes, a merge should not wait for it. */
const STEP_WAIT_MS = 3000
const STEP_LOOK_MS = 50
/** A running agent writes rows all the time; what is still moving at the third look is named. */
const LOOKS = 3

/** What making, looking and going back are handed. */
export type Keeper = Pick<Machinery, 'db' | 'git' | 'facts' | 'log' | 'clock' | 'ids'>

/**
 * Makes it and answers its row. Safe to repeat, and to run twice at once. What stands in the way is written to the row and
 * thrown again.
 */
export async function makeCheckpoint(m: Keeper, id: CheckpointId): Promise<Checkpoint> {
  const row = await must(m, id)
  if (row.state !== 'making') return row
  const project = await projectById(m.db, row.projectId)
  try {
    if (project === undefined || project.state !== 'ready') throw new LughError('not-found', 'Its project is not there any more.')
    await keep(m, row, project)
  } catch (error) {
    m.log.warn({ checkpoint: row.number, error: errorText(error) }, 'checkpoint.failed')
    await giveUp(m, row, sayError(error))
    throw error
  }
  return must(m, id)
}

async function must(m: Keeper, id: CheckpointId): Promise<Checkpoint> {
  const row = await checkpointById(m.db, id)
  if (row === undefined) throw new LughError('not-found', 'That checkpoint is gone.')
  return row
}

async function keep(m: Keeper, row: Checkpoint, project: Project): Promise<void> {
  const begun = performance.now()
  const repository = repositoryOf(project)
  const before = await wholeBefore(m.db, project.id, row.number)
  const content = await gather(m, project, before)
  crashPoint('checkpoint.before-act')
  const kept = await m.git.checkpoints.keep(repository, {
    name: row.id,
    date: Math.floor(row.createdAt.getTime() / 1000),
    message: `C${row.number}`,
    holds: [{ path: 'manifest.json', text: JSON.stringify(content.manifest) }, ...content.holds],
    commits: content.commits,
  })
  crashPoint('checkpoint.after-act')
  // What is kept under the reference counts: a first try that was killed may have left an earlier moment there.
  const manifest = await manifestIn(m, project, kept.commit)
  const changed = before?.manifest === null || before === undefined ? null : await changedSince(m.git, project, before.manifest, manifest)
  await m.db.tx(async (tx) => {
    const sum = digestOf(kept.commit, manifest)
    const whole = await setCheckpointWhole(tx, row.id, { ...kept, manifest, changed, digest: sum, tookMs: performance.now() - begun })
    if (whole === undefined) return
    await appendEvent(tx, {
      projectId: project.id,
      ...(row.personId === null ? {} : { personId: row.personId }),
      kind: 'checkpoint.made',
      data: { checkpointId: row.id, number: row.number, checkpoint: whole.kind, commit: kept.commit, digest: sum },
    })
    await touchCards(tx, { kind: 'checkpoint', subjectId: row.id })
  })
  crashPoint('checkpoint.after-outcome')
}

/** What the manifest and the commit are bound by; a restore computes it again. */
export function digestOf(commit: ObjectName, manifest: Manifest): string {
  return digest('checkpoint.v1', { commit, manifest })
}

/** The manifest as it lies in the checkpoint itself. */
export async function manifestIn(m: Pick<Machinery, 'git'>, project: Project, commit: ObjectName): Promise<Manifest> {
  const texts = await m.git.checkpoints.read(repositoryOf(project), commit, ['manifest.json'])
  return Manifest.parse(JSON.parse(texts.get('manifest.json') ?? ''))
}

type Content = { readonly manifest: Manifest; readonly holds: readonly Kept[]; readonly commits: readonly ObjectName[] }

async function gather(m: Keeper, project: Project, before: Checkpoint | undefined): Promise<Content> {
  const { targets, problems } = await targetsOf(m, project)
  const known = await knownFolders(m, project, before)
  for (let look = 1; ; look += 1) {
    const live = await quiet(m, project)
    const files = await saveFiles(m, project, live)
    const { holds, settled } = await m.db.tx(async (tx) => {
      const settled = await stampsOf(tx, project.id, DONE)
      const kept: Kept[] = []
      for (const part of PARTS)
        kept.push(...(await part.snapshot({ tx, project, live, files, settled, known: (folder) => known.get(folder) ?? new Map() })))
      return { holds: kept, settled: settled.length }
    })
    const moving = await movedSince(m, project, live)
    if (moving.size > 0 && look < LOOKS) continue
    const tasks = live.map((pulse) => taskEntry(pulse, files.get(pulse.id), moving.has(pulse.id)))
    const manifest: Manifest = {
      version: 1,
      lugh: m.facts.version,
      project: { id: project.id, name: project.name },
      at: m.clock.now().toISOString(),
      targets,
      tasks,
      settled,
      parts: PARTS.map(({ name }) => name),
      problems,
    }
    const heads = tasks.flatMap(({ base, files }) => [base, files?.head]).filter((name) => name !== null && name !== undefined)
    const trees = targets.map((target, at): Kept => ({ path: `target/${at}`, tree: target.tree }))
    return { manifest, holds: [...holds, ...trees], commits: [...targets.map(({ commit }) => commit), ...heads] }
  }
}

type Targets = Pick<Manifest, 'targets' | 'problems'>

/** The target branch as it is now; when the person's repository is away, the checkpoint says so and holds the rest. */
async function targetsOf(m: Keeper, project: Project): Promise<Targets> {
  try {
    const { settings, tip } = await readSettings(m.git, project)
    return { targets: [{ branch: settings.target, commit: tip, tree: await m.git.treeOf(repositoryOf(project), tip) }], problems: [] }
  } catch (error) {
    if (!(error instanceof LughError) || error.code === 'disk.full') throw error
    return { targets: [], problems: [`The target branch is not in it: ${error.say}`] }
  }
}

async function knownFolders(m: Keeper, project: Project, before: Checkpoint | undefined): Promise<Map<string, ReadonlyMap<string, ObjectName>>> {
  const folders = new Map<string, ReadonlyMap<string, ObjectName>>()
  const commit = before?.commit
  if (commit === null || commit === undefined) return folders
  for (const folder of PARTS.flatMap((part) => part.folders)) folders.set(folder, await m.git.checkpoints.list(repositoryOf(project), commit, folder))
  return folders
}

/** The tasks that may still change, once none of them is in the middle of a step or the wait is over. */
async function quiet(m: Keeper, project: Project): Promise<Pulse[]> {
  const until = performance.now() + STEP_WAIT_MS
  for (;;) {
    const live = await pulsesExcept(m.db, project.id, DONE)
    if (!live.some(({ stepping }) => stepping) || performance.now() > until) return live
    await sleep(STEP_LOOK_MS)
  }
}

async function movedSince(m: Keeper, project: Project, live: readonly Pulse[]): Promise<Set<TaskId>> {
  const now = new Map((await pulsesExcept(m.db, project.id, DONE)).map((pulse) => [pulse.id, pulse]))
  const moved = live.filter((pulse) => pulse.stepping || JSON.stringify(now.get(pulse.id)) !== JSON.stringify(pulse))
  return new Set(moved.map(({ id }) => id))
}

function taskEntry(pulse: Pulse, saved: SavedFiles | undefined, midStep: boolean): Manifest['tasks'][number] {
  const { id, number, title, state, branch, baseCommit, messages } = pulse
  const base = baseCommit === null ? null : ObjectName.parse(baseCommit)
  return {
    id,
    number,
    title,
    state,
    branch,
    base,
    messages,
    files: saved?.files ?? null,
    midStep,
    ...(saved?.problem === undefined ? {} : { problem: saved.problem }),
  }
}

async function giveUp(m: Keeper, row: Checkpoint, reason: string): Promise<void> {
  await m.db.tx(async (tx) => {
    if ((await setCheckpointFailed(tx, row.id, reason)) === 0) return
    await appendEvent(tx, {
      projectId: row.projectId,
      kind: 'checkpoint.failed',
      data: { checkpointId: row.id, number: row.number, checkpoint: row.kind, reason },
    })
    await touchCards(tx, { kind: 'checkpoint', subjectId: row.id })
  })
}
