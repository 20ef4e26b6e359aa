import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellsOf, type CanDraw, type Cell } from './cells.ts'

const everything: CanDraw = () => true
const shown = (line: string, canDraw: CanDraw = everything): string[] =>
  cellsOf(line, canDraw).map(({ kind, text }) => (kind === 'box' ? `[${text}]` : text))

test('what shows nothing or reorders its neighbours is a box with its name', () => {
  expect(shown('a\u202eb\u200bc\u00a0d\u001b[2K\r')).toEqual(['a', '[RLO]', 'b', '[ZWSP]', 'c', '[NBSP]', 'd', '[ESC]', '[', '2', 'K', '[CR]'])
  expect(shown('\u{e0041}\u{f0000}\u0378\ufeff')).toEqual(['[U+E0041]', '[U+F0000]', '[U+0378]', '[BOM]'])
})

test('emoji stay whole, and what only pretends to be one is taken apart', () => {
  expect(shown('👩‍💻❤️🇮🇪👋🏽')).toEqual(['👩‍💻', '❤️', '🇮🇪', '👋🏽'])
  expect(shown('👍\u200d🚀 1\ufe0f')).toEqual(['👍', '[ZWJ]', '🚀', ' ', '1', '[VS16]'])
})

test('another spelling of the same picture is named, and marks do not pile up', () => {
  expect(shown('é e\u0301 \u212b')).toEqual(['é', ' ', 'e', '[U+0301]', ' ', '[U+212B]'])
  expect(shown('x\u0300\u0301\u0302\u0303')).toEqual(['x', '[U+0300]', '[U+0301]', '[U+0302]', '[U+0303]'])
})

test('what no font here has is named', () => {
  expect(shown('a漢b', (text) => text !== '漢')).toEqual(['a', '[U+6F22]', 'b'])
})

test('a letter of another script in a Latin word is marked, a word of its own script is not', () => {
  const disguised = cellsOf('r\u043ele роль', everything).filter(({ disguised: is }) => is === true)
  expect(disguised.map(({ text, at }) => [text, at])).toEqual([['\u043e', 1]])
})

test('a tab reaches to its next stop', () => {
  expect(cellsOf('a\tb\t', everything).map(({ kind, width }) => [kind, width])).toEqual([
    ['text', 1],
    ['tab', 3],
    ['text', 1],
    ['tab', 3],
  ])
})

/** What is seen of a cell. */
const seen = ({ kind, text, width }: Cell): string => `${kind}:${text}:${width}`
const NASTY = fc.constantFrom(
  ...Array.from('ab \t\r\u202e\u2066\u200b\u200d\ufe0f\u00a0\u0301éо0O'),
  'e\u0301',
  '👍',
  '👩‍💻',
  '漢',
  '⟦U+202E⟧',
  'RLO',
  '\u0000',
  '\u{e0001}',
)

test('no two lines look the same', () => {
  const line = fc.array(NASTY, { maxLength: 12 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(line, line, (a, b) => {
      const same = cellsOf(a, everything).map(seen).join('|') === cellsOf(b, everything).map(seen).join('|')
      expect(same).toBe(a === b)
    }),
    { numRuns: 1000 },
  )
})

test('the cells of a line are the whole line in its order', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (line) => {
      const cells = cellsOf(line.replaceAll('\n', ''), everything)
      const ends = [...cells.slice(1).map(({ at }) => at), line.replaceAll('\n', '').length]
      cells.forEach(({ at, kind, text }, index) => {
        expect(at).toBeLessThan(ends[index] ?? 0)
        if (kind !== 'box') expect(line.replaceAll('\n', '').slice(at, ends[index])).toBe(text)
      })
      if (cells.length > 0) expect(cells[0]?.at).toBe(0)
    }),
    { numRuns: 300 },
  )
})
