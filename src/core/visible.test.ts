import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countHidden, cut, nameHidden, oneLine, withoutTerminalCodes } from './visible.ts'

describe('visible text', () => {
  it('names what would show nothing or reorder its neighbours', () => {
    expect(nameHidden('a\u202Eb\u200Bc\u0000d\u001b[31m\u{E0041}')).toBe('a⟦U+202E⟧b⟦U+200B⟧c⟦U+0000⟧d⟦U+001B⟧[31m⟦U+E0041⟧')
  })
  it('leaves line feeds, tabs and emoji sequences whole', () => {
    const text = 'a\n\tb 👨‍👩‍👧 ❤️ العربية'
    expect([nameHidden(text), countHidden(text)]).toEqual([text, 0])
  })
  it('names a carriage return, which would let one line overwrite another', () => {
    expect(nameHidden('safe\rrm -rf')).toBe('safe⟦U+000D⟧rm -rf')
  })
  it('names the combining marks that Telegram takes out of messages', () => {
    expect(nameHidden('cha\u030Ane\u0333\u033F')).toBe('cha⟦U+030A⟧ne⟦U+0333⟧⟦U+033F⟧')
  })
  it.each([
    [0x0000, 0x0008],
    [0x000b, 0x001f],
    [0x007f, 0x009f],
    [0x00ad, 0x00ad],
    [0x030a, 0x030a],
    [0x0333, 0x0333],
    [0x033f, 0x033f],
    [0x034f, 0x034f],
    [0x061c, 0x061c],
    [0x115f, 0x1160],
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202f],
    [0x205f, 0x206f],
    [0x2800, 0x2800],
    [0x3164, 0x3164],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffc],
    [0x1d173, 0x1d17a],
    [0xe0000, 0xe0fff],
  ])('names all from %i to %i, and neither neighbour', (first, last) => {
    const named = (point: number): boolean => nameHidden(String.fromCodePoint(point)) !== String.fromCodePoint(point)
    expect([first - 1, first, last, last + 1].filter((point) => point >= 0).map(named)).toEqual(
      [first - 1, first, last, last + 1].filter((point) => point >= 0).map((point) => point >= first && point <= last),
    )
  })
  it('leaves every letter, digit and mark of ASCII as it is', () => {
    const ascii = Array.from({ length: 95 }, (_, n) => String.fromCodePoint(32 + n)).join('')
    expect([nameHidden(ascii), countHidden(ascii)]).toEqual([ascii, 0])
  })
  it('counts each hidden character once', () => {
    expect(countHidden('\u202Ea\u202C\u2066b\u2069')).toBe(4)
  })
  it('never leaves a hidden character in any text, and never loses a visible one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const named = nameHidden(text)
        expect(countHidden(named)).toBe(0)
        expect(named.length).toBeGreaterThanOrEqual(text.length)
      }),
    )
  })
  it('cuts by code points and never splits one', () => {
    expect([cut('abc', 3), cut('abcd', 3), cut('👍👍👍', 2), cut('👍👍', 2), cut('👍👍', 3)]).toEqual(['abc', 'ab…', '👍…', '👍👍', '👍👍'])
  })
  it('makes one line of many', () => {
    expect(oneLine('  a\n\n b\t c ', 10)).toBe('a b c')
  })
})

it.each([
  ['a\u001b[01;31mb\u001b[0m\u001b[Kc', 'abc'],
  ['\u001b]0;title\u0007a\u001b]8;;https://example.org\u001b\\link\u001b]8;;\u001b\\', 'alink'],
  ['a\u001b]no end\nb', 'ano end\nb'],
  ['\u001b(Ba\u001bMb\u001b', 'ab'],
  ['\u009b1mplain 0;m', 'plain 0;m'],
])('what only a terminal obeys is left out of %j', (text, shown) => {
  expect(withoutTerminalCodes(text)).toBe(shown)
})

it.each(['\u001b]', '\u001b[', '\u001b[1;', '\u001bP', '\u001b]8;;'])('half a million %j are gone through once', (code) => {
  expect(withoutTerminalCodes(code.repeat(500_000)).length).toBeLessThanOrEqual(500_000 * code.length)
})
