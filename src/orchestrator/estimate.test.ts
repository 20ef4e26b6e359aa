import { describe, expect, it } from 'vitest'
import { estimateLines } from './estimate.ts'

describe('an estimate', () => {
  it('names no figure where there are no grounds', () => {
    expect(estimateLines({ tasks: 0, microUsd: null, ms: null })).toBe('Estimate: no grounds yet, no earlier task of this project has finished.')
  })
  it('says what it is taken from', () => {
    const range = { low: 20_000, middle: 40_000, high: 90_000 }
    expect(estimateLines({ tasks: 7, microUsd: range, ms: { low: 60_000, middle: 180_000, high: 480_000 } })).toBe(
      'Estimate: about $0.040 ($0.020 to $0.090), about 3 min (1 min to 8 min) of work\nGrounds: the middle of 7 earlier tasks of this project',
    )
  })
  it('says so when the cost has no known price', () => {
    const ms = { low: 5000, middle: 5000, high: 5000 }
    expect(estimateLines({ tasks: 1, microUsd: null, ms })).toBe(
      'Estimate: cost unknown (the model has no known price), about 5.0 s of work\nGrounds: the one earlier task of this project',
    )
  })
})
