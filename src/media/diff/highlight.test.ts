import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHighlight } from './highlight.ts'
import type { PatchLine } from './parse-patch.ts'

const TEXTS = ['const a = 1', '/* begins', 'ends */ const b = `x', '`', '', "import c from 'c'", 'return {', '}'] as const

const line = fc.record({ sign: fc.constantFrom(' ', '+', '-'), text: fc.constantFrom(...TEXTS) })
const linesOf = (list: readonly Pick<PatchLine, 'sign' | 'text'>[]): PatchLine[] => list.map((one, at) => ({ ...one, number: at + 1, open: false }))

test('what both sides share is read once, and every line has the colours its own side gives it', async () => {
  const colour = await createHighlight()
  const paths = { old: 'a.ts', fresh: 'a.ts' }
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (list) => {
      const lines = linesOf(list)
      const painted = await colour(paths, lines, 'dark')
      for (const [side, gone] of [
        ['old', '+'],
        ['fresh', '-'],
      ] as const) {
        const own = lines.filter(({ sign }) => sign !== gone)
        const alone = await colour(paths, linesOf(own.map(({ text }) => ({ sign: '+', text }))), 'dark')
        for (const [at, { sign }] of own.entries()) if (sign !== ' ' || side === 'fresh') expect(painted[side][at]).toEqual(alone.fresh[at])
      }
    }),
    { numRuns: 200 },
  )
})

test('a file whose name says no language has no colours, and a move to another language has those of each side', async () => {
  const colour = await createHighlight()
  const lines = linesOf([
    { sign: '-', text: 'const a = 1' },
    { sign: '+', text: 'a = 1' },
  ])
  expect(await colour({ old: 'a.nothing', fresh: 'a.nothing' }, lines, 'dark')).toEqual({ old: [], fresh: [] })
  const moved = await colour({ old: 'a.js', fresh: 'a.nothing' }, lines, 'light')
  expect(moved.old[0]?.map(({ from }) => from)).toEqual([0, 5, 6, 7, 8, 9, 10])
  expect(moved.fresh).toEqual([])
})
