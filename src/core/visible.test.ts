import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countHidden, cut, nameHidden, oneLine } from './visible.ts'

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
    expect([cut('abc', 3), cut('abcd', 3), cut('👍👍👍', 2)]).toEqual(['abc', 'ab…', '👍…'])
  })
  it('makes one line of many', () => {
    expect(oneLine('  a\n\n b\t c ', 10)).toBe('a b c')
  })
})
