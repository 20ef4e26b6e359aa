/** The lines of work of what was said: heard side by side, acted on one after the other in each chat. Keeps nothing that rows do not hold. */
import type { TelegramChatId } from '#core'
import { openVoices } from '#db'
import { createLanes } from '../lanes.ts'
import { actOnNextVoice } from './act-on-voice.ts'
import { hearVoice, type Ears } from './hear-voice.ts'

export type VoiceLanes = {
  /** Something to be heard may have come. */
  readonly hear: (id: string) => void
  /** Something heard may wait in this chat. */
  readonly act: (chat: TelegramChatId) => void
  /** Finds what lost wake-ups missed. */
  sweep(): Promise<void>
  settled(): Promise<void>
}

/** Opens them; they end with the signal. */
export function openVoiceLanes(ears: Ears): VoiceLanes {
  const { context, voice, signal } = ears
  const { log, db, botId } = context
  const hearing = createLanes<string>({ name: 'voice', signal, log, turn: (id) => hearVoice(ears, id) })
  const acting = createLanes<TelegramChatId>({ name: 'voice-heard', signal, log, turn: (chat) => actOnNextVoice(context, voice, chat) })
  return {
    hear: (id) => {
      // An empty payload says only that something may have been missed; the sweep looks.
      if (id !== '') hearing.wake(id)
    },
    act: (chat) => acting.wake(chat),
    sweep: async () => {
      for (const { id, chatId, clear } of await openVoices(db, botId))
        if (clear) acting.wake(chatId)
        else hearing.wake(id)
    },
    settled: async () => {
      await Promise.all([hearing.settled(), acting.settled()])
    },
  }
}
