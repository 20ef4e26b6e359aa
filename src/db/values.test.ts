import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parserOf, toText } from './values.ts'

const TEXTS = 1009
const NUMBERS = 1016
const BYTES = 17
const INT8 = 20
const TIME = 1184

test('any list of texts comes back as it went', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'NULL', 'null', '{}', '"', '\\', ',', ' ', '\\"'))), (texts) => {
      expect(parserOf(TEXTS)(toText(texts) ?? '')).toEqual(texts)
    }),
  )
})

test('any list of whole numbers, any bytes and any time come back as they went', () => {
  fc.assert(
    fc.property(
      fc.array(fc.maxSafeInteger()),
      fc.uint8Array(),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2200-01-01') }),
      (numbers, bytes, time) => {
        expect(parserOf(NUMBERS)(toText(numbers) ?? '')).toEqual(numbers)
        expect(parserOf(BYTES)(toText(bytes) ?? '')).toEqual(bytes)
        expect(parserOf(TIME)(toText(time) ?? '')).toEqual(time)
      },
    ),
  )
})

test('a time in any zone is the same moment', () => {
  const moment = new Date('2026-11-21T06:06:26.199Z')
  for (const text of ['2026-11-21 06:06:26.199+00', '2026-11-21 11:36:26.199+05:30', '2026-11-21 03:06:26.199-03'])
    expect(parserOf(TIME)(text)).toEqual(moment)
})

test('what cannot be kept exactly is refused', () => {
  expect(() => parserOf(INT8)('9007199254740992')).toThrow('2^53')
  expect(() => parserOf(TIME)('infinity')).toThrow('infinity')
})

test('an unknown type stays text', () => {
  expect(parserOf(999_999)('anything')).toBe('anything')
})
