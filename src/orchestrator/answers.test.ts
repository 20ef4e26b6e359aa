import { expect, it } from 'vitest'
import { WAYS, answerTo, meaningOfEmoji, meaningOfWords, type Key, type Meaning, type Way } from './answers.ts'

const keys = (...labels: string[]): Key[] => labels.map((label) => ({ id: label, label }))
const APPROVAL = keys('✅ Allow once', '❌ Deny', 'This task', 'Always…', '👁 Details', '🤔 Why?')
const REVIEW = keys('✅ Merge', '👁 Diff', '✏️ Change', '🗑 Discard')

/** One line an answer: what it does. */
function does(kind: string, shown: readonly Key[], meaning: Meaning, way: Way, task: number | undefined = 7): string {
  const verdict = answerTo({ kind, keys: shown, task }, meaning, way)
  if (verdict.do === 'press') return `presses ${verdict.button}`
  return verdict.do === 'call' ? `${verdict.capability} ${JSON.stringify(verdict.input)}` : verdict.do
}

it('reactions and listed words mean the same, with any skin and in any case; other words are comments', () => {
  expect(['👍', '👍🏽', '👎', '👀', '🤔', '✍', '✍️'].map(meaningOfEmoji)).toEqual(['yes', 'yes', 'no', 'diff', 'why', 'change', 'change'])
  expect(['❤', '🔥', 'constructor'].map(meaningOfEmoji)).toEqual([undefined, undefined, undefined])
  expect(['yes', 'OK.', ' approve! ', '👍'].map(meaningOfWords)).toEqual(['yes', 'yes', 'yes', 'yes'])
  expect(['no', 'Deny', '👎', 'diff', 'why?', 'stop', 'later'].map(meaningOfWords)).toEqual(['no', 'no', 'no', 'diff', 'why', 'stop', 'later'])
  expect(['yes please', 'okay', 'y', 'go', 'not ok', 'toString', '', 'yes, but use pnpm', 'не'].map(meaningOfWords)).toEqual(
    Array.from({ length: 9 }),
  )
})

it('an answer presses what the card shows: this once, go, merge, and never more than that', () => {
  for (const way of WAYS) {
    expect(does('approval', APPROVAL, 'yes', way)).toBe('presses ✅ Allow once')
    expect(does('approval', APPROVAL, 'no', way)).toBe('presses ❌ Deny')
    expect(does('approval', APPROVAL, 'why', way)).toBe('presses 🤔 Why?')
    expect(does('plan', keys('✅ Go', '✏️ Change', '❌ Cancel'), 'yes', way)).toBe('presses ✅ Go')
    expect(does('review', REVIEW, 'yes', way)).toBe('presses ✅ Merge')
    expect(does('review', REVIEW, 'no', way)).toBe('presses 🗑 Discard')
    expect(does('review', REVIEW, 'diff', way)).toBe('presses 👁 Diff')
    expect(does('review', REVIEW, 'change', way)).toBe('presses ✏️ Change')
    expect(does('task', keys('⏹ Stop', '💬 Steer'), 'stop', way)).toBe('presses ⏹ Stop')
    expect(does('plan', keys('✅ Go'), 'diff', way)).toBe('show_diff {"task":7}')
    expect(does('approval', [], 'why', way)).toBe('why_task {"task":7}')
  }
})

it('nobody confirms, allows for good, raises a budget, restores or drops a dry run without its button', () => {
  for (const way of WAYS) {
    expect(does('approval', keys('✅ Confirm', '◀ Back'), 'yes', way)).toBe('refuse')
    expect(does('review', keys('✅ Confirm', '◀ Back'), 'yes', way)).toBe('refuse')
    expect(does('budget', keys('+ $2', 'Cheaper model', '⏹ Stop'), 'yes', way)).toBe('refuse')
    expect(does('dryrun', keys('✅ Go', '🗑 Discard'), 'no', way)).toBe('refuse')
    expect(does('restore', keys('↩️ Restore', '⚠️ Restore over', '❌ Cancel'), 'yes', way)).toBe('refuse')
  }
})

it('what may destroy something is pressed by a word in reply, not by a reaction or a voice alone', () => {
  const shown = [{ id: 'a', label: '✅ Allow once', tap: true }, ...keys('❌ Deny')]
  expect(WAYS.map((way) => does('approval', shown, 'yes', way))).toEqual(['refuse', 'presses a', 'refuse'])
  expect(WAYS.map((way) => does('approval', shown, 'no', way))).toEqual(Array.from({ length: 3 }, () => 'presses ❌ Deny'))
})

it('a card that has moved on refuses, a merge that is not offered is not made', () => {
  for (const kind of ['approval', 'host', 'plan', 'review', 'dryrun', 'restore'])
    for (const meaning of ['yes', 'no', 'later'] as const) expect(does(kind, [], meaning, 'reaction')).toBe('refuse')
  expect(does('review', keys('👁 Diff', '✏️ Change', '🗑 Discard'), 'yes', 'reply')).toBe('refuse')
})

it('a nod to a card that asks nothing is a nod, and typed it is said to the agent; a question takes words, not reactions', () => {
  expect(WAYS.map((way) => does('task', keys('⏹ Stop'), 'yes', way))).toEqual(['nothing', 'comment', 'comment'])
  expect(WAYS.map((way) => does('question', keys('Red', 'Other → type'), 'yes', way))).toEqual(['refuse', 'comment', 'comment'])
  expect(does('nearest-command', [], 'yes', 'reaction')).toBe('nothing')
})
