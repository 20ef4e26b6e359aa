import { expect, it } from 'vitest'
import { TASK_STATES, type TaskState } from '#core'
import { tooLate } from './too-late.ts'

const said = (state: TaskState, was = 'withdrawn', dry = false): string => tooLate({ number: 7, state, dry }, was).say

it('a late answer is told what became of it, and what can be done now', () => {
  expect(said('running', 'denied')).toBe('Too late: this was already denied.')
  expect(said('stopped')).toBe('Too late: T7 is stopped, and nothing was done. On its card ▶️ Resume asks again, 🗑 Discard drops it.')
  expect(said('paused')).toBe('Too late: T7 is paused, and nothing was done. On its card ▶️ Resume asks again, ⏹ Stop ends it.')
  expect(said('stopped', 'withdrawn', true)).toBe('Too late: T7 is stopped, and nothing was done. What you still want is a new wish.')
  expect(said('merged', 'expired')).toBe('Too late: T7 is merged, and nothing was done. What you still want is a new wish.')
  expect(said('running')).toBe('Too late: T7 went on without it, and nothing was done. A reply to its card can have it ask again; /stop T7 ends it.')
})

it('fits the box that answers a press, whatever state the task is in', () => {
  for (const state of TASK_STATES) expect(tooLate({ number: 123_456, state, dry: false }, 'withdrawn').say.length).toBeLessThanOrEqual(200)
})
