import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, digest } from './digest.ts'

describe('digest', () => {
  it('does not depend on the order of keys, nor on members that are undefined', () => {
    expect(digest('x', { a: 1, b: [1, { d: 2, c: 3 }] })).toBe(digest('x', { b: [1, { c: 3, d: 2 }], a: 1, e: undefined }))
  })
  it('of another purpose is another one', () => {
    expect(digest('x', 1)).not.toBe(digest('y', 1))
  })
  it('depends on the order of a list', () => {
    expect(digest('x', [1, 2])).not.toBe(digest('x', [2, 1]))
  })
  it('canonical JSON is JSON of the same value', () => {
    const arbitrary = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())))
    fc.assert(
      fc.property(arbitrary, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
  it('differs as soon as one value differs', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer(), { minKeys: 1 }), (value) => {
        const [key = ''] = Object.keys(value)
        expect(digest('x', { ...value, [key]: (value[key] ?? 0) + 1 })).not.toBe(digest('x', value))
      }),
    )
  })
})
