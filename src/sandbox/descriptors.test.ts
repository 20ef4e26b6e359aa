import { closeSync, openSync } from 'node:fs'
import { expect, it } from 'vitest'
import { inheritable, withNothingInherited } from './descriptors.ts'

it('what Node opened itself is not inherited', () => {
  const before = inheritable()
  const descriptor = openSync('/', 'r')
  expect(inheritable()).toEqual(before)
  closeSync(descriptor)
})

it('the streams come first, and nothing but /dev/null stands behind them', () => {
  const all = withNothingInherited(['pipe', 'pipe', 'pipe'])
  expect(all.slice(0, 3)).toEqual(['pipe', 'pipe', 'pipe'])
  expect(all.slice(3).every((each) => each === 'ignore' || typeof each === 'number')).toBe(true)
})
