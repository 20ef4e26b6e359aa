import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { SURE, type Intent } from './intent.ts'
import { readIntent } from './read-intent.ts'

type Phrasing = { readonly means: object; readonly sure: boolean; readonly said: string }

/** `INTENT [T12] [C7] [all] ["words"] [?] | sentence`. */
function phrasings(): Phrasing[] {
  const text = readFileSync(new URL('../../../test/support/voice/phrasings.txt', import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, head = '', said = ''] = /^(.*?) \| (.*)$/u.exec(line) ?? []
      const [, intent, task, checkpoint, all, words, guess] = /^(\w+)(?: T(\d+))?(?: C(\d+))?( all)?(?: "(.*)")?( \?)?$/u.exec(head) ?? []
      const means = {
        intent,
        ...(task === undefined ? {} : { task: Number(task) }),
        ...(checkpoint === undefined ? {} : { checkpoint: Number(checkpoint) }),
        ...(all === undefined ? {} : { all: true }),
        ...(words === undefined ? {} : { words: words.toLowerCase() }),
      }
      return { means, sure: guess === undefined, said }
    })
}

function meaningOf(said: string): Intent & { sure: boolean } {
  const { confidence, words, ...rest } = readIntent(said)
  return { ...rest, ...(words === undefined ? {} : { words: words.toLowerCase().replace(/[.!?]+$/u, '') }), sure: confidence >= SURE }
}

it('three hundred phrasings in English and German mean what they say', () => {
  const all = phrasings()
  expect(all.length).toBeGreaterThanOrEqual(300)
  const wrong = all
    .map(({ means, sure, said }) => ({ said, wanted: { ...means, sure }, got: meaningOf(said) }))
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
