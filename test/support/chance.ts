/** Random numbers that can be had again: every random test prints its seed when it fails and takes it from LUGH_TEST_SEED. */

export type Chance = Readonly<{
  seed: number
  /** In [0, 1). */
  next: () => number
  /** A whole number from `from` up to, not including, `to`. */
  between: (from: number, to: number) => number
  pick: <T>(list: readonly [T, ...T[]]) => T
}>

/** mulberry32, seeded by LUGH_TEST_SEED or the time. */
export function chance(seed: number = Number(process.env['LUGH_TEST_SEED'] ?? Date.now() % 1_000_000)): Chance {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from))
  return { seed, next, between, pick: (list) => list[between(0, list.length)] ?? list[0] }
}

/** Runs a test of chance; an error says which seed brings it back. */
export async function byChance(test: (chance: Chance) => Promise<void>): Promise<void> {
  const dice = chance()
  try {
    await test(dice)
  } catch (error) {
    if (error instanceof Error) error.message = `with LUGH_TEST_SEED=${dice.seed}: ${error.message}`
    throw error
  }
}
