import { describe, expect, it } from 'vitest'
import { CappedOutput } from './output.ts'

function written(chunks: readonly (string | Buffer)[], bytes: number, headOnly = false): CappedOutput {
  const output = new CappedOutput(bytes, headOnly)
  for (const chunk of chunks) output.push(Buffer.from(chunk))
  return output
}

describe('capped output', () => {
  it('keeps all that fits, to the byte', () => {
    const output = written(['abc', 'def', 'gh'], 8)
    expect([output.text(), output.truncated, output.total]).toEqual(['abcdefgh', false, 8])
  })
  it('cuts the middle and says how much', () => {
    const output = written(['0123456789', 'abcdefghij'], 8)
    expect([output.text(), output.truncated]).toEqual(['0123\n… 12 bytes left out …\nghij', true])
  })
  it.each([2, 3, 4])('never leaves half a character of %i bytes, wherever the cut falls', (length) => {
    const char = ['é', '€', '🌍'].find((each) => Buffer.byteLength(each) === length) ?? ''
    for (let shift = 0; shift < length; shift++) {
      const text = written(['x'.repeat(shift), char.repeat(100), 'x'.repeat(shift)], 21).text()
      expect(text).not.toContain('�')
      expect(text).toMatch(/ bytes left out /)
    }
  })
  it('leaves bytes that are no text as they are', () => {
    const bytes = Buffer.from([0, 255, 128, 1])
    expect(written([bytes], 4).bytes()).toEqual(bytes)
    expect(written([Buffer.alloc(20, 0x80)], 4).text()).toMatch(/left out/)
  })
  it('keeps the start only when asked', () => {
    const output = written(['abc', 'def', 'ghi'], 5, true)
    expect([output.bytes().toString(), output.truncated, output.total]).toEqual(['abcde', true, 9])
  })
  it('holds no more than twice the cap however small the pieces are', () => {
    const output = new CappedOutput(1000)
    for (let i = 0; i < 200_000; i++) output.push(Buffer.from(String(i % 10)))
    expect([output.bytes().length, output.total, output.bytes().toString().slice(-5)]).toEqual([1000, 200_000, '56789'])
  })
})
