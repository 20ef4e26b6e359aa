/** Asks Telegram for updates, and acknowledges a batch only when it is stored. Never fights another poller for the same token. */
import { crashPoint, errorText, sleep } from '#core'
import { ALLOWED_UPDATES } from './arrival.ts'
import type { BotLog } from './ports.ts'
import type { Answer, Ask } from './telegram.ts'

/** Telegram allows 50 s; a shorter poll finds a dead connection sooner. */
const POLL_SECONDS = 25
/** What the network may take on top. */
const POLL_GRACE_MS = 10_000
const BATCH = 100

export type Polling = 'starting' | 'ok' | 'conflict' | 'refused' | 'unreachable'

export type PollerOptions = {
  readonly ask: Ask
  readonly store: (updates: readonly unknown[]) => Promise<void>
  readonly log: BotLog
  /** The token that would be used now: when it is another one than was refused, there is no need to wait. */
  readonly token?: () => string
  /** Called after every answer of Telegram that held updates, or none. */
  readonly onPolled: () => void
  readonly onState: (state: Polling) => void
  /** The first wait after a conflict; it doubles up to `conflictMaxMs`. */
  readonly conflictMs?: number
}

const CONFLICT_MS = 5000
/** Two that share a token and a wish to work would otherwise throw each other out for ever. */
const CONFLICT_MAX_MS = 60_000
const REFUSED_MS = 60_000
/** How often it is looked meanwhile whether the token was changed. */
const TOKEN_LOOK_MS = 500
const UNREACHABLE_MS = 500
const UNREACHABLE_MAX_MS = 15_000

/** Polls until the signal aborts. */
export async function poll(options: PollerOptions, signal: AbortSignal): Promise<void> {
  let offset: number | undefined
  let state: Polling = 'starting'
  let failures = 0
  const enter = (next: Polling, fields: object): void => {
    if (next !== state) options.log[next === 'ok' ? 'info' : 'warn'](fields, `bot.poll-${next}`)
    state = next
    options.onState(next)
  }
  while (!signal.aborted) {
    const token = options.token?.()
    const answer = await getUpdates(options.ask, offset, signal)
    if (signal.aborted && !answer.ok) return
    if (!answer.ok) {
      const trouble = troubleOf(answer, failures, options)
      if (trouble.deleteWebhook) await options.ask((api, s) => api.deleteWebhook({}, s))
      if (trouble.state !== state) failures = 0
      failures += 1
      enter(trouble.state, { say: answer.say })
      await waitOut(trouble, () => token !== options.token?.(), signal)
      continue
    }
    options.onPolled()
    enter('ok', {})
    failures = 0
    offset = await keep(options, answer.value, signal)
  }
}

/** Waits; after a refusal of the token only until there is another one. */
async function waitOut({ state, waitMs }: Trouble, isRenewed: () => boolean, signal: AbortSignal): Promise<void> {
  if (state !== 'refused') return sleep(waitMs, signal)
  for (let waited = 0; waited < waitMs && !isRenewed() && !signal.aborted; waited += TOKEN_LOOK_MS) await sleep(TOKEN_LOOK_MS, signal)
}

/** Stores the batch; answers what acknowledges it. Once acknowledged, no offset is sent: Telegram may start its numbers anew. */
async function keep(options: PollerOptions, updates: readonly { update_id: number }[], signal: AbortSignal): Promise<number | undefined> {
  if (updates.length === 0) return undefined
  const last = Math.max(...updates.map((update) => update.update_id))
  for (let wait = UNREACHABLE_MS; ; wait = Math.min(wait * 2, UNREACHABLE_MAX_MS)) {
    try {
      crashPoint('inbox.before-store')
      await options.store(updates)
      crashPoint('inbox.after-store')
      return last + 1
    } catch (error) {
      options.log.error({ error: errorText(error), count: updates.length }, 'bot.store-failed')
      await sleep(wait, signal)
      if (signal.aborted) return undefined
    }
  }
}

function getUpdates(ask: Ask, offset: number | undefined, own: AbortSignal): Promise<Answer<{ update_id: number }[]>> {
  const acknowledged = offset === undefined ? {} : { offset }
  return ask((api, signal) => api.getUpdates({ ...acknowledged, limit: BATCH, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES }, signal), {
    timeoutMs: POLL_SECONDS * 1000 + POLL_GRACE_MS,
    signal: own,
  })
}

type Trouble = { state: Polling; waitMs: number; deleteWebhook: boolean }

function troubleOf(answer: Extract<Answer<never>, { ok: false }>, failures: number, options: PollerOptions): Trouble {
  const doubled = (first: number, max: number): number => Math.min(first * 2 ** failures, max)
  if (answer.why === 'slow') return { state: 'unreachable', waitMs: answer.waitMs, deleteWebhook: false }
  if (answer.why === 'unknown') return { state: 'unreachable', waitMs: doubled(UNREACHABLE_MS, UNREACHABLE_MAX_MS), deleteWebhook: false }
  if (answer.code === 409)
    return { state: 'conflict', waitMs: doubled(options.conflictMs ?? CONFLICT_MS, CONFLICT_MAX_MS), deleteWebhook: /webhook/i.test(answer.say) }
  return { state: 'refused', waitMs: REFUSED_MS, deleteWebhook: false }
}
