/** A voice message, a video message or an audio file has come: it becomes a row to be heard later. Nothing is fetched or paid for here. */
import { LughError } from '#core'
import { insertVoice } from '#db'
import type { Handling } from '../act.ts'
import type { Sound } from '../arrival.ts'
import { MAX_BYTES } from '../download.ts'

const NOT_HERE = 'I cannot hear here. Please write it in words.'

/** Keeps it to be heard. Throws one clear sentence when that would be of no use: nothing to hear with, too large, too long, no money left. */
export async function takeVoice(
  handling: Handling,
  sound: Sound,
  message: { replyTo?: number | undefined; question?: string | undefined; date?: number | undefined },
): Promise<void> {
  const { tx, context, person, conversation: at, updateId, messageId } = handling
  const { voice, clock, ids } = context
  if (voice === undefined) throw new LughError('input.invalid', NOT_HERE)
  const { hearing } = voice
  const problem = hearing.problem() ?? hearing.tooLong(sound.seconds) ?? (await voice.spentToday(tx, context.facts, clock.now()))
  if (problem !== undefined) throw new LughError('input.invalid', problem)
  if (sound.bytes > MAX_BYTES)
    throw new LughError('input.invalid', 'That file is over 20 MB, the most a bot may fetch. Send it in parts, or write it in words.')
  await insertVoice(tx, {
    id: ids.uuid(),
    botId: at.botId,
    updateId,
    chatId: at.chatId,
    threadId: at.threadId,
    personId: person.id,
    messageId,
    replyTo: message.replyTo ?? null,
    question: message.question ?? null,
    saidAt: message.date ?? Math.floor(clock.now().getTime() / 1000),
    telegramFile: sound.file,
    seconds: sound.seconds,
  })
}
