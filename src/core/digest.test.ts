import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, digest } from './digest.ts'

describe('digest', () => {
  it('does not depend on the order of keys, nor on members that are undefined', () => {
    expect(digest('x', { a: 1, b: [1, { d: 2, c: 3 }] })).toBe(digest('x', { b: [1, { c: 3, d: 2 }], a: 1, e: undefined }))
  })
  it('of another purpose is another one, wherever the purpose ends', () => {
    expect(digest('x', 1)).not.toBe(digest('y', 1))
    expect(digest('x1', 2)).not.toBe(digest('x', 12))
  })
  it('is the SHA-256 of its purpose, a line feed and its canonical JSON, as it was in every version', () => {
    const value = { c: [null, true, 'é"\n', -1.5, {}], b: { ä: 1, z: 2, Z: 3, '10': 4, '9': 5 }, a: undefined, B: [] }
    expect(canonicalJson(value)).toBe('{"B":[],"b":{"10":4,"9":5,"Z":3,"z":2,"ä":1},"c":[null,true,"é\\"\\n",-1.5,{}]}')
    expect(digest('x', value)).toBe('7df34fb1ed3935d19a7b4d62c9021e94e57c9f58756cbdb8cdcc0d3a1e054a22')
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
