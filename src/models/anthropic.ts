/**
 * One call of the Anthropic Messages API, streamed, with Lugh's own visible retries. Nothing of a broken answer is ever used,
 * and the key never leaves this file but in the request's header.
 */
import Anthropic from '@anthropic-ai/sdk'
import type { MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/messages'
import { LughError, sleep, systemClock, type Clock } from '#core'
import { isStaleThinking, judge, type Verdict } from './anthropic-errors.ts'
import { readAnswer, type Answer, type Tally } from './anthropic-stream.ts'
import { addUsage, type TokenUsage } from './prices.ts'
import { SILENCE_MS, watchSilence } from './silence-watch.ts'

/** Longest wait for the first header. Large prompts are read before it comes; two minutes is twice the worst seen in the wild. */
const HEADERS_MS = 120_000
/** Attempts at one turn. The waits below reach their cap by the seventh, so twelve outlast an overload of about four minutes. */
const MAX_ATTEMPTS = 12
/** All waiting of one turn, pauses and silent attempts together. Longer than this a person should know, and can press Resume. */
const MAX_WAIT_MS = 6 * 60_000
/** The first pause; it doubles from there. */
const FIRST_PAUSE_MS = 500
/** The longest pause of our own choosing; a provider's retry-after may be longer, within MAX_WAIT_MS. */
const LONGEST_PAUSE_MS = 30_000

export type MessagesRequest = Readonly<Omit<MessageCreateParamsBase, 'stream'>>
export type MessagesAnswer = Answer & {
  /** All tokens spent on the turn, those of attempts that broke off included. */
  readonly usage: TokenUsage
}
export type MessagesOptions = { readonly signal: AbortSignal; readonly onText?: ((delta: string) => void) | undefined }

export interface AnthropicMessages {
  /**
   * Asks once, retrying what can be retried. Throws LughError `model.refused` (they said no), `model.unreachable` (we could not ask,
   * after MAX_ATTEMPTS or MAX_WAIT_MS), or the signal's reason within a second of an abort.
   */
  ask(request: MessagesRequest, options: MessagesOptions): Promise<MessagesAnswer>
}

/** Time and chance as parameters, so that tests own them. */
export type Pace = {
  readonly clock: Clock
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly random: () => number
  readonly silenceMs: number
}
const REAL_PACE: Pace = { clock: systemClock, wait: sleep, random: Math.random, silenceMs: SILENCE_MS }

/** Makes the caller. `baseUrl` defaults to Anthropic's own address; the environment is not consulted. */
export function createAnthropicMessages(options: { apiKey: string; baseUrl?: string | undefined; pace?: Partial<Pace> }): AnthropicMessages {
  const pace = { ...REAL_PACE, ...options.pace }
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? 'https://api.anthropic.com',
    authToken: null,
    webhookKey: null,
    maxRetries: 0,
    timeout: HEADERS_MS,
    logLevel: 'off',
    openTelemetry: false,
    fetch: watchSilence(fetch, pace.silenceMs),
  })
  return { ask: (request, call) => askWithRetries(client, { ...request }, call, pace, options.apiKey) }
}

async function askWithRetries(client: Anthropic, first: MessagesRequest, call: MessagesOptions, pace: Pace, secret: string): Promise<MessagesAnswer> {
  let request = first
  let waited = 0
  const tallies: Tally[] = []
  for (let attempt = 1; ; attempt++) {
    call.signal.throwIfAborted()
    const began = pace.clock.now().getTime()
    const tally: Tally = { usage: NOTHING }
    tallies.push(tally)
    try {
      const answer = await askOnce(client, request, call, tally)
      return { ...answer, usage: sum(tallies) }
    } catch (error) {
      call.signal.throwIfAborted()
      if (isStaleThinking(error) && request === first) {
        request = withoutThinking(first)
        continue
      }
      const verdict = judge(error, { model: request.model, secret })
      if (verdict.kind === 'refused') throw verdict.error
      if (verdict.silent) waited += pace.clock.now().getTime() - began
      const pause = pauseBefore(attempt, verdict, pace.random)
      if (attempt >= MAX_ATTEMPTS || waited + pause > MAX_WAIT_MS) throw unreachable(verdict, attempt, pause, error)
      waited += pause
      await pace.wait(pause, call.signal)
    }
  }
}

async function askOnce(client: Anthropic, request: MessagesRequest, call: MessagesOptions, tally: Tally): Promise<Answer> {
  const stream = await client.messages.create({ ...request, stream: true }, { signal: call.signal })
  return readAnswer(stream, tally, call.onText ?? (() => undefined))
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

/**
 * Newer models bind a thinking block to everything before it (system prompt, tools, messages) and refuse it when that changed, as it does
 * when Lugh was updated or the model was switched while a task was parked. All thinking of earlier turns is left out then: taking one
 * block out would unbind those after it.
 */
function withoutThinking(request: MessagesRequest): MessagesRequest {
  const messages = request.messages.map((message) =>
    message.role === 'assistant' && typeof message.content !== 'string'
      ? { ...message, content: message.content.filter((block) => block.type !== 'thinking' && block.type !== 'redacted_thinking') }
      : message,
  )
  return { ...request, messages }
}

const NOTHING: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

function sum(tallies: readonly Tally[]): TokenUsage {
  return tallies.reduce((total, { usage }) => addUsage(total, usage), NOTHING)
}
