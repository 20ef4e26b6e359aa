import { describe, expect, it } from 'vitest'
import { requiredText } from './required-text.ts'

const CASES: readonly (readonly [pattern: string, text: string | undefined])[] = [
  ['price', 'price'],
  ['^import .* from', 'import '],
  [String.raw`total\(\w+\) = `, 'total('],
  [String.raw`\bprice\b`, 'price'],
  [String.raw`a\.b\.c`, 'a.b.c'],
  ['colou?r', 'colo'],
  ['lo+ng word', 'ng word'],
  ['worlds*', 'world'],
  ['say [abc] again', ' again'],
  ['say [^x]+ word', ' word'],
  ['crème', 'crème'],
  // Nothing certain: a choice, a group, a count, a code, a bracket that ends nobody knows where, too little.
  ['foo|bar', undefined],
  ['(foo)?bar', undefined],
  ['wor{0}d', undefined],
  [String.raw`price\x41`, undefined],
  [String.raw`price\1`, undefined],
  [String.raw`\p{L}price`, undefined],
  ['price[[]x]', undefined],
  [String.raw`price[\]x]`, undefined],
  ['price[]]', undefined],
  ['ab', undefined],
  ['.*', undefined],
  ['two\nlines', undefined],
]

describe('the text every match must hold', () => {
  it.each(CASES)('of %s', (pattern, text) => {
    expect(requiredText(pattern, false)).toBe(text)
  })
  it('is not told apart by case where letters beyond ASCII are in it', () => {
    expect([requiredText('crème', true), requiredText('creme', true)]).toEqual([undefined, 'creme'])
  })
  it('stands in every line that the expression matches', () => {
    const lines = ['price', 'PRICE', 'import x from y', 'a.b.c', 'color colour', 'loooong word', 'say b again', 'total(x) = 1', 'crème', 'worlds']
    for (const [pattern, text] of CASES)
      for (const line of lines) if (text !== undefined && new RegExp(pattern, 'u').test(line)) expect(line).toContain(text)
  })
})
