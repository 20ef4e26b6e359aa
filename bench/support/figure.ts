/** What one figure is: rows of samples beside the samples of a baseline, taken in the same minutes. It reports; it never asserts. */
import { serverAvailable, STORES } from '../../test/support/stores.ts'
import type { StoreKind } from '../../test/support/system.ts'
import type { Stats } from './stats.ts'

export type Bench = Readonly<{
  /** The form for CI: few rounds, the same paths. */
  short: boolean
  stores: readonly StoreKind[]
  /** How many rounds: in the long form, and in the short one. */
  rounds: (long: number, short: number) => number
}>

export type Goal = Readonly<{ text: string; met: (lugh: Stats, bare: Stats | undefined) => boolean }>

export type Row = Readonly<{
  name: string
  store?: StoreKind
  unit: 'ms' | 'MB' | 'rows/s'
  lugh: readonly number[]
  bare?: Readonly<{ name: string; samples: readonly number[] }>
  goal?: Goal
}>

export type Figure = Readonly<{ name: string; measure: (bench: Bench) => Promise<Row[]> }>

export function benchOf(short: boolean, only?: StoreKind): Bench {
  return {
    short,
    stores: STORES.filter((store) => (store === 'embedded' || serverAvailable) && (only === undefined || store === only)),
    rounds: (long, few) => (short ? few : long),
  }
}

/** Milliseconds until it resolves. */
export async function timed(act: () => unknown): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}

/** Rounds of two acts in turn, the one first in every other round, so that a busy machine is busy for both. */
export async function inTurn(rounds: number, one: (round: number) => Promise<void>, other: (round: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) for (const act of round % 2 === 0 ? [one, other] : [other, one]) await act(round)
}
