/** Ends a change that is no longer what would land. Its row stays; it is never proposed again. */
import { appendEvent, setChangeState, touchCards, type Change, type Tx } from '#db'

/** An old change is dead for good; its card says why and loses its buttons. */
export async function supersede(tx: Tx, change: Change, reason: string): Promise<void> {
  await setChangeState(tx, change.id, change.state, 'superseded', reason)
  await appendEvent(tx, { taskId: change.taskId, kind: 'change.superseded', data: { changeId: change.id, reason } })
  await touchCards(tx, { kind: 'review', subjectId: change.id })
}
