/** Lugh's own visible retries of one turn, the same for every provider. Nothing of a broken answer is ever used. */
import { LughError, sleep, systemClock, type Clock } from '#core'
import type { Answer, ModelAnswer, Tally } from './answer.ts'
import type { Breaker } from './breaker.ts'
import { addUsage, type TokenUsage } from './prices.ts'
import { SILENCE_MS } from './silence-watch.ts'
import type { Verdict } from './verdict.ts'

/** Attempts at one turn. The waits below reach their cap by the seventh, so twelve outlast an overload of about four minutes. */
const MAX_ATTEMPTS = 12
/** All waiting of one turn, pauses and silent attempts together. Longer than this a person should know, and can press Resume. */
const MAX_WAIT_MS = 6 * 60_000
/** The same where another engine stands by: five tries or so for the model that was chosen, and the person hardly notices. */
const BRIEF_WAIT_MS = 20_000
/** The first pause; it doubles from there. */
const FIRST_PAUSE_MS = 500
/** The longest pause of our own choosing; a provider's retry-after may be longer, within MAX_WAIT_MS. */
const LONGEST_PAUSE_MS = 30_000

/** Time and chance as parameters, so that tests own them. */
export type Pace = {
  readonly clock: Clock
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly random: () => number
  readonly silenceMs: number
}
export const REAL_PACE: Pace = { clock: systemClock, wait: sleep, random: Math.random, silenceMs: SILENCE_MS }

export type AskOptions = {
  readonly signal: AbortSignal
  readonly onText?: ((delta: string) => void) | undefined
  /** Another engine stands by: give up soon. */
  readonly brief?: boolean | undefined
}

/** A caller of one provider. */
export interface ModelCaller<Request> {
  /**
   * Asks once, retrying what can be retried. Throws LughError `model.refused` (they said no), `model.unreachable` (we could not ask,
   * after MAX_ATTEMPTS or MAX_WAIT_MS), or the signal's reason within a second of an abort.
   */
  ask(request: Request, options: AskOptions): Promise<ModelAnswer>
  /** The models the provider offers to this key, newest first as far as it says. Throws LughError as `ask` does, without retries. */
  models(signal: AbortSignal): Promise<readonly string[]>
}

export type Attempts = {
  readonly attempt: (tally: Tally) => Promise<Answer>
  readonly judge: (error: unknown) => Verdict
  /** Changes what will be asked so that this error does not come again; answers whether it could. Tried once. */
  readonly mend: (error: unknown) => boolean
}

/** Makes attempts until one succeeds; see ModelCaller.ask. */
export async function askWithRetries(work: Attempts, options: AskOptions, pace: Pace, breaker: Breaker): Promise<ModelAnswer> {
  const patience = options.brief === true ? BRIEF_WAIT_MS : MAX_WAIT_MS
  const tallies: Tally[] = []
  let mended = false
  let waited = await holdBack(options, pace, breaker, patience)
  for (let attempt = 1; ; attempt++) {
    options.signal.throwIfAborted()
    const began = pace.clock.now().getTime()
    const tally: Tally = { usage: NOTHING }
    tallies.push(tally)
    try {
      const answer = await work.attempt(tally)
      breaker.worked()
      return { ...answer, usage: sum(tallies) }
    } catch (error) {
      options.signal.throwIfAborted()
      if (!mended && work.mend(error)) {
        mended = true
        continue
      }
      const verdict = work.judge(error)
      if (verdict.kind === 'refused') throw verdict.error
      breaker.failed()
      if (verdict.silent) waited += pace.clock.now().getTime() - began
      const pause = pauseBefore(attempt, verdict, pace.random)
      if (attempt >= MAX_ATTEMPTS || waited + pause > patience) throw unreachable(verdict, attempt, pause, error)
      waited += pause
      await pace.wait(pause, options.signal)
    }
  }
}

/** Waits while the provider counts as down; answers how long. With another engine standing by there is nothing to wait for. */
async function holdBack(options: AskOptions, pace: Pace, breaker: Breaker, patience: number): Promise<number> {
  let waited = 0
  for (let hold = breaker.holdMs(); hold > 0; hold = breaker.holdMs()) {
    if (options.brief === true || waited + hold > patience)
      throw unreachable({ kind: 'retry', why: 'it has failed several times in a row', silent: false }, 0, hold, undefined)
    waited += hold
    await pace.wait(hold, options.signal)
    options.signal.throwIfAborted()
  }
  return waited
}

/** The provider's own wish if it named one, never shorter than ours; otherwise doubling pauses, each shortened by up to half so that many tasks do not come back at once. */
function pauseBefore(attempt: number, verdict: Extract<Verdict, { kind: 'retry' }>, random: () => number): number {
  const own = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (1 - random() / 2)
  return Math.round(verdict.afterMs === undefined ? own : Math.max(own, verdict.afterMs))
}

function unreachable(verdict: Extract<Verdict, { kind: 'retry' }>, attempts: number, pause: number, cause: unknown): LughError {
  const say =
    pause > MAX_WAIT_MS
      ? `The model provider asks Lugh to wait ${Math.ceil(pause / 60_000)} minutes (${verdict.why}): resume the task after that.`
      : `The model provider could not be reached (${verdict.why}): resume the task to try again.`
  return new LughError('model.unreachable', say, { cause: safeCause(cause), retryable: true, detail: `${attempts} attempts` })
}

/** SDK errors hold request headers of the answer only, but a cause is printed whole by loggers: keep its name and message alone. */
function safeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message.slice(0, 300)}` : 'unknown'
}

const NOTHING: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

function sum(tallies: readonly Tally[]): TokenUsage {
  return tallies.reduce((total, { usage }) => addUsage(total, usage), NOTHING)
}
