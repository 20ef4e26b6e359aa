/** Runs a capability for somebody who asked over Telegram: role and input are checked here, every time, whatever a button or a command says. */
import { LughError } from '#core'
import type { Conversation, Person, Task, Tx } from '#db'
import type { Caller, Capability, TelegramDoor, Way } from '#orchestrator'
import type { BotContext } from './ports.ts'

/** One update being handled: everything is written in `tx`, or nothing. */
export type Handling = {
  readonly tx: Tx
  readonly context: BotContext
  readonly updateId: number
  readonly person: Person
  readonly conversation: Conversation
  /** The task this topic is bound to. */
  readonly topicTask?: Task
  readonly messageId: number
  /** An answer to a card by another way than its buttons. */
  readonly way?: Way
  /** The message that one answers. */
  readonly repliesTo?: number
  /** Whom the command points at. */
  readonly meant?: Caller['meant']
}

export type Acted = { readonly capability: Capability; readonly output: unknown }

/** Who asks, as capabilities see it. The update is the call's key: handled again, it is the same request. */
export function callerOf(handling: Handling): Caller {
  const { person, conversation, context, updateId, messageId, way, repliesTo, meant, topicTask } = handling
  const { id, botId, chatId, threadId, projectId } = conversation
  return {
    personId: person.id,
    role: person.role,
    name: person.name,
    door: way === undefined ? 'telegram' : `telegram ${way}`,
    conversation: { id, botId, chatId, threadId, projectId, ...(topicTask === undefined ? {} : { taskId: topicTask.id }) },
    callKey: `tg:${context.botId}:${updateId}`,
    messageId,
    ...(repliesTo === undefined ? {} : { repliesTo }),
    ...(meant === undefined ? {} : { meant }),
  }
}

/** Does it and answers what came of it. Throws LughErrors worded for the person: `not-found`, `not-allowed`, `input.invalid`, or the act's own. */
export async function actOn(handling: Handling, name: string, input: unknown): Promise<Acted> {
  const { context, tx } = handling
  const { ports, clock, ids, facts, git } = context
  const capability = ports.capabilityByName(name)
  if (capability === undefined || telegramDoor(capability) === undefined)
    throw new LughError('not-found', 'That is no longer possible.', { detail: name })
  const output = await ports.callCapability(capability, { tx, caller: callerOf(handling), clock, ids, facts, git }, input)
  return { capability, output }
}

/** The capability's door to Telegram, or undefined when it has none. */
export function telegramDoor(capability: Capability): TelegramDoor<unknown> | undefined {
  const door = capability.doors.telegram
  return 'none' in door ? undefined : door
}
