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

const MEANINGS = ['yes', 'no', 'diff', 'why', 'change', 'stop', 'later'] as const
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  approval: ['✅ Allow once', 'This task', 'Always…', '❌ Deny', '👁 Details', '🤔 Why?'],
  host: ['✅ Allow once', 'This task', '❌ Deny'],
  plan: ['✅ Go', '✏️ Change', '🧪 Dry run', '❌ Cancel'],
  review: ['✅ Merge', '👁 Diff', '✏️ Change', '🗑 Discard'],
  dryrun: ['✅ Go', '🗑 Discard', '👁 Diff'],
  budget: ['+ $2', 'Cheaper model', '⏹ Stop'],
  restore: ['↩️ Restore', '⚠️ Restore over', '❌ Cancel'],
  question: ['Red', 'Other → type'],
  task: ['⏹ Stop', '⏸ Pause', '💬 Steer'],
  voice: ['Run', 'Fix', 'Cancel'],
  starter: ['Begin'],
  checkpoint: ['Show'],
  grants: ['Revoke'],
  engine: ['codex'],
  search: ['T1'],
  upload: ['1 · First', '📝 My own'],
  attention: ['Next ▶', '✅ Allow once'],
  other: ['x'],
}
/** By kind of card, for yes, no, diff, why, change, stop and later: what a typed answer does, and a reaction where that is another thing. */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  approval: ['✅ Allow once', '❌ Deny', '👁 Details', '🤔 Why?', 'refuse', 'stop_task', 'put_off'],
  host: ['✅ Allow once', '❌ Deny', 'show_diff', 'why_task', 'refuse', 'stop_task', 'put_off'],
  plan: ['✅ Go', '❌ Cancel', 'show_diff', 'why_task', '✏️ Change', 'stop_task', 'put_off'],
  review: ['✅ Merge', '🗑 Discard', '👁 Diff', 'why_task', '✏️ Change', 'stop_task', 'put_off'],
  dryrun: ['✅ Go', 'refuse', '👁 Diff', 'why_task', 'refuse', 'stop_task', 'put_off'],
  budget: ['refuse', 'refuse', 'show_diff', 'why_task', 'refuse', '⏹ Stop', 'put_off'],
  restore: ['refuse', '❌ Cancel', 'show_diff', 'why_task', 'refuse', 'stop_task', 'put_off'],
  question: ['comment / refuse', 'comment / refuse', 'show_diff', 'why_task', 'comment / refuse', 'stop_task', 'comment / refuse'],
  task: ['comment / nothing', 'comment / nothing', 'show_diff', 'why_task', '💬 Steer', '⏹ Stop', '⏸ Pause'],
  voice: ['refuse', 'Cancel', 'show_diff', 'why_task', 'Fix', 'stop_task', 'put_off'],
  starter: ['comment / nothing', 'comment / nothing', 'show_diff', 'why_task', 'comment / nothing', 'stop_task', 'comment / nothing'],
  checkpoint: ['comment / nothing', 'comment / nothing', 'show_diff', 'why_task', 'comment / nothing', 'stop_task', 'comment / nothing'],
  grants: ['comment / nothing', 'comment / nothing', 'show_diff', 'why_task', 'comment / nothing', 'stop_task', 'comment / nothing'],
  engine: ['comment / nothing', 'comment / nothing', 'show_diff', 'why_task', 'comment / nothing', 'stop_task', 'comment / nothing'],
  search: ['comment / nothing', 'comment / nothing', 'show_diff', 'why_task', 'comment / nothing', 'stop_task', 'comment / nothing'],
  upload: ['refuse', 'refuse', 'show_diff', 'why_task', '📝 My own', 'stop_task', 'refuse'],
  attention: ['refuse', 'refuse', 'refuse', 'refuse', 'refuse', 'refuse', 'refuse'],
  other: ['nothing', 'nothing', 'show_diff', 'why_task', 'nothing', 'stop_task', 'nothing'],
}

it('every answer to every card does what the table says', () => {
  const short = (kind: string, labels: readonly string[], meaning: Meaning, way: Way): string => {
    const verdict = answerTo({ kind, keys: keys(...labels), task: 7, subject: 's' }, meaning, way)
    return verdict.do === 'press' ? verdict.button : verdict.do === 'call' ? verdict.capability : verdict.do
  }
  for (const [kind, labels] of Object.entries(SHOWN)) {
    const row = MEANINGS.map((meaning) => {
      const [typed, nodded, spoken] = (['reply', 'reaction', 'voice'] as const).map((way) => short(kind, labels, meaning, way))
      expect([kind, meaning, spoken]).toEqual([kind, meaning, typed])
      return typed === nodded ? typed : `${typed} / ${nodded}`
    })
    expect([kind, row]).toEqual([kind, WHOLE[kind]])
  }
})

it('says why nothing was done, and what to do instead', () => {
  const why = (kind: string, labels: readonly string[], meaning: Meaning, way: Way = 'reply', subject: string | undefined = 's'): unknown => {
    const verdict = answerTo({ kind, keys: keys(...labels), ...(subject === undefined ? {} : { subject }) }, meaning, way)
    return verdict.do === 'refuse' ? verdict.say : verdict.do
  }
  const movedOn = 'This card asks nothing any more: it says what became of it. Nothing was done with your answer.'
  expect([
    why('review', [], 'later'),
    why('review', [], 'yes'),
    why('review', ['✅ Merge'], 'later'),
    why('review', ['✅ Merge'], 'later', 'reply', ''),
  ]).toEqual([movedOn, movedOn, 'call', 'call'])
  expect(why('attention', ['x'], 'yes')).toBe(
    'This card shows one thing after the other, so I cannot tell which you mean. Press its buttons, or answer on the thing’s own card.',
  )
  expect([why('budget', ['+ $2'], 'yes'), why('review', ['👁 Diff'], 'yes'), why('review', ['✅ Confirm', '◀ Back'], 'yes')]).toEqual([
    'Only its button does that, so that it never happens by a slip: press + $2 on the card.',
    'The card does not offer ✅ Merge now; it says why. Nothing was done.',
    'The card asks for one more tap: press ✅ Confirm or ◀ Back on it.',
  ])
  expect([why('dryrun', ['✅ Go'], 'change'), why('plan', ['✅ Go'], 'stop'), why('host', ['x'], 'stop')]).toEqual([
    'The card does not offer ✏️ Change now; it says why. Nothing was done.',
    'The card does not offer ⏹ Stop now; it says why. Nothing was done.',
    'The card does not offer ⏹ Stop now; it says why. Nothing was done.',
  ])
  expect([why('question', ['Red'], 'yes', 'reaction'), why('question', [], 'yes', 'reaction'), why('checkpoint', ['x'], 'diff')]).toEqual([
    'A reaction does not answer this question: press one of its options, or reply in words.',
    'nothing',
    'This card has no such answer; press one of its buttons.',
  ])
  const turned = answerTo({ kind: 'review', keys: keys('◀ Back'), task: 7 }, 'diff', 'reply')
  expect(turned).toEqual({ do: 'refuse', say: 'The card shows it already; ◀ Back turns it over.' })
})
