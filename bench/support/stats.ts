/** What is said of a list of samples. Nothing is thrown away as an outlier. */

export type Stats = Readonly<{ rounds: number; median: number; tail: number }>

/** Nearest rank: always a value that was measured. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}

/** Median, and the 95th percentile of what should be small, or the 5th of what should be large. */
export function statsOf(samples: readonly number[], better: 'low' | 'high' = 'low'): Stats {
  const sorted = samples.toSorted((a, b) => a - b)
  return { rounds: sorted.length, median: quantile(sorted, 0.5), tail: quantile(sorted, better === 'low' ? 0.95 : 0.05) }
}
