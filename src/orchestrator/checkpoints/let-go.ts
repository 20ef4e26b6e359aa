/** Takes one checkpoint out of those one can go back to. Whoever is about to go back to it, or to carry it away, comes first. */
import type { LughEvent } from '#core'
import { appendEvent, endOffersOf, restoresUndoneBy, setCheckpointRemoved, takeForRemoval, touchCards, type Checkpoint, type Tx } from '#db'

/** An offer nobody answered within a day holds nothing any longer: its card says so, and asking again costs a moment. */
export const OFFER_HOURS = 24

type Scope = Pick<LughEvent, 'personId' | 'door'>

/** Answers false, and changes nothing, when it is gone already or somebody needs it now. */
export async function letGo(tx: Tx, checkpoint: Checkpoint, why: string, scope: Scope = {}): Promise<boolean> {
  const { id, number, kind, projectId } = checkpoint
  if (!(await takeForRemoval(tx, id, OFFER_HOURS)) || (await setCheckpointRemoved(tx, id)) === 0) return false
  await appendEvent(tx, { ...scope, projectId, kind: 'checkpoint.removed', data: { checkpointId: id, number, checkpoint: kind, why } })
  await touchCards(tx, { kind: 'checkpoint', subjectId: id })
  // Cards that offered the way back, and those whose undo was a way back to it.
  const stale = [...(await endOffersOf(tx, id, `C${number} was kept for its time and is gone.`)), ...(await restoresUndoneBy(tx, id))]
  for (const subjectId of stale) await touchCards(tx, { kind: 'restore', subjectId })
  return true
}
