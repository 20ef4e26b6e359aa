/** Proves a checkpoint whole before anything is written from it. Only reads. */
import { LughError, canonicalJson } from '#core'
import type { Checkpoint, Manifest, Project } from '#db'
import type { ObjectName } from '#core'
import { repositoryOf, type Machinery } from '../machinery.ts'
import { digestOf, manifestIn } from './make-checkpoint.ts'

export type Proven = { readonly checkpoint: Checkpoint; readonly commit: ObjectName; readonly manifest: Manifest }

/** Its row, its manifest and every object of it agree with the digest it was given when it was made. Throws `git.failed` when not. */
export async function proveWhole(m: Pick<Machinery, 'git'>, project: Project, checkpoint: Checkpoint): Promise<Proven> {
  const { commit, manifest, digest } = checkpoint
  if (checkpoint.state === 'removed')
    throw new LughError('not-found', `C${checkpoint.number} was kept for its time and is gone. /checkpoints lists what there is.`)
  if (checkpoint.state !== 'whole' || commit === null || manifest === null) throw damaged(checkpoint, 'it is not whole')
  if (digestOf(commit, manifest) !== digest) throw damaged(checkpoint, 'its row was changed')
  const wrong = await m.git.checkpoints.verify(repositoryOf(project), checkpoint.id, commit)
  if (wrong !== undefined) throw damaged(checkpoint, wrong)
  const inside = await manifestIn(m, project, commit)
  if (canonicalJson(inside) !== canonicalJson(manifest)) throw damaged(checkpoint, 'its manifest was changed')
  return { checkpoint, commit, manifest }
}

function damaged(checkpoint: Checkpoint, why: string): LughError {
  return new LughError('git.refused-content', `C${checkpoint.number} is damaged (${why}), so nothing was changed. Choose another one: /checkpoints`)
}
