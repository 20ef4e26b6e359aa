import { expect, test } from 'vitest'
import { SURE } from './intent.ts'
import { readIntent } from './read-intent.ts'

/** What is understood and done without asking. */
function order(text: string): unknown {
  const { confidence, intent, task } = readIntent(text)
  return confidence < SURE ? 'unsure' : task === undefined ? intent : `${intent} T${task}`
}

test.each([
  ['Roll back T21, the customers are complaining.', 'undo T21'],
  ['I was in the car all day. Stop everything!', 'stop'],
  ['T25 broke the build, take it back out.', 'undo T25'],
  ['kill t 3 it’s going in the wrong direction', 'stop T3'],
  ['Kannst du Task zwanzig kurz pausieren? Ich muss erst was klären.', 'pause T20'],
  ['Ich hab es gelesen, T4 kannst du mergen.', 'approve T4'],
])('an order with talk around it is that order: %s', (text, meant) => {
  expect(order(text)).toBe(meant)
})

test.each([
  'Merge task 3 but leave out the readme',
  'Approve T3 if the tests pass',
  'Yes to T3, but only when the tests pass',
  'Merge T3, I will look at it tomorrow first',
  'T3 darfst du mergen, aber erst wenn die Tests laufen',
])('a yes with a condition is no yes: %s', (text) => {
  expect(order(text)).not.toMatch(/^approve/)
})

test.each(['I don’t want you to stop T5', 'Please don’t stop task 9, it’s nearly done.', 'Never undo T5', 'T5 bitte nicht anhalten, das läuft gut'])(
  'what is denied is not done: %s',
  (text) => {
    expect(order(text)).toBe('unsure')
  },
)

test.each(['Merge T3, T4 looks wrong', 'Stop T3, T4 can go on', 'What T16 merged, take out of main and stop T5'])(
  'of two tasks in one breath none is chosen: %s',
  (text) => {
    expect(order(text)).toBe('unsure')
  },
)

test('a number behind an order is its task, and one that may be anything is not overheard', () => {
  expect(['pause 52', 'Diff on five', 'pause for 5 minutes', 'stop 3 of the 5 workers'].map(order)).toEqual([
    'pause T52',
    'diff T5',
    'unsure',
    'unsure',
  ])
})
