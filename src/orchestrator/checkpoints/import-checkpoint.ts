/** Takes a checkpoint in that was made by another Lugh. It becomes one of this Lugh's, whole or not at all; nothing of a project changes by it. */
import { LughError, type CheckpointId } from '#core'
import { appendEvent, insertImported, projectByName, type Checkpoint, type CheckpointFile, type Project } from '#db'
import { repositoryOf } from '../machinery.ts'
import { readCheckpointFile } from './checkpoint-file.ts'
import { digestOf, manifestIn, type Keeper } from './make-checkpoint.ts'

/** Proves the file, brings its objects into the project's store, and writes the row that calls it whole. Safe to repeat. */
export async function importCheckpoint(m: Keeper, id: CheckpointId, file: CheckpointFile): Promise<Checkpoint> {
  const { header, bundle } = await readCheckpointFile(file.path ?? '')
  const project = await projectFor(m, file.project ?? header.project, header.project)
  const repository = repositoryOf(project)
  const commit = await m.git.checkpoints.takeBundle(repository, id, bundle)
  const wrong = await m.git.checkpoints.verify(repository, id, commit)
  if (wrong !== undefined) throw new LughError('git.refused-content', `This file cannot be taken in: ${wrong}.`)
  const manifest = await manifestIn(m, project, commit)
  if (digestOf(commit, manifest) !== header.digest)
    throw new LughError('git.refused-content', 'This file is not as it was made (its manifest was changed), so nothing was taken from it.')
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

async function projectFor(m: Keeper, name: string, was: string): Promise<Project> {
  const project = await projectByName(m.db, name)
  if (project?.state === 'ready' && project.home === m.facts.home) return project
  throw new LughError(
    'not-found',
    `This checkpoint is of “${was}”, and no project here is called “${name}”. /project add its repository first, or name the project at the console: import_checkpoint FILE PROJECT`,
  )
}
