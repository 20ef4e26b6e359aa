/**
 * The bot as something that lives and ends: receives, handles and sends while it holds the lease of its bot, and stands by otherwise.
 * Everything it knows is in rows; stopping it at any moment loses nothing.
 */
import { BotId, LughError, TelegramChatId, errorText, sleep, type Drafts } from '#core'
import {
  VOICE_CHANNEL,
  VOICE_HEARD_CHANNEL,
  chatsWithInbox,
  chatsWithOutbox,
  chatsWithStaleCards,
  claimUpdate,
  claimUrgentUpdate,
  saveBotFace,
  type BotFace,
} from '#db'
import { announceMenu, chooseDoor, keepSecret, type Webhook } from './announce.ts'
import { createAttend } from './attend.ts'
import { createDownload } from './download.ts'
import { fetchCheckpoints } from './fetch-checkpoints.ts'
import { uploadLanes, wakeAll } from './fetch-uploads.ts'
import { handleNext } from './handle-update.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { LEASE_MS, lead } from './lead.ts'
import { poll, type Polling } from './poller.ts'
import type { BotContext } from './ports.ts'
import { TELEGRAM_LIMITS, createRates, type RateLimits } from './rates.ts'
import { storeUpdates } from './receive.ts'
import { createSender } from './sender.ts'
import { showDrafts } from './show-drafts.ts'
import { openVoiceLanes, type VoiceLanes } from './voice/voice-lanes.ts'
import { botNumber, connectTelegram, tokenNow, type Ask, type Token } from './telegram.ts'

export type BotOptions = Omit<BotContext, 'botId'> & {
  readonly api: { readonly token: Token; readonly apiRoot?: string | undefined }
  readonly webhook?: Webhook | undefined
  readonly leaseMs?: number
  readonly limits?: Partial<RateLimits>
  /** Words of agents while they come; without it none are shown. */
  readonly drafts?: Drafts
  /** Where files that were sent are put; without it none is fetched. */
  readonly incoming?: string
  /** How often rows are looked through for what a lost wake-up missed (2 s). */
  readonly sweepMs?: number
  /** The first wait after an unanswered call (500 ms); it doubles. */
  readonly backoffMs?: number
  readonly conflictMs?: number
}

export type BotStatus = {
  readonly role: 'leader' | 'standby'
  /** `off`: not the leader, or updates come by webhook. `conflict`: another program polls with this token. */
  readonly polling: Polling | 'off'
  readonly botId: number
  readonly username?: string
}

export type Bot = {
  /** Greets Telegram and starts the work. Throws `telegram.refused` when Telegram does not know the token; does not wait for Telegram when it is away. */
  start(): Promise<void>
  /** Ends within a second; what was on its way is finished, or found and finished by the next start. */
  stop(): Promise<void>
  /** Milliseconds since Telegram last answered a poll; undefined while this process does not poll. */
  pollerAgeMs(): number | undefined
  status(): BotStatus
  /** One update that came by webhook, stored when this resolves. The caller has checked the secret. */
  receiveUpdate(raw: unknown): Promise<void>
}

const SWEEP_MS = 2000
const BACKOFF_MS = 500
/** A start does not wait longer for Telegram: everything else can begin without it. */
const GREET_TIMEOUT_MS = 5000
/** Calls under way at a stop get this long to be answered; what then is unknown is sent again. */
const GRACE_MS = 600

/** Makes the bot; nothing runs before `start`. */
export function createBot(options: BotOptions): Bot {
  const { db, ports, voice, facts, git, clock, ids, log, painter } = options
  const botId = BotId.parse(botNumber(tokenNow(options.api.token)))
  const context: BotContext = { db, ports, voice, facts, git, clock, ids, log, painter, botId }
  const ending = new AbortController()
  const hard = new AbortController()
  const ask = connectTelegram({ ...options.api, signal: hard.signal })
  const seen: Seen = { role: 'standby', polling: 'off' }
  let running: Promise<void> | undefined

  return {
    async start() {
      await greet(ask, seen, log)
      const lease = { db, name: `poller:${context.botId}`, holder: `${facts.home}:${ids.uuid()}`, leaseMs: options.leaseMs ?? LEASE_MS, log }
      running = lead({ ...lease, onRole: (role) => Object.assign(seen, { role }) }, ending.signal, (term) =>
        workTerm(options, { context, ask, hard: hard.signal }, seen, term),
      )
      running.catch((error: unknown) => log.error({ error: errorText(error) }, 'bot.died'))
    },
    async stop() {
      ending.abort()
      const cutting = setTimeout(() => hard.abort(), GRACE_MS)
      await running?.catch(() => undefined)
      clearTimeout(cutting)
      hard.abort()
    },
    pollerAgeMs: () => (seen.polling === 'off' || seen.polledAt === undefined ? undefined : Math.round(performance.now() - seen.polledAt)),
    status: () => ({
      role: seen.role,
      polling: seen.polling,
      botId: context.botId,
      ...(seen.username === undefined ? {} : { username: seen.username }),
    }),
    receiveUpdate: (raw) => storeUpdates(context, [raw], seen.username),
  }
}

