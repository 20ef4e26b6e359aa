/** What somebody is told whose answer comes when it is no longer waited for: what became of it, and what they can do now. */
import { LughError, SETTLED, type TaskState } from '#core'
import type { Task } from '#db'

/** What was asked is asked again when these go on. */
const ASKS_AGAIN: readonly TaskState[] = ['stopped', 'failed', 'paused']
/** What nobody decided: its task ended or moved on. */
const BY_NOBODY = ['withdrawn', 'expired']

/** `was`: the state of what was asked. */
export function tooLate(task: Pick<Task, 'number' | 'state' | 'dry'>, was: string): LughError {
  return new LughError('conflict', `Too late: ${BY_NOBODY.includes(was) ? movedOn(task) : `this was already ${was}.`}`)
}

function movedOn({ number, state, dry }: Pick<Task, 'number' | 'state' | 'dry'>): string {
  if (ASKS_AGAIN.includes(state) && !dry)
    return `T${number} is ${state}, and nothing was done. On its card ▶️ Resume asks again, ${state === 'paused' ? '⏹ Stop ends it' : '🗑 Discard drops it'}.`
  if (SETTLED.includes(state)) return `T${number} is ${state}, and nothing was done. What you still want is a new wish.`
  return `T${number} went on without it, and nothing was done. A reply to its card can have it ask again; /stop T${number} ends it.`
}
