/**
 * A capability is one thing Lugh can do, in one file: its schema, who may, what it does, what it answers, and how each
 * door offers it. The doors are generated from the registry; nothing is offered that is not in it.
 */
import type { BotId, Clock, ConversationId, Ids, Mode, PersonId, ProjectId, Role, TaskId, TelegramChatId, Text } from '#core'
import type { Tx } from '#db'
import type { EngineFace } from '#engines'
import type { Git } from '#git'
import type { Prices } from '#models'
import type { z } from 'zod'
import type { Way } from './answers.ts'

/** Who asks, and through which door. */
export type Caller = {
  readonly personId: PersonId
  readonly role: Role
  readonly name: string
  /** By Telegram's buttons and commands, or an answer to a card by another way. */
  readonly door: 'telegram' | `telegram ${Way}` | 'cli' | 'mcp'
  /** The token a program speaks with, and the only projects it may know of; absent: all. */
  readonly token?: { readonly key: string; readonly projects?: readonly ProjectId[] }
  /** Where the person is speaking, when there is such a place: answers, task cards and the current project belong to it. */
  readonly conversation?: {
    readonly id: ConversationId
    readonly botId: BotId
    readonly chatId: TelegramChatId
    readonly threadId: number
    readonly projectId: ProjectId | null
    /** The task this topic is bound to. */
    readonly taskId?: TaskId
  }
  /** Makes a request idempotent: the same key asks for the same thing once (`tg:<bot>:<update>`, `cli:<uuid>`). */
  readonly callKey: string
  /** The message that asked, so that answers can reply to it. */
  readonly messageId?: number
  /** The message that one answers. */
  readonly repliesTo?: number
  /** Whom a command points at: who wrote what it answers, or is mentioned. They need not be listed. */
  readonly meant?: { readonly id: number; readonly name: string; readonly isBot: boolean } | undefined
}

export type Act = { readonly tx: Tx; readonly caller: Caller; readonly clock: Clock; readonly ids: Ids; readonly facts: Facts; readonly git: Git }

/** What a capability may know about the running Lugh besides rows. Frozen at start; what can change is asked for by a call. */
export type Facts = {
  readonly version: string
  /** The id of this LUGH_HOME. */
  readonly home: string
  readonly store: 'embedded' | 'server'
  /** The installation's engine. */
  readonly engine: string
  readonly engines: ReadonlyMap<string, EngineFacts>
  /** The model that is used when nobody chose one; absent where only the server knows what it has. */
  readonly model?: string
  readonly mode: Mode
  /** How diffs are shown; `off`: as text. */
  readonly pictures: 'dark' | 'light' | 'off'
  readonly label?: string
  readonly sandbox: string
  /** Why the installation's engine cannot work right now; answers undefined when it can. */
  readonly engineProblem?: () => string | undefined
  /** Secrets that were changed since the start. Not `used`: only the next start takes it up. */
  readonly secretChanges?: () => readonly { readonly name: string; readonly at: Date; readonly used: boolean }[]
  readonly taskBudgetMicroUsd?: number
  readonly dailyBudgetMicroUsd?: number
  /** What a task may do before it pauses, where the installation says otherwise. */
  readonly caps?: { readonly turns?: number; readonly ms?: number; readonly tokens?: number }
  readonly prices: Prices
  readonly simulated: boolean
}

/** An engine as a capability sees it: it chooses, it never asks a model. */
export type EngineFacts = Pick<EngineFace, 'name' | 'defaultModel' | 'available'> & {
  /** A program of its own, which keeps its own memory; `asks`: whether it asks before it acts. Absent: a built-in engine. */
  readonly own?: { readonly asks: boolean }
  /** The models it offers, as last heard; empty when it was not asked yet or did not say. Never waits. */
  readonly known: () => readonly string[]
}

/** The message a person said something in, for rows that an edit of it shall find. */
export function saidIn({ caller }: Act): { conversationId?: ConversationId; messageId?: number } {
  if (caller.conversation === undefined || caller.messageId === undefined) return {}
  return { conversationId: caller.conversation.id, messageId: caller.messageId }
}

/** How Telegram offers it: a slash command, and/or only buttons on cards. */
export type TelegramDoor<I> = {
  /** Without the slash; absent: reached by buttons or replies only. */
  readonly command?: string
  /** The command menu's line (shown when `menu`). */
  readonly menu?: boolean
  /** Usage and an example, for `/help command`. */
  readonly usage?: string
  readonly example?: string
  /** The words after the command → input. A thrown LughError `input.invalid` is shown as is. */
  readonly parse?: (words: string, caller: Caller) => I
}
export type CliDoor<I> = {
  readonly verb: string
  readonly usage: string
  readonly parse: (argv: readonly string[]) => I
}
/** How programs are offered it: a tool of the MCP server, its arguments and answer made from the schemas. */
export type McpDoor<O> = {
  /** The tool's name, where it is not the capability's. */
  readonly tool?: string
  /** Arguments of a good call, shown to the model that chooses. */
  readonly example?: Readonly<Record<string, unknown>>
  /** What a model must know beyond the one line of the capability. */
  readonly note?: string
  /** It takes away what cannot be had back by asking for the contrary. */
  readonly destroys?: true
  /** What the token must hold, where the kind does not say it: `read`, `request`, or `approve` for what decides. */
  readonly scope?: 'request' | 'admin'
  /** It concerns every project: refused to a token that is limited to some. */
  readonly installation?: true
  /** The answer in words says everything; the object is not repeated as text. */
  readonly sayIsWhole?: true
  /** Asked again, whenever its task moves, until `done` or the time is over. `step`: what is told meanwhile. */
  readonly wait?: { readonly done: (output: O) => boolean; readonly step: (output: O) => string }
}
/** Where a door makes no sense, the field says why. */
export type NoDoor = { readonly none: string }

export type Capability<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = {
  readonly name: string
  readonly describe: string
  readonly input: I
  readonly output: O
  /** `read` changes nothing, `request` asks for work, `decide` answers an approval, a review or a question. */
  readonly kind: 'read' | 'request' | 'decide'
  /** The roles that may. */
  readonly may: readonly Role[]
  readonly doors: {
    readonly telegram: TelegramDoor<z.output<I>> | NoDoor
    readonly cli: CliDoor<z.output<I>> | NoDoor
    readonly mcp: McpDoor<z.output<O>> | NoDoor
  }
  /** Does it, inside the caller's transaction. Expected refusals are LughErrors with a sentence; unexpected ones pass. */
  readonly act: (act: Act, input: z.output<I>) => Promise<z.output<O>>
  /** The answer in words; `undefined` when a card says it already. */
  readonly say: (output: z.output<O>) => Text | undefined
  /** A short toast for a button press (Telegram's callback answer, at most 200 characters). */
  readonly toast?: (output: z.output<O>) => string
}

/** Keeps the types of one capability's schemas together. */
export function capability<I extends z.ZodType, O extends z.ZodType>(definition: Capability<I, O>): Capability<I, O> {
  return definition
}