type Seen = { role: 'leader' | 'standby'; polling: Polling | 'off'; username?: string; face?: BotFace; polledAt?: number }

async function greet(ask: Ask, seen: Seen, log: BotContext['log']): Promise<void> {
  const me = await ask((api, signal) => api.getMe(signal), { timeoutMs: GREET_TIMEOUT_MS })
  if (me.ok) Object.assign(seen, { username: me.value.username, face: faceOf(me.value) })
  else if (me.why === 'no' && (me.code === 401 || me.code === 404))
    throw new LughError('telegram.refused', 'Telegram does not know this bot token. Check TELEGRAM_BOT_TOKEN, or ask @BotFather for a new one.', {
      detail: `${me.code}: ${me.say}`,
    })
  else log.warn({ say: me.say }, 'bot.telegram-away')
}

function faceOf(me: { username: string; can_read_all_group_messages: boolean; has_topics_enabled: boolean }): BotFace {
  return { username: me.username, readsAll: me.can_read_all_group_messages, topics: me.has_topics_enabled }
}

type Line = { readonly context: BotContext; readonly ask: Ask; /** Aborts when nothing may be waited for any more. */ readonly hard: AbortSignal }

/** Everything only the leader does, until its term ends or a part of it fails. Resolves when nothing of it runs any more: the next term has lanes of its own. */
async function workTerm(options: BotOptions, line: Line, seen: Seen, term: AbortSignal): Promise<void> {
  const { context, ask } = line
  const failed = new AbortController()
  const working = AbortSignal.any([term, failed.signal])
  const lanes = openLanes(options, line, seen, working)
  const silence = await listen(context, lanes)
  const parts = [receive(options, context, ask, seen, working), sweep(options, context, lanes, working), fetchFiles(options, context, ask, working)]
  try {
    await Promise.all(parts)
  } finally {
    failed.abort()
    seen.polling = 'off'
    await Promise.allSettled(parts)
    await lanes.settled()
    await silence()
  }
}

async function receive(options: BotOptions, context: BotContext, ask: Ask, seen: Seen, term: AbortSignal): Promise<void> {
  const { log } = context
  if (seen.username === undefined) await greet(ask, seen, log).catch((error: unknown) => log.error({ error: errorText(error) }, 'bot.token-refused'))
  if (seen.face !== undefined) await saveBotFace(context.db, context.botId, seen.face)
  const { webhook } = options
  const told = webhook?.secret()
  const door = await chooseDoor(ask, webhook)
  if (!door.ok) log.warn({ say: door.say }, 'bot.webhook-not-set')
  await announceMenu(ask, context.ports, log)
  if (term.aborted) return
  if (webhook !== undefined) return keepSecret(ask, webhook, door.ok ? (told ?? '') : '', log, term)
  seen.polling = 'starting'
  // Until Telegram answers, its age counts from here: one that was never reached is not ready for ever.
  seen.polledAt = performance.now()
  const { conflictMs } = options
  await poll(
    {
      ask,
      log,
      token: () => tokenNow(options.api.token),
      store: (updates) => storeUpdates(context, updates, seen.username),
      onPolled: () => (seen.polledAt = performance.now()),
      onState: (state) => (seen.polling = state),
      ...(conflictMs === undefined ? {} : { conflictMs }),
    },
    term,
  )
}

type Wake = (chatId: TelegramChatId) => void
type AllLanes = { readonly inbox: Wake; readonly outbox: Wake; readonly voice: VoiceLanes | undefined; readonly settled: () => Promise<void> }

