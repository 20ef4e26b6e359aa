/** Delivers updates to the bot's own URL, one at a time and in order, again and again until it says 2xx. Only to this machine. */
import { sleep } from '#core'
import { z } from 'zod'
import { badRequest } from './refusal.ts'
import type { Update, UpdateQueue } from './update-queue.ts'
import type { JsonObject } from './world-types.ts'

const Input = z.object({
  url: z.string(),
  secret_token: z.string().default(''),
  max_connections: z.number().int().default(40),
  allowed_updates: z.array(z.string()).optional(),
  drop_pending_updates: z.boolean().default(false),
})

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']
/** Doubled after every failure up to the second number; the real server is as patient. */
const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 5000
const ANSWER_TIMEOUT_MS = 60_000

type Target = Readonly<{ url: string; secret: string; maxConnections: number; stop: AbortController }>

export class Webhook {
  readonly #updates: UpdateQueue
  #target: Target | undefined
  #running: Promise<void> = Promise.resolve()
  #lastError: { date: number; message: string } | undefined

  constructor(updates: UpdateQueue) {
    this.#updates = updates
  }

  get active(): boolean {
    return this.#target !== undefined
  }

  /** Starts delivering; an empty URL ends it. Throws the `Refusal` of the real server. */
  async set(parameters: JsonObject): Promise<boolean> {
    const {
      url,
      secret_token: secret,
      max_connections: maxConnections,
      allowed_updates: allowed,
      drop_pending_updates: drop,
    } = Input.parse(parameters)
    if (url === '') return this.delete(drop)
    checkUrl(url)
    if (secret.length > 256) throw badRequest('secret token is too long')
    if (!/^[\w-]*$/.test(secret)) throw badRequest('secret token contains unallowed characters')
    await this.delete(drop)
    if (allowed !== undefined) this.#updates.allow(allowed)
    this.#lastError = undefined
    this.#target = { url, secret, maxConnections, stop: new AbortController() }
    this.#running = this.#deliver(this.#target)
    return true
  }

  /** Stops delivering and waits until it has. */
  async delete(dropPending = false): Promise<boolean> {
    this.#target?.stop.abort()
    this.#target = undefined
    await this.#running
    if (dropPending) this.#updates.clear()
    return true
  }

  info(): JsonObject {
    return {
      url: this.#target?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: this.#updates.pending.length,
      ...(this.#target === undefined ? {} : { max_connections: this.#target.maxConnections, ip_address: '127.0.0.1' }),
      ...(this.#lastError === undefined ? {} : { last_error_date: this.#lastError.date, last_error_message: this.#lastError.message }),
      ...(this.#updates.allowed.length === 0 ? {} : { allowed_updates: this.#updates.allowed }),
    }
  }

  async #deliver(target: Target): Promise<void> {
    const { signal } = target.stop
    let pause = FIRST_RETRY_MS
    while (!signal.aborted) {
      const [update] = this.#updates.batch(1)
      if (update === undefined) await this.#pushed(signal)
      else if (await this.#post(target, update)) {
        this.#updates.drop(update.update_id)
        pause = FIRST_RETRY_MS
      } else {
        await sleep(pause, signal)
        pause = Math.min(pause * 2, MAX_RETRY_MS)
      }
    }
  }

  #pushed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        stop()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const stop = this.#updates.onPush(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  async #post(target: Target, update: Update): Promise<boolean> {
    const headers = { 'content-type': 'application/json', ...(target.secret === '' ? {} : { 'x-telegram-bot-api-secret-token': target.secret }) }
    const signal = AbortSignal.any([target.stop.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
    try {
      const response = await fetch(target.url, { method: 'POST', headers, body: JSON.stringify(update), signal, redirect: 'manual' })
      await response.arrayBuffer()
      if (!response.ok) this.#fail(`Wrong response from the webhook: ${response.status} ${response.statusText}`)
      return response.ok
    } catch (error) {
      this.#fail(error instanceof Error && error.name === 'TimeoutError' ? 'Read timeout expired' : 'Connection refused')
      return false
    }
  }

  #fail(message: string): void {
    this.#lastError = { date: Math.floor(Date.now() / 1000), message }
  }
}

function checkUrl(url: string): void {
  if (!URL.canParse(url)) throw badRequest('invalid webhook URL specified')
  if (!LOOPBACK.includes(new URL(url).hostname)) throw badRequest('bad webhook: the simulator delivers to this machine only')
}
