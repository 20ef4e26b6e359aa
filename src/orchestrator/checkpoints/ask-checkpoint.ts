/** The two ways to a checkpoint: asked for in a transaction and made by the worker, or made before a step goes on. */
import { CheckpointId, LughError, type CheckpointKind, type ConversationId, type Ids, type PersonId } from '#core'
import { askCheckpoint, type Checkpoint, type Project, type Tx } from '#db'
import { makeCheckpoint, type Keeper } from './make-checkpoint.ts'

export type Asked = {
  readonly project: Pick<Project, 'id'>
  readonly kind: CheckpointKind
  /** The same key asks for the same checkpoint. */
  readonly key: string
  readonly name?: string
  readonly personId?: PersonId
  readonly conversationId?: ConversationId
}

/** Asks for a checkpoint; the worker makes it soon after the commit. Answers its row, which may be one that is being made already. */
export async function wantCheckpoint(tx: Tx, ids: Ids, asked: Asked): Promise<Checkpoint> {
  const row = await askCheckpoint(tx, {
    id: CheckpointId.parse(ids.uuid()),
    projectId: asked.project.id,
    name: asked.name ?? null,
    kind: asked.kind,
    key: asked.key,
    personId: asked.personId ?? null,
    conversationId: asked.conversationId ?? null,
  })
  if (row === undefined) throw new LughError('conflict', 'Another checkpoint is being made right now. Try again in a moment.', { retryable: true })
  await tx.notify('work', row.id)
  return row
}

/** Makes a checkpoint before something goes on. Throws what stood in the way: what it was to protect against is then not done. */
export async function checkpointBefore(m: Keeper, asked: Asked): Promise<Checkpoint> {
  const wanted = await m.db.tx((tx) => wantCheckpoint(tx, m.ids, asked))
  const made = await makeCheckpoint(m, wanted.id)
  if (made.state === 'whole' || made.state === 'removed') return made
  throw new LughError('git.failed', `No checkpoint could be made first: ${made.failure ?? 'see the log'}`, { detail: `C${made.number}` })
}