function openLanes(options: BotOptions, { context, ask, hard }: Line, seen: Seen, signal: AbortSignal): AllLanes {
  const { botId, log } = context
  const limits = { ...TELEGRAM_LIMITS, ...options.limits }
  const now = (): number => performance.now()
  const rates = createRates(limits, now)
  if (options.drafts !== undefined) showDrafts(options.drafts, { context, ask, rates }, signal)
  const sender = createSender({ context, ask, rates, backoffMs: options.backoffMs ?? BACKOFF_MS, hard, rich: { refused: false } }, limits, now)
  const username = (): string | undefined => seen.username
  const inOrder: Lanes<TelegramChatId> = createLanes({
    name: 'inbox',
    signal,
    log,
    turn: (chat) => handleNext(context, (tx) => claimUpdate(tx, botId, chat), username),
  })
  const urgent = createLanes<TelegramChatId>({
    name: 'inbox-urgent',
    signal,
    log,
    turn: async (chat) => {
      const turn = await handleNext(context, (tx) => claimUrgentUpdate(tx, botId, chat), username)
      // The ordinary lane may have found the head of its queue taken by this one.
      if (turn === 'again') inOrder.wake(chat)
      return turn
    },
  })
  const out = createLanes<TelegramChatId>({ name: 'outbox', signal, log, turn: (chat) => sender.inOrder(chat) })
  const quick = createLanes<TelegramChatId>({ name: 'outbox-quick', signal, log, turn: (chat) => sender.quick(chat) })
  const { voice } = context
  const { api, incoming: folder } = options
  const voices =
    voice === undefined || folder === undefined
      ? undefined
      : openVoiceLanes({ context, voice, folder, signal, download: createDownload(ask, api, signal) })
  const wake = (...lanes: readonly Lanes<TelegramChatId>[]) => {
    return (chat: TelegramChatId): void => {
      for (const lane of lanes) lane.wake(chat)
    }
  }
  return {
    // The lane in order first: when it is idle it takes whatever came, and the other one's look would only stand before it in line.
    inbox: wake(inOrder, urgent),
    outbox: wake(quick, out),
    voice: voices,
    settled: async () => {
      await Promise.all([inOrder, urgent, out, quick, ...(voices === undefined ? [] : [voices])].map((lane) => lane.settled()))
    },
  }
}

/** Wake-ups are hints; what they miss, `sweep` finds. */
async function listen({ db, log }: BotContext, lanes: AllLanes): Promise<() => Promise<void>> {
  const heard = (wake: Wake) => {
    return (payload: string): void => {
      const chat = TelegramChatId.safeParse(Number(payload))
      if (chat.success) wake(chat.data)
    }
  }
  try {
    const { voice } = lanes
    const stops = [
      await db.listen('inbox', heard(lanes.inbox)),
      await db.listen('outbox', heard(lanes.outbox)),
      ...(voice === undefined
        ? []
        : [await db.listen(VOICE_CHANNEL, (id) => voice.hear(id)), await db.listen(VOICE_HEARD_CHANNEL, heard(voice.act))]),
    ]
    return async () => {
      await Promise.all(stops.map((stop) => stop()))
    }
  } catch (error) {
    log.warn({ error: errorText(error) }, 'bot.not-listening')
    return async () => undefined
  }
}

async function listenTo({ db, log }: BotContext, channel: string, wake: Wake): Promise<() => Promise<void>> {
  try {
    return await db.listen(channel, (payload) => {
      const chat = TelegramChatId.safeParse(Number(payload))
      if (chat.success) wake(chat.data)
    })
  } catch (error) {
    log.warn({ error: errorText(error) }, 'bot.not-listening')
    return async () => undefined
  }
}

async function sweep({ sweepMs = SWEEP_MS }: BotOptions, context: BotContext, lanes: AllLanes, term: AbortSignal): Promise<void> {
  const { db, botId, log } = context
  const attend = createAttend(context)
  while (!term.aborted) {
    try {
      await attend()
      for (const { chatId } of await chatsWithInbox(db, botId)) lanes.inbox(chatId)
      await lanes.voice?.sweep()
      for (const { chatId } of [...(await chatsWithOutbox(db, botId)), ...(await chatsWithStaleCards(db, botId))]) lanes.outbox(chatId)
    } catch (error) {
      log.warn({ error: errorText(error) }, 'bot.sweep-failed')
    }
    await sleep(sweepMs, term)
  }
}

/** Beside everything else: a download takes minutes when the line is bad, and nobody waits for it, a stop neither. */
async function fetchFiles({ api, incoming, sweepMs = SWEEP_MS }: BotOptions, context: BotContext, ask: Ask, term: AbortSignal): Promise<void> {
  if (incoming === undefined) return
  const download = createDownload(ask, api, term)
  const uploads = uploadLanes(context, download, incoming, term)
  const silence = await listenTo(context, 'upload', (chat) => uploads.wake(chat))
  while (!term.aborted) {
    try {
      await wakeAll(context, uploads)
      await fetchCheckpoints(context, download, incoming)
    } catch (error) {
      context.log.warn({ error: errorText(error) }, 'bot.fetch-failed')
    }
    await sleep(sweepMs, term)
  }
  await silence()
  await uploads.settled()
}
