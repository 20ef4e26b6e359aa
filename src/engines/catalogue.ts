/** What models an engine offers, as last heard. Asked in the background, so that nobody waits for a list; it never fails anything. */
import { systemClock, type Clock } from '#core'
import type { EngineFace } from './port.ts'

/** How long a list is taken as new: providers add models by the month, local servers when somebody loads one. */
const FRESH_MS = 10 * 60_000
const ASK_MS = 20_000

export type Catalogue = {
  /** The models as last heard. Asks again when that is long ago. */
  readonly known: () => readonly string[]
  /** Asks now; resolves when the answer, or none, has come. */
  readonly refresh: () => Promise<void>
}

export function catalogueOf(engine: EngineFace, clock: Clock = systemClock): Catalogue {
  let models: readonly string[] = []
  let askedAt = 0
  const refresh = async (): Promise<void> => {
    if (!engine.available().ok) return
    askedAt = clock.now().getTime()
    models = await engine.models(AbortSignal.timeout(ASK_MS)).catch(() => models)
  }
  return {
    known: () => {
      if (clock.now().getTime() - askedAt > FRESH_MS) void refresh()
      return models
    },
    refresh,
  }
}
