/** What is said of an order, and gives none. */
import { expect, test } from 'vitest'
import { SURE } from './intent.ts'
import { readIntent } from './read-intent.ts'

const ONLY_SHOWN: readonly string[] = ['new', 'why', 'diff', 'status']

/** What is done without asking; undefined when that changes nothing. */
function done(text: string): string | undefined {
  const { confidence, intent, task } = readIntent(text)
  return confidence < SURE || ONLY_SHOWN.includes(intent) ? undefined : `${intent}${task === undefined ? '' : ` T${task}`}`
}

test.each([
  'T5 is waiting for me to approve',
  'T5 wants permission',
  'T5 waits for permission',
  'Ready to merge T5?',
  'Merge T5 next week',
  'Merge main into it',
  'Wurde T5 freigegeben',
  'T5 wurde genehmigt',
  'Ich habe T5 schon genehmigt',
  'Ich würde T5 genehmigen',
  'Bereit zum Mergen?',
  'T5 genehmigt?',
])('a yes is not told by its words alone: %s', (text) => {
  expect(done(text)).toBeUndefined()
})

test.each([
  'T5 is fine, I guess',
  'T5 looks good, I need to check the tests',
  'T5 looks good, let me think about it',
  'T5 looks good, give me a minute',
  'T5 looks good so far',
  'T5 looks good?',
  'Approve T5, I have a question',
  'Approve T5, said Anna',
  'Alles klar mit T5?',
  'Ja, vielleicht T5',
  'T5 ist gut, oder?',
  'T5 ist gut, denke ich',
  'T5 sieht gut aus, Anna muss noch schauen',
  'T5 sieht gut aus, sagt Anna',
  'Mach T5 noch mal',
])('a yes that is taken back, doubted or asked is none: %s', (text) => {
  expect(done(text) ?? '').not.toMatch(/^approve/u)
})

test.each([
  'No, approve T5',
  'No, T5 is fine',
  'Nein, T5 ist gut',
  'Nein, ich meinte T6',
  'Lehne T5 nicht ab',
  'Vergiss nicht T5 zu genehmigen',
  'I would not stop T5',
  'Niemand soll T5 stoppen',
  'Nichts stoppen',
])('a no beside an order is neither: %s', (text) => {
  expect(done(text)).toBeUndefined()
})

test.each([
  'Stop T5 when it is done',
  'When T5 is done, undo T5',
  'If it fails, go back to C5',
  'Before you stop T5, tell me',
  'Ask me before you stop T5',
  'Wait for T5',
  'Continue T5 next week',
  'Wenn die Tests fehlschlagen, stoppe T5',
  'Falls T5 hängt, brich T5 ab',
  'Stoppe T5 später',
  'T5 darf weitermachen, wenn die Tests grün sind',
])('an order under a condition, or for later, is not given now: %s', (text) => {
  expect(done(text)).toBeUndefined()
})

test.each([
  'They want to stop T5',
  'The agent asked to stop T5',
  'She wants to go back to C5',
  'Stop T5, she said',
  'Stop T5. She said that yesterday.',
  'Undo T5, I was told',
  'Stop T5, I’m joking',
  'Remind me to stop T5',
  'The command is stop T5',
  'Sie hat gesagt, stoppe T5',
  'Der Chef sagt, alles stoppen',
  'Stoppe T5, das war ein Witz',
  'Erinnere mich daran, T5 zu stoppen',
])('what others said is not ordered: %s', (text) => {
  expect(done(text)).toBeUndefined()
})

test.each([
  'T5 was undone',
  'T5 is paused',
  'T5 is on a break',
  'It is running again',
  'By the end of the day',
  'The rest of T5',
  'I need a break',
  'Should I stop T5?',
  'I would stop T5',
  'T5 wartet auf Freigabe',
  'T5 macht Pause',
  'T5 geht weiter',
  'T5 ist gestoppt',
  'Niemand hat T5 gestoppt',
  'Ich mache weiter',
  'Kann T5 warten?',
  'Ob T5 weitermachen darf',
  'Nach der Pause',
  'Halt dich raus',
])('what is so, may be so or is asked is not ordered: %s', (text) => {
  expect(done(text)).toBeUndefined()
})

test.each([
  ['Can you approve T5?', 'approve T5'],
  ['Yes, go ahead with that.', 'approve'],
  ['Stop T5, if you can', 'stop T5'],
  ['T5 can go on, I’ve thought about it.', 'resume T5'],
  ['Would you let T4 rest for a bit?', 'pause T4'],
  ['Don’t approve T5', 'deny T5'],
  ['Unterbrich Task 33 für einen Moment.', 'pause T33'],
  ['task elf darf jetzt wieder weiterlaufen', 'resume T11'],
])('an order is still one: %s', (text, order) => {
  expect(done(text)).toBe(order)
})

test('however long, a text is read at once, and whose words it carries is known', () => {
  const began = performance.now()
  for (const piece of [', ', '. ', '? ', 'T5 ', 'T5, ', 'why T5 ', 'von der T5 ', 'the change of T5 '])
    expect(done(`${piece.repeat(20_000 / piece.length)}!x`)).toBeUndefined()
  const words = 'use the small button, not the large one. '.repeat(100).trim()
  expect(readIntent(`Tell T5 ${words}`)).toEqual({ intent: 'tell', task: 5, words, confidence: 1 })
  expect(readIntent(words)).toEqual({ intent: 'new', words, confidence: 0.9 })
  expect(performance.now() - began).toBeLessThan(1000)
})
