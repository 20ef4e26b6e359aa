import { array, assert, constantFrom, integer, letrec, oneof, property, string, tuple, type Arbitrary } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { b, code, i, plain, pre, quote, type Text } from '#core'
import { toRich, type Rich } from './entities.ts'
import { ENTITIES_MAX, MESSAGE_MAX, shorten, split } from './split.ts'

const words = oneof(
  string({ unit: 'grapheme', maxLength: 40 }),
  string({ unit: 'binary', maxLength: 40 }),
  constantFrom('\n', '\n\n', ' ', '👩‍👩‍👧‍👦', '🇮🇪🇮🇪', 'e\u0301', '\u202eabc', 'a'.repeat(50), '    indented\n'),
)
const tree: Arbitrary<Text> = letrec<{ text: Text }>((tie) => ({
  text: oneof(
    { maxDepth: 3 },
    words,
    words.map((text) => code(text)),
    tuple(words, constantFrom(undefined, 'ts')).map(([text, lang]) => pre(text, lang)),
    tie('text').map((text) => b(text)),
    tie('text').map((text) => i(text)),
    tie('text').map((text) => quote(text)),
    array(tie('text'), { maxLength: 6 }),
  ),
})).text

const points = (text: string): number => Array.from(text).length

describe('the text tree', () => {
  test('keeps its characters, and every entity stands inside them, on what it marked', () => {
    assert(
      property(tree, (text) => {
        const rich = toRich(text)
        expect(rich.text).toBe(plain(text).toWellFormed())
        for (const { offset, length } of rich.entities) {
          expect(length).toBeGreaterThan(0)
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset + length).toBeLessThanOrEqual(rich.text.length)
        }
      }),
    )
  })

  test('counts offsets in UTF-16 units', () => {
    expect(toRich(['👀 ', b('fat'), ' ', code('x')])).toEqual({
      text: '👀 fat x',
      entities: [
        { type: 'bold', offset: 3, length: 3 },
        { type: 'code', offset: 7, length: 1 },
      ],
    })
  })

  test('leaves out what Telegram does not let stand inside another', () => {
    expect(toRich(quote(['a', quote('b'), code('c'), b(b('d')), b(code('e'))])).entities.map(({ type, offset }) => [type, offset])).toEqual([
      ['blockquote', 0],
      ['code', 2],
      ['bold', 3],
      ['bold', 4],
    ])
  })

  test('what looks like markup stays characters', () => {
    expect(toRich('<b>*x*</b> [a](b) `c`')).toEqual({ text: '<b>*x*</b> [a](b) `c`', entities: [] })
  })
})

describe('splitting', () => {
  const check = (rich: Rich, max: number): Rich[] => {
    const parts = split(rich, max)
    expect(parts.map((part) => part.text).join('')).toBe(rich.text)
    for (const part of parts) {
      expect(points(part.text)).toBeLessThanOrEqual(max)
      expect(part.text.isWellFormed()).toBe(true)
      expect(part.entities.length).toBeLessThanOrEqual(ENTITIES_MAX)
      for (const { offset, length } of part.entities) expect(offset >= 0 && length > 0 && offset + length <= part.text.length).toBe(true)
    }
    return parts
  }

  test('the parts put together are the original, and each is short enough', () => {
    assert(
      property(array(tree, { maxLength: 12 }), integer({ min: 20, max: 200 }), (texts, max) => {
        const rich = toRich(texts)
        const parts = check(rich, max)
        const marked = (of: readonly Rich[]): number => of.flatMap((part) => part.entities).reduce((sum, { length }) => sum + length, 0)
        expect(marked(parts)).toBe(marked([rich]))
      }),
      { numRuns: 300 },
    )
  })

  test('no character that a person sees is cut in two', () => {
    const family = '👩‍👩‍👧‍👦'
    assert(
      property(array(constantFrom(family, 'e\u0301', '🇮🇪', 'x', '각'), { minLength: 1, maxLength: 80 }), (graphemes) => {
        const text = graphemes.join('')
        const whole = Array.from(new Intl.Segmenter('und').segment(text), ({ index }) => index)
        let at = 0
        for (const part of check({ text, entities: [] }, 20)) {
          expect(whole).toContain(at)
          at += part.text.length
        }
      }),
    )
  })

  test('100 kB of anything becomes messages that Telegram takes', () => {
    for (const unit of ['x', 'word ', 'line\n', '😀', 'a\u0301', '\n', ' '])
      expect(check({ text: unit.repeat(Math.ceil(100_000 / unit.length)), entities: [] }, MESSAGE_MAX).length).toBeGreaterThan(10)
  })

  test('cuts at a paragraph before a line, at a line before a word', () => {
    const texts = (text: string): string[] => split({ text, entities: [] }, 20).map((part) => part.text)
    expect(texts('one two\nthree\n\nfour five six')).toEqual(['one two\nthree\n\n', 'four five six'])
    expect(texts('one two three\nfour five six')).toEqual(['one two three\n', 'four five six'])
    expect(texts('one two three four five six')).toEqual(['one two three four ', 'five six'])
  })

  test('a code block that is cut goes on as a code block of the same language', () => {
    const rich = toRich(pre('line one\nline two\nline three\n', 'ts'))
    expect(split(rich, 20).map((part) => part.entities)).toEqual([
      [{ type: 'pre', language: 'ts', offset: 0, length: 18 }],
      [{ type: 'pre', language: 'ts', offset: 0, length: 11 }],
    ])
  })

  test('a code block is cut only where it cannot be left whole, and a paragraph inside of it is none of the text', () => {
    const texts = (text: Text): string[] => split(toRich(text), 40).map((part) => part.text)
    const code = 'if (a) {\n\n  b()\n}'
    expect(texts(['What I would do in the cart:\n', pre(code)])).toEqual(['What I would do in the cart:\n', code])
    expect(texts(['First:\n', pre(code), '\nand then there is more'])).toEqual([`First:\n${code}\n`, 'and then there is more'])
    expect(texts(['A paragraph of it.\n\nThen:\n', pre(code)])).toEqual(['A paragraph of it.\n\nThen:\n', code])
  })

  test('the 101st entity starts a new message', () => {
    const parts = check(toRich(Array.from({ length: 250 }, (_, n) => [b(String(n % 10)), ' '])), MESSAGE_MAX)
    expect(parts.map((part) => part.entities.length)).toEqual([100, 100, 50])
  })

  test('a text that has to be one message says that it was cut', () => {
    expect(shorten({ text: 'x'.repeat(30), entities: [{ type: 'bold', offset: 0, length: 30 }] }, 10)).toEqual({
      text: `${'x'.repeat(9)}…`,
      entities: [{ type: 'bold', offset: 0, length: 9 }],
    })
    expect(shorten({ text: 'short', entities: [] }, 10)).toEqual({ text: 'short', entities: [] })
  })
})
