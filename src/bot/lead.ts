/** One process a bot does the work, by a lease in the database; the others wait and take over when it ends. Never two at once: who cannot renew stops in time. */
import { errorText, sleep } from '#core'
import { dropLease, holdLease, type Db } from '#db'
import type { BotLog } from './ports.ts'

/** A process that died is replaced after at most this. */
export const LEASE_MS = 10_000

/** What broke a whole term is worth a breath before the next. */
const AFTER_ERROR_MS = 1000

export type LeadOptions = {
  readonly db: Db
  /** The lease's name. */
  readonly name: string
  /** Who asks: different in every process. */
  readonly holder: string
  readonly leaseMs: number
  readonly log: BotLog
  readonly onRole: (role: 'leader' | 'standby') => void
}

/** Waits for the lease, runs `work` while it is held (its signal aborts when the lease is lost), and again, until `signal` aborts. */
export async function lead(options: LeadOptions, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  let told = false
  while (!signal.aborted) {
    const held = await tryHold(options)
    if (held) {
      told = false
      options.onRole('leader')
      await workWhileHeld(options, signal, work).catch(async (error: unknown) => {
        options.log.error({ error: errorText(error) }, 'bot.term-failed')
        await sleep(AFTER_ERROR_MS, signal)
      })
      options.onRole('standby')
    } else {
      if (!told) options.log.warn({ lease: options.name }, 'bot.standby')
      told = true
      await sleep(options.leaseMs / 5, signal)
    }
  }
  await dropLease(options.db, options.name, options.holder).catch((error: unknown) =>
    options.log.warn({ error: errorText(error) }, 'bot.lease-not-dropped'),
  )
}

async function tryHold({ db, name, holder, leaseMs, log }: LeadOptions): Promise<boolean> {
  try {
    return (await holdLease(db, name, holder, leaseMs)) !== undefined
  } catch (error) {
    log.warn({ error: errorText(error) }, 'bot.lease-unknown')
    return false
  }
}

async function workWhileHeld(options: LeadOptions, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const term = new AbortController()
  const end = (): void => term.abort()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    await Promise.all([work(term.signal).finally(end), renew(options, term)])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Renews three times a lease; gives up while a third of it is left, so that another cannot have it yet. */
async function renew(options: LeadOptions, term: AbortController): Promise<void> {
  let until = performance.now() + options.leaseMs
  while (!term.signal.aborted) {
    await sleep(options.leaseMs / 3, term.signal)
    if (term.signal.aborted) return
    const asked = performance.now()
    if (await tryHold(options)) until = asked + options.leaseMs
    else if (performance.now() > until - options.leaseMs / 3) {
      options.log.warn({ lease: options.name }, 'bot.lease-lost')
      term.abort()
    }
  }
}
