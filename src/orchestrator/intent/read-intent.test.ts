import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { phrasings, plainWords } from '../../../test/support/voice/phrasings.ts'
import { SURE } from './intent.ts'
import { readIntent } from './read-intent.ts'

function meantBy(said: string): Record<string, unknown> {
  const { confidence, ...meant } = readIntent(said)
  return { ...plainWords(meant), sure: confidence >= SURE }
}

it('three hundred phrasings in English and German mean what they say', () => {
  const all = phrasings('phrasings.txt')
  expect(all.length).toBeGreaterThanOrEqual(300)
  const wrong = all
    .map(({ means, sure, said }) => ({ said, wanted: { ...plainWords(means), sure }, got: meantBy(said) }))
    .filter(({ wanted, got }) => !isDeepStrictEqual(wanted, got))
  expect(wrong).toEqual([])
})

it('capitals, punctuation and politeness around a sentence change nothing', () => {
  const bare = ['approve T12', 'stop everything', 'undo T12', 'status', 'stopp alles', 'T12 ablehnen']
  const dressed = bare.flatMap((said) => [said.toUpperCase(), `${said}!`, `please ${said}`, `${said}, please.`, `Hey Lugh, ${said}`, `um, ${said}`])
  const meanings = dressed.map((said) => readIntent(said))
  expect(meanings).toEqual(bare.flatMap((said) => Array.from({ length: 6 }, () => readIntent(said))))
})

it('a sentence with a "not" in it never approves', () => {
  const said = [
    "don't approve T12",
    'do not approve T12',
    'never approve T12',
    "I wouldn't approve T12",
    'approve nothing',
    'not approved',
    'nicht genehmigen',
    'T12 nicht genehmigen',
    'genehmige T12 nicht',
    'auf keinen Fall T12 freigeben',
    'nein, nicht freigeben',
    'yeah sure but not now',
    'okay no',
    'yes T12 but never again',
    'fine T12 may not do it',
    'ja T12 darf das nicht',
    'okay aber nicht mergen',
  ]
  expect(said.map((one) => readIntent(one)).filter(({ intent, confidence }) => intent === 'approve' && confidence >= SURE)).toEqual([])
})

it('any text is read in no time, and never throws', () => {
  const long = `stop ${'and then '.repeat(4000)}`
  const began = performance.now()
  for (const text of ['', ' ', '\u202e', '(', long, 'T'.repeat(20_000), 'ja '.repeat(10_000), 'ok ok ok '.repeat(3000), '💥'.repeat(500)])
    expect(readIntent(text).confidence).toBeLessThanOrEqual(1)
  expect(performance.now() - began).toBeLessThan(1000)
})
