/** What the bot needs from outside: the capabilities and the cards, handed over by the composition root. The bot itself knows nothing of tasks. */
import type { BotId, Clock, Ids, TelegramChatId } from '#core'
import type { Db, Sql } from '#db'
import type { Hearing, Painter } from '#media'
import type { Act, AnswerMeaning, Capability, CardContent, Facts, Key, Offered, Place, Sorted, Spoken, Understood, Verdict, Way } from '#orchestrator'

/** What somebody said, the card it answers, and the number of the task that card or message is about, if any. */
export type Said = { readonly text: string; readonly card?: { readonly kind: string; readonly subjectId: string }; readonly taskNumber?: number }

/** The orchestrator's own functions of these names; see there. */
export interface BotPorts {
  readonly capabilities: readonly Capability[]
  capabilityByName(name: string): Capability | undefined
  /** The command word without its slash, and what follows it → the capability and the words left for it. */
  resolveCommand(command: string, words: string): { readonly capability: Capability; readonly words: string } | undefined
  /** The commands most like a mistyped one, nearest first; none when nothing is near. */
  nearestCommands(command: string): readonly string[]
  /** Which capability free words mean. */
  wordsFor(said: Said): { readonly capability: string; readonly input: unknown }
  /** The one table of what an answer to a card does, and what reactions and listed words mean. */
  answerTo(
    card: { readonly kind: string; readonly keys: readonly Key[]; readonly subject?: string; readonly task?: number | undefined },
    meaning: AnswerMeaning,
    way: Way,
  ): Verdict
  meaningOfEmoji(emoji: string): AnswerMeaning | undefined
  meaningOfWords(text: string): AnswerMeaning | undefined
  callCapability(capability: Capability, act: Act, input: unknown): Promise<unknown>
  /** What a card shows now, from rows; undefined when its subject is gone. */
  renderCard(sql: Sql, facts: Facts, kind: string, subjectId: string): Promise<CardContent | undefined>
}

/** What voice messages need: something that hears, and the orchestrator's own functions of these names. */
export interface VoicePorts {
  readonly hearing: Hearing
  /** What a sentence means by the rules alone. */
  understand(text: string): Understood
  /** The same by a model, where the rules do not know and it is worth asking; throws when nobody can be asked. Absent: the rules alone. */
  readonly model?: {
    worthAsking(rules: Understood, text: string): boolean
    sort(rules: Understood, text: string, signal: AbortSignal): Promise<Sorted>
  }
  /** What was kept of that, as it was kept; undefined for what is nothing of the kind. */
  meantOf(kept: unknown): Understood | undefined
  /** What is to be done for a spoken sentence; reads rows only. */
  deedOf(sql: Sql, place: Place, spoken: Spoken): Promise<Offered>
  /** Names that are likely to be said there: of projects, agents, tasks, files. */
  likelyWords(sql: Sql, at: { readonly botId: BotId; readonly chatId: TelegramChatId; readonly threadId: number }): Promise<readonly string[]>
  /** A sentence when the day's budget is used up. */
  spentToday(sql: Sql, facts: Facts, now: Date): Promise<string | undefined>
}

/** A logger: fields first, then the event's name. Never given content of a message, or a token. */
export type BotLog = {
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
}

/** What most of the bot's functions take. */
export type BotContext = {
  readonly db: Db
  readonly botId: BotId
  readonly ports: BotPorts
  readonly facts: Facts
  readonly git: Act['git']
  readonly clock: Clock
  readonly ids: Ids
  readonly log: BotLog
  /** Absent: nothing can be heard. */
  readonly voice?: VoicePorts | undefined
  readonly painter: Painter
}
