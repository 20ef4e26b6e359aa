import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, LughError, assertNever, diskFull, errorText, sayError } from './error.ts'

describe('errors', () => {
  it('every code is explained in docs/errors.md, and none else is', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    expect([...page.matchAll(/^\| `([a-z.-]+)`/gmu)].flatMap((match) => match[1] ?? []).toSorted()).toEqual([...ERROR_CODES].toSorted())
  })
  it('an unknown error shows nothing of itself to a person', () => {
    expect(sayError(new Error('secret'))).not.toContain('secret')
    expect(sayError(new LughError('not-found', 'There is no T9.'))).toBe('There is no T9.')
  })
  it('a full disk is told as that, wherever the system met it, and nothing else is', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    expect(diskFull(new LughError('git.failed', 'x', { cause: full }))).toMatchObject({ code: 'disk.full', retryable: true })
    expect(sayError(full)).toContain('The disk is full')
    expect([diskFull(new Error('ENOSPC')), diskFull('ENOSPC'), diskFull(undefined)]).toEqual([undefined, undefined, undefined])
  })
  it('is cut for the log', () => {
    expect(errorText('x'.repeat(50), 10)).toBe('x'.repeat(10))
  })
  it('an unhandled case of a closed set is an internal error', () => {
    const never: unknown = 'x'
    expect(() => Reflect.apply(assertNever, undefined, [never])).toThrow(LughError)
  })
})
