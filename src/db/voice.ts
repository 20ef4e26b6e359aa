/** Rows of `voice`: what a person said, from the update to what came of it. The sound itself lies on the disk and only until it was heard. */
import { BotId, PersonId, TelegramChatId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

export const VOICE_STATES = ['waiting', 'heard', 'asked', 'done', 'cancelled', 'failed'] as const

export const Voice = z.object({
  id: z.string(),
  botId: BotId,
  updateId: z.number(),
  chatId: TelegramChatId,
  threadId: z.number(),
  personId: PersonId,
  messageId: z.number(),
  replyTo: z.number().nullable(),
  /** The question that the message it answers puts. */
  question: z.string().nullable(),
  /** Unix seconds, by Telegram's clock. */
  saidAt: z.number(),
  telegramFile: z.string(),
  seconds: z.number(),
  state: z.enum(VOICE_STATES),
  transcript: z.string().nullable(),
  /** What it was taken for, and by whom; null: still to be understood, or written down by hand since. */
  meant: z.unknown(),
  confirmed: z.boolean(),
  fixed: z.boolean(),
  offer: z.string().nullable(),
  digest: z.string().nullable(),
  failure: z.string().nullable(),
  /** How and when who spoke decided about it, where a card asked. */
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
  attempts: z.number(),
})
export type Voice = z.infer<typeof Voice>

const COLUMNS = `id, bot_id as "botId", update_id as "updateId", chat_id as "chatId", thread_id as "threadId", person_id as "personId", message_id as "messageId",
  reply_to_message_id as "replyTo", question, said_at as "saidAt", telegram_file as "telegramFile", seconds, state, transcript, meant, confirmed, fixed, offer, digest,
  failure, decided_door as "decidedDoor", decided_at as "decidedAt", attempts`

/** The channels that ring for a voice: one to be heard (its id), one to be acted on (its chat). */
export const VOICE_CHANNEL = 'voice'
export const VOICE_HEARD_CHANNEL = 'voice-heard'

export type NewVoice = Pick<
  Voice,
  'id' | 'botId' | 'updateId' | 'chatId' | 'threadId' | 'personId' | 'messageId' | 'replyTo' | 'question' | 'saidAt' | 'telegramFile' | 'seconds'
>

/** Keeps it to be heard, once an update. */
export async function insertVoice(tx: Tx, v: NewVoice): Promise<void> {
  await tx.run(
    `insert into voice (id, bot_id, update_id, chat_id, thread_id, person_id, message_id, reply_to_message_id, said_at, telegram_file, seconds, question, state)
     values ($1::uuid, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::uuid, $7::bigint, $8::bigint, $9::bigint, $10::text, $11::integer, $12::uuid, 'waiting')
     on conflict (bot_id, update_id) do nothing`,
    [v.id, v.botId, v.updateId, v.chatId, v.threadId, v.personId, v.messageId, v.replyTo, v.saidAt, v.telegramFile, v.seconds, v.question],
  )
  await tx.notify(VOICE_CHANNEL, v.id)
}

export function voiceById(sql: Sql, id: string): Promise<Voice | undefined> {
  return sql.row(Voice, `select ${COLUMNS} from voice where id = $1::uuid`, [id])
}

/** Heard, and its meaning still looked for: `v` is the row. */
const UNCLEAR = (v: string): string => `(${v}.state = 'heard' and ${v}.meant is null and not ${v}.fixed)`

const Open = z.object({ id: z.string(), chatId: TelegramChatId, clear: z.boolean() })

/** What is to be heard or understood, or (`clear`) acted on (index voice_open). */
export function openVoices(sql: Sql, botId: BotId): Promise<z.infer<typeof Open>[]> {
  return sql.rows(
    Open,
    `select id, chat_id as "chatId", not (state = 'waiting' or ${UNCLEAR('v')}) as clear from voice v
     where bot_id = $1::bigint and state in ('waiting', 'heard') order by update_id`,
    [botId],
  )
}

export type Meant = { readonly meant: unknown; readonly urgent: boolean }

/**
 * Its words are known (only a waiting one: heard twice is heard once), and what they mean unless that is still to be found out. `urgent`: it
 * need not wait for what was said before it. Answers whether this call did it.
 */
export async function setVoiceHeard(
  tx: Tx,
  { id, chatId }: Pick<Voice, 'id' | 'chatId'>,
  heard: { readonly transcript: string } & Partial<Meant>,
): Promise<boolean> {
  const touched = await tx.run(
    `update voice set state = 'heard', transcript = $2::text, urgent = $3::boolean, meant = $4::jsonb, heard_at = now(), attempts = 0
     where id = $1::uuid and state = 'waiting'`,
    [id, heard.transcript, heard.urgent ?? false, heard.meant === undefined ? null : storableJson(heard.meant)],
  )
  if (touched > 0) await tx.notify(VOICE_HEARD_CHANNEL, String(chatId))
  return touched > 0
}

/** What it means is known, once. Answers whether this call did it. */
export async function setVoiceMeant(tx: Tx, { id, chatId }: Pick<Voice, 'id' | 'chatId'>, { meant, urgent }: Meant): Promise<boolean> {
  const touched = await tx.run(`update voice v set meant = $2::jsonb, urgent = $3::boolean where id = $1::uuid and ${UNCLEAR('v')}`, [
    id,
    storableJson(meant),
    urgent,
  ])
  if (touched > 0) await tx.notify(VOICE_HEARD_CHANNEL, String(chatId))
  return touched > 0
}

/**
 * Claims the next of a chat to act on, for the length of this transaction (index voice_open): in the order in which they were said, so
 * behind what still is to be heard or understood; only an urgent one overtakes.
 */
export function claimHeardVoice(tx: Tx, botId: BotId, chatId: TelegramChatId): Promise<Voice | undefined> {
  return tx.row(
    Voice,
    `select ${COLUMNS} from voice v where bot_id = $1::bigint and chat_id = $2::bigint and state = 'heard' and not ${UNCLEAR('v')}
       and (urgent or not exists (select from voice w where w.bot_id = v.bot_id and w.chat_id = v.chat_id and (w.state = 'waiting' or ${UNCLEAR('w')})
         and w.update_id < v.update_id))
     order by urgent desc, update_id limit 1 for update skip locked`,
    [botId, chatId],
  )
}

/** Claims this very one again, to write down how it ends. */
export function claimThisVoice(tx: Tx, id: string): Promise<Voice | undefined> {
  return tx.row(Voice, `select ${COLUMNS} from voice where id = $1::uuid and state in ('waiting', 'heard') for update skip locked`, [id])
}

/** The end of it, from whatever was open; answers how many. */
export function endVoice(tx: Sql, id: string, state: 'done' | 'failed', failure: string | null = null): Promise<number> {
  return tx.run(
    `update voice set state = $2::text, failure = $3::text, ended_at = now() where id = $1::uuid and state in ('waiting', 'heard', 'asked')`,
    [id, state, failure],
  )
}

/** A card asks about it now. */
export function setVoiceAsked(tx: Sql, id: string, offer: string, digest: string): Promise<number> {
  return tx.run(`update voice set state = 'asked', offer = $2::text, digest = $3::text where id = $1::uuid and state = 'heard'`, [id, offer, digest])
}

/** A person said that it was heard right: it is acted on as shown, if it still is what was shown. Compare-and-set on asked and the digest. */
export async function confirmVoice(tx: Tx, voice: Pick<Voice, 'id' | 'chatId'>, digest: string, door: string): Promise<number> {
  const touched = await tx.run(
    `update voice set state = 'heard', confirmed = true, decided_door = $3::text, decided_at = now() where id = $1::uuid and state = 'asked' and digest = $2::text`,
    [voice.id, digest, door],
  )
  await tx.notify(VOICE_HEARD_CHANNEL, String(voice.chatId))
  return touched
}

/** Who spoke wants nothing of it. Compare-and-set on asked. */
export function cancelVoiceRow(tx: Tx, id: string, door: string): Promise<number> {
  return tx.run(
    `update voice set state = 'cancelled', decided_door = $2::text, decided_at = now(), ended_at = now() where id = $1::uuid and state = 'asked'`,
    [id, door],
  )
}

/** A person wrote down what was said; it is read anew. Compare-and-set on asked. */
export async function fixVoice(tx: Tx, voice: Pick<Voice, 'id' | 'chatId'>, transcript: string, door: string): Promise<number> {
  const touched = await tx.run(
    `update voice set state = 'heard', transcript = $2::text, fixed = true, meant = null, offer = null, digest = null, decided_door = $3::text, decided_at = now()
     where id = $1::uuid and state = 'asked'`,
    [voice.id, transcript, door],
  )
  await tx.notify(VOICE_HEARD_CHANNEL, String(voice.chatId))
  return touched
}

/** One more failed try; answers how many there were. */
export async function countVoiceAttempt(sql: Sql, id: string): Promise<number> {
  const row = await sql.row(z.object({ attempts: z.number() }), `update voice set attempts = attempts + 1 where id = $1::uuid returning attempts`, [
    id,
  ])
  return row?.attempts ?? 0
}

export type VoiceCost = {
  readonly voiceId: string
  readonly transcriber: string
  readonly model: string
  readonly input: number
  readonly output: number
  readonly microUsd: number | null
  readonly countedMicroUsd: number
}

/** What hearing (or understanding) it cost, beside what tasks cost. */
export function insertVoiceCost(tx: Tx, c: VoiceCost): Promise<number> {
  return tx.run(
    `insert into cost (voice_id, engine, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, micro_usd, counted_micro_usd)
     values ($1::uuid, $2::text, $3::text, $4::integer, $5::integer, 0, 0, $6::bigint, $7::bigint)`,
    [c.voiceId, c.transcriber, c.model, c.input, c.output, c.microUsd, c.countedMicroUsd],
  )
}

/** How long what was said stays to be looked at. Its cost stays. */
const VOICE_DAYS = 30

/** Deletes what was said and dealt with long ago; answers how many. */
export function pruneVoices(sql: Sql): Promise<number> {
  return sql.run(`delete from voice where state in ('done', 'cancelled', 'failed') and created_at < now() - $1::integer * interval '1 day'`, [
    VOICE_DAYS,
  ])
}
