/** Ends a change that is no longer what would land. Its row stays; it is never proposed again. */
import { b } from '#core'
import { appendEvent, judgedHunks, markAlbumsOutdated, setChangeState, touchCards, type Change, type Tx } from '#db'

/**
 * An old change is dead for good; its card says why and loses its buttons. `verdicts`: what was said to its hunks was about this change
 * alone; its card says that it counts no more, unless that was `used` in what comes next.
 */
export async function supersede(tx: Tx, change: Change, reason: string, verdicts: 'stale' | 'used' = 'stale'): Promise<void> {
  const judged = verdicts === 'stale' && (await judgedHunks(tx, change.id)).some(({ verdict, comment }) => verdict !== null || comment !== null)
  const notice = judged ? `${reason}. What was kept, dropped and commented here was about this change and no longer counts.` : reason
  await setChangeState(tx, change.id, change.state, 'superseded', notice)
  await appendEvent(tx, { taskId: change.taskId, kind: 'change.superseded', data: { changeId: change.id, reason } })
  await markAlbumsOutdated(tx, change.id, [b(`⚠️ Outdated · change ${change.number}`), `\n${reason}.`])
  await touchCards(tx, { kind: 'review', subjectId: change.id })
}
