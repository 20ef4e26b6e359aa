/** Takes a checkpoint in that was made by another Lugh. It becomes one of this Lugh's, whole or not at all; nothing of a project changes by it. */
import { LughError, type CheckpointId, type ObjectName } from '#core'
import { appendEvent, insertImported, projectByName, type Checkpoint, type CheckpointFile, type Manifest, type Project } from '#db'
import { repositoryOf } from '../machinery.ts'
import { readCheckpointFile } from './checkpoint-file.ts'
import { filesPath, stagedPath } from './code-part.ts'
import { digestOf, manifestIn, type Keeper } from './make-checkpoint.ts'

/** Each open task of it is looked at one by one, before a person is asked anything; people have some ten. */
const MAX_TASKS = 1000

/** Proves the file, brings its objects into the project's store, and writes the row that calls it whole. Safe to repeat. */
export async function importCheckpoint(m: Keeper, id: CheckpointId, file: CheckpointFile): Promise<Checkpoint> {
  const { header, bundle } = await readCheckpointFile(file.path ?? '')
  const project = await projectFor(m, file.project ?? header.project, header.project)
  const repository = repositoryOf(project)
  const commit = await m.git.checkpoints.takeBundle(repository, id, bundle)
  const manifest = await proven(m, project, { id, commit, digest: header.digest }).catch(async (error: unknown) => {
    await m.git.checkpoints.dropBundle(repository, id)
    throw error
  })
  return m.db.tx(async (tx) => {
    const row = await insertImported(tx, {
      id,
      projectId: project.id,
      name: header.name ?? `C${header.number} of ${header.project}`,
      key: `import:${id}`,
      personId: file.personId,
      conversationId: file.conversationId,
      made: { commit, manifest, digest: header.digest, changed: null, bytes: bundle.length, tookMs: 0 },
    })
    await appendEvent(tx, {
      projectId: project.id,
      door: file.door,
      ...(file.personId === null ? {} : { personId: file.personId }),
      kind: 'checkpoint.imported',
      data: { checkpointId: row.id, number: row.number, commit, digest: header.digest },
    })
    return row
  })
}

/** What its manifest names must be what it holds: anything else could be of another task here, and was never read and compared. */
async function proven(
  m: Keeper,
  project: Project,
  { id, commit, digest }: { id: CheckpointId; commit: ObjectName; digest: string },
): Promise<Manifest> {
  const repository = repositoryOf(project)
  const wrong = await m.git.checkpoints.verify(repository, id, commit)
  if (wrong !== undefined) throw refused(wrong)
  const manifest = await manifestIn(m, project, commit).catch((error: unknown) => {
    throw error instanceof LughError && error.retryable ? error : refused('its manifest cannot be read')
  })
  if (digestOf(commit, manifest) !== digest) throw refused('its manifest was changed')
  if (manifest.tasks.length > MAX_TASKS) throw refused(`it has more than ${MAX_TASKS} open tasks`)
  const named = namesIn(manifest)
  const paths = named.trees.map(([path]) => path)
  const held = await m.git.checkpoints.held(repository, commit, paths)
  const isHeld = named.trees.every(([path, tree]) => held.trees.get(path) === tree) && named.commits.every((name) => held.commits.has(name))
  if (!isHeld || new Set(paths).size < paths.length) throw refused('its manifest names what it does not hold')
  return manifest
}

/** Where each tree of a manifest lies in the checkpoint, and the commits that are its parents. */
function namesIn({ targets, tasks }: Manifest): { trees: [string, ObjectName][]; commits: ObjectName[] } {
  const trees: [string, ObjectName][] = targets.map(({ tree }, at) => [`target/${at}`, tree])
  const commits = targets.map(({ commit }) => commit)
  for (const { id, base, files } of tasks) {
    if (base !== null) commits.push(base)
    if (files === null) continue
    trees.push([filesPath(id), files.tree])
    if (files.index !== undefined) trees.push([stagedPath(id), files.index])
    if (files.head !== undefined) commits.push(files.head)
  }
  return { trees, commits }
}

function refused(why: string): LughError {
  return new LughError('git.refused-content', `This file cannot be taken in: ${why}. Nothing was kept.`)
}

async function projectFor(m: Keeper, name: string, was: string): Promise<Project> {
  const project = await projectByName(m.db, name)
  if (project?.state === 'ready' && project.home === m.facts.home) return project
  throw new LughError(
    'not-found',
    `This checkpoint is of “${was}”, and no project here is called “${name}”. /project add its repository first, or name the project at the console: import_checkpoint FILE PROJECT`,
  )
}
