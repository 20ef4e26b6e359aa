/** Many random sequences on one store: on a server, where most of a sequence is waiting for answers, several players go on side by side. */
import type { Store } from '#db'
import fc from 'fast-check'

/** Of a sequence on PostgreSQL one third is this process's work; with four, both cores of a small machine are busy. */
const PLAYERS = 4
/** Far enough apart that nights with neighbouring seeds play nothing twice. */
const NEXT_SEED = 1_000_003

/**
 * Runs the property `runs` times altogether. The embedded store has one session, so there one player does all; the first player takes the
 * seed as given, which is how a counter-example is played again. Throws the first one found, when all have ended.
 */
export async function sideBySide<T>(
  db: Store,
  runs: number,
  seed: number | undefined,
  property: (player: number) => fc.IAsyncProperty<T>,
): Promise<void> {
  const players = db.kind === 'server' ? PLAYERS : 1
  const ends = await Promise.allSettled(
    Array.from({ length: players }, (_, player) =>
      fc.assert(property(player), {
        numRuns: Math.ceil(runs / players),
        ...(seed === undefined ? {} : { seed: (seed + player * NEXT_SEED) | 0 }),
      }),
    ),
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
