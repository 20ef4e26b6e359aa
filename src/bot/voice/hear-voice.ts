/**
 * One voice row, heard: fetched, transcribed, and its words committed together with what they cost; then understood. All of it outside of a
 * transaction, so that nothing waits for it; killed anywhere before a commit that is done again, after it never.
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LughError, crashPoint, cut, errorText, nameHidden, quote, redactKeys } from '#core'
import {
  VOICE_HEARD_CHANNEL,
  claimThisVoice,
  countVoiceAttempt,
  endVoice,
  enqueueDocument,
  enqueueText,
  insertVoiceCost,
  setVoiceHeard,
  setVoiceMeant,
  voiceById,
  type Voice,
} from '#db'
import type { Download } from '../download.ts'
import type { Turn } from '../lanes.ts'
import type { BotContext, VoicePorts } from '../ports.ts'

/** Tries at fetching, a second to two apart (a sweep wakes it before a longer wait is over): most of a minute. */
const TRIES = 25
const WAIT_MS = 2000
/** What stands in the chat and is acted on; nobody dictates more. */
const MAX_TRANSCRIPT = 20_000
/** One message of Telegram, the quote's sign included; what is longer follows as a file. */
const SHOWN = 3500

export type Ears = {
  readonly context: BotContext
  readonly voice: VoicePorts
  readonly download: Download
  /** Where recordings lie until they were heard, under LUGH_HOME. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** Hears one, if it still is to be heard. Never throws for what is wrong with the recording: that is told. */
export async function hearVoice(ears: Ears, id: string): Promise<Turn> {
  const { context, signal } = ears
  const voice = await voiceById(context.db, id)
  if (voice?.state === 'heard') return understandVoice(ears, voice)
  if (voice?.state !== 'waiting') return 'idle'
  const path = join(ears.folder, 'voice', id, 'sound')
  try {
    if (!existsSync(path)) {
      const fetched = await ears.download(voice.telegramFile, path)
      if (!fetched.ok) return await (fetched.again ? later(ears, voice) : fail(ears, voice, fetched.say))
    }
    const { botId, chatId, threadId, seconds } = voice
    const words = await ears.voice.likelyWords(context.db, { botId, chatId, threadId })
    const heard = await ears.voice.hearing.hear({ path, seconds }, { signal, words })
    await keep(ears, voice, heard)
    return 'again'
  } catch (error) {
    if (signal.aborted) return 'idle'
    if (error instanceof LughError && error.code !== 'internal' && !error.code.startsWith('db.')) return fail(ears, voice, error.say)
    context.log.warn({ voice: id, error: errorText(error) }, 'voice.not-heard')
    return later(ears, voice)
  } finally {
    const now = signal.aborted ? undefined : await voiceById(context.db, id)
    if (now !== undefined && now.state !== 'waiting') await rm(dirname(path), { recursive: true, force: true })
  }
}

type Heard = Awaited<ReturnType<VoicePorts['hearing']['hear']>>

/** Words and cost in one transaction: what was paid for is never heard again. */
async function keep({ context, voice: ports }: Ears, voice: Voice, heard: Heard): Promise<void> {
  const transcript = redactKeys(cut(heard.text.trim(), MAX_TRANSCRIPT))
  const rules = ports.understand(transcript)
  const meant = ports.model?.worthAsking(rules, transcript) === true ? {} : meaning('rules', rules)
  crashPoint('voice.before-heard')
  await context.db.tx(async (tx) => {
    if ((await claimThisVoice(tx, voice.id))?.state !== 'waiting') return
    const { usage, model, microUsd, countedMicroUsd } = heard
    await insertVoiceCost(tx, { voiceId: voice.id, transcriber: 'voice', model, input: usage.input, output: usage.output, microUsd, countedMicroUsd })
    await enqueueText(tx, {
      ...place(voice),
      key: `voice:${voice.id}`,
      text: transcript === '' ? NO_WORDS : ['🎤 ', quote(nameHidden(cut(transcript, SHOWN)), true)],
    })
    if (transcript.length > SHOWN)
      await enqueueDocument(tx, { ...place(voice), key: `voice:${voice.id}:whole`, filename: 'transcript.txt', text: transcript })
    if (transcript === '') await endVoice(tx, voice.id, 'failed', 'no words')
    else await setVoiceHeard(tx, voice, { transcript, ...meant })
    if (transcript === '') await tx.notify(VOICE_HEARD_CHANNEL, String(voice.chatId))
  })
  crashPoint('voice.after-heard')
}

/** What the rules did not know is put to a model, beside whatever else is said; without one the rules' guess stands, and a card asks. */
async function understandVoice({ context, voice: ports, signal }: Ears, voice: Voice): Promise<Turn> {
  const { transcript, meant, fixed } = voice
  if (transcript === null || fixed || (meant !== null && meant !== undefined)) return 'idle'
  const rules = ports.understand(transcript)
  const sorted = ports.model?.worthAsking(rules, transcript) === true ? await ports.model.sort(rules, transcript, signal).catch(told) : undefined
  if (signal.aborted) return 'idle'
  crashPoint('voice.before-meant')
  await context.db.tx(async (tx) => {
    if (!(await setVoiceMeant(tx, voice, sorted === undefined ? meaning('rules', rules) : meaning('model', sorted.understood)))) return
    if (sorted === undefined) return
    const { model, usage, microUsd, countedMicroUsd } = sorted.cost
    // What a cache had is part of what was read; its own columns stay nought, as for everything heard.
    const input = usage.input + usage.cacheRead + usage.cacheWrite
    await insertVoiceCost(tx, { voiceId: voice.id, transcriber: 'voice', model, input, output: usage.output, microUsd, countedMicroUsd })
  })
  return 'idle'

  function told(error: unknown): undefined {
    context.log.warn({ voice: voice.id, error: errorText(error) }, 'voice.not-sorted')
  }
}

type Understood = ReturnType<VoicePorts['understand']>

/** What is kept of it. Only a stop that is beyond doubt goes before what was said earlier. */
function meaning(by: 'rules' | 'model', understood: Understood): { meant: unknown; urgent: boolean } {
  return { meant: { by, ...understood }, urgent: understood.intent === 'stop' && understood.confidence === 1 }
}

const NO_WORDS = '🎤 I heard no words in that. Say it again, closer to the phone, or write it.'

async function later(ears: Ears, voice: Voice): Promise<Turn> {
  const attempts = await countVoiceAttempt(ears.context.db, voice.id)
  if (attempts < TRIES) return { waitMs: WAIT_MS }
  return fail(ears, voice, 'I could not get at that recording. Send it again, or write it in words.')
}

/** It ends here, and the person is told why; what was said after it goes on. */
async function fail({ context }: Ears, voice: Voice, say: string): Promise<Turn> {
  await context.db.tx(async (tx) => {
    if ((await endVoice(tx, voice.id, 'failed', say)) === 0) return
    await enqueueText(tx, { ...place(voice), key: `voice:${voice.id}`, text: `🎤 ${say}` })
    await tx.notify(VOICE_HEARD_CHANNEL, String(voice.chatId))
  })
  return 'idle'
}

function place({ botId, chatId, threadId, messageId }: Voice): { botId: Voice['botId']; chatId: Voice['chatId']; threadId: number; replyTo: number } {
  return { botId, chatId, threadId, replyTo: messageId }
}
