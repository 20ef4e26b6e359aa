/** What costs less than the model a task works with, of what is available here and has a known price. */
import { latestRun, type Sql, type Task } from '#db'
import type { Price } from '#models'
import type { Facts } from '../capability.ts'
import { choiceFor } from '../engine-choice.ts'

/** What `+ $2` adds, in millionths of a dollar. */
export const RAISE = 2_000_000
/** What going on with a cheaper model adds to a budget that is used up: without it there would be nothing to go on with. */
export const CHEAPER_ADDS = 500_000
/** Offers that fit under a card. */
const SHOWN = 4

export type Offer = { readonly engine: string; readonly model: string; readonly price: Price }
type Present = { readonly engine: string; readonly model: string | undefined }

/** What the task works with, or will. */
export async function modelOfTask(sql: Sql, facts: Facts, task: Pick<Task, 'id' | 'projectId'>): Promise<Present> {
  const chosen = await choiceFor(sql, facts, task.projectId, task.id)
  if (chosen.model !== undefined) return chosen
  const run = await latestRun(sql, task.id)
  return { engine: chosen.engine, model: run?.engine === chosen.engine ? run.model : undefined }
}

/** Cheaper models, the cheapest first; of the same price those of the present engine first. Where the present price is not known, any that is. */
export function cheaperThan(facts: Pick<Facts, 'engines' | 'prices'>, present: Present): Offer[] {
  const now = present.model === undefined ? undefined : facts.prices.priceOf(present.model)
  const most = now === undefined ? Infinity : weight(now)
  const offers = [...facts.engines.values()]
    .filter((engine) => engine.available().ok)
    .flatMap((engine) =>
      [...new Set([...engine.known(), ...(engine.defaultModel === undefined ? [] : [engine.defaultModel])])].map((model) => ({
        engine: engine.name,
        model,
      })),
    )
    .flatMap((each): Offer[] => {
      const price = facts.prices.priceOf(each.model)
      return price === undefined || weight(price) >= most ? [] : [{ ...each, price }]
    })
  const other = (offer: Offer): number => Number(offer.engine !== present.engine)
  return offers.toSorted((a, b) => weight(a.price) - weight(b.price) || other(a) - other(b)).slice(0, SHOWN)
}

/** An agent reads far more than it writes: of a turn's tokens about one in ten is output. */
function weight(price: Price): number {
  return 9 * price.input + price.output
}
