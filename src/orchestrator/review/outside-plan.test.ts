import { expect, test } from 'vitest'
import type { Change } from '#db'
import { outsidePlan } from './outside-plan.ts'

const files = (...paths: string[]): Change['files'] =>
  paths.map((path) => ({ path, status: 'modified', insertions: 1, deletions: 0, binary: false, oldMode: '100644', newMode: '100644' }))

test('what no step speaks of is outside', () => {
  expect(outsidePlan(['Round in src/total.js', 'Run it'], files('src/total.js', 'src/cart.js', 'asked.txt'))).toEqual(['src/cart.js', 'asked.txt'])
})

test.each([
  ['by its path', 'Change `src/shop/cart.ts`', 'src/shop/cart.ts'],
  ['by its name', 'Change cart.ts', 'src/shop/cart.ts'],
  ['by its name without the ending', 'Change total.js and the cart', 'src/shop/cart.ts'],
  ['by its folder', 'Move everything in src/shop/ to TypeScript', 'src/shop/cart.ts'],
  ['by its folder', 'Move src/shop to TypeScript, from index.js on', 'src/shop/cart.ts'],
  ['by its kind', 'Change src/total.js and add tests', 'test/other.test.js'],
  ['by its kind', 'Change src/total.js and the documentation', 'docs/other.md'],
])('a step may speak of a file %s: %s', (_how, step, path) => {
  expect(outsidePlan([step], files(path))).toEqual([])
})

test('a folder that is only the way to another file covers nothing', () => {
  expect(outsidePlan(['Change src/total.js'], files('src/cart.js'))).toEqual(['src/cart.js'])
})

test('where no step names a file, nothing can be said to be outside', () => {
  expect(outsidePlan(['Round the total', 'Run the tests'], files('src/total.js'))).toBeUndefined()
})

test.each(['Use Node.js streams and/or promises', 'Do as https://example.org/guide.html says, e.g. twice'])('%s names no file', (step) => {
  expect(outsidePlan([step], files('src/total.js'))).toBeUndefined()
})

test('marks of expressions in names are only marks', () => {
  expect(outsidePlan(['Change a+b.js'], files('a+b.js', 'aab.js', 'x[1].js'))).toEqual(['aab.js', 'x[1].js'])
})
