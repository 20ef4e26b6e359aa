/**
 * A bot between a simulated Telegram and a real store, with a small registry of its own: every act of its capabilities is a row of
 * `effect`, so that a test can count what really happened.
 */
import { LughError, randomIds, systemClock, type Clock, type Text } from '#core'
import { createBot, admitUsers, type Bot, type BotOptions, type BotPorts } from '#bot'
import { postCard, touchCards, type Store } from '#db'
import { createPainter } from '#media'
import { createPerson, startSimulator, YOU, type Simulator, type SimulatorOptions } from '#simulator'
import { vi } from 'vitest'
import { z } from 'zod'
import { answerTo, meaningOfEmoji, meaningOfWords } from '../../src/orchestrator/answers.ts'
import { callCapability } from '../../src/orchestrator/call-capability.ts'
import { capability, type Act, type Capability } from '../../src/orchestrator/capability.ts'
import type { CardContent } from '../../src/orchestrator/card.ts'
import { watchDriven } from './driven.ts'
import { FACTS, NO_GIT } from './no-git.ts'
import { BESIDE, heardLog, type HeardLog } from './stores.ts'

export const OTHER = { id: 1002, firstName: 'Other', username: 'other' } as const
export const STRANGER = { id: 1003, firstName: 'Stranger', username: 'stranger' } as const

/** Nobody waits for Telegram's own limits here. */
export const NO_LIMITS = { chatPerSecond: 1e6, chatBurst: 1e6, groupPerMinute: 1e6, overallPerSecond: 1e6, editMs: 0, groupEditMs: 0 }

const Effect = z.object({ callKey: z.string(), what: z.string() })
export type Effect = z.infer<typeof Effect>

const NOTHING = { none: 'a test has no console' }
const EVERYBODY = ['owner', 'approver', 'member', 'viewer'] as const

async function effect(act: Act, what: string): Promise<void> {
  await act.tx.run(`insert into ${BESIDE}.effect (call_key, what) values ($1::text, $2::text)`, [act.caller.callKey, what])
}

const Decision = z.object({ state: z.string(), by: z.string().nullable() })

/** Lets a test make an act go wrong: called with what is about to happen, inside the transaction, after its effect. */
export type Trouble = (what: string) => Promise<void> | void

function registry(trouble: Trouble): Capability[] {
  const wish = capability({
    name: 'assign_task',
    describe: 'Start a task.',
    input: z.object({ wish: z.string().max(5000) }),
    output: z.object({ wish: z.string() }),
    kind: 'request',
    may: EVERYBODY,
    doors: { telegram: { command: 'new', menu: true, parse: (wish: string) => ({ wish }) }, cli: NOTHING, mcp: NOTHING },
    act: async (act, input) => {
      await effect(act, `wish ${input.wish}`)
      await trouble(`wish ${input.wish}`)
      return input
    },
    say: (output): Text => `Task: ${output.wish}`,
  })
  const ask = capability({
    name: 'ask_approval',
    describe: 'Post a card that asks.',
    input: z.object({ id: z.string() }),
    output: z.object({}),
    kind: 'request',
    may: EVERYBODY,
    doors: { telegram: { command: 'ask', menu: true, parse: (id: string) => ({ id }) }, cli: NOTHING, mcp: NOTHING },
    act: async (act, { id }) => {
      const here = act.caller.conversation
      if (here === undefined) throw new LughError('internal', 'nowhere')
      await act.tx.run(`insert into ${BESIDE}.decision (id, state) values ($1::text, 'pending')`, [id])
      await postCard(act.tx, { ...here, id: act.ids.uuid(), kind: 'approval', subjectId: id, loud: true })
      return {}
    },
    say: () => undefined,
  })
  const decide = capability({
    name: 'decide_approval',
    describe: 'Allow or deny.',
    input: z.object({ id: z.string(), allow: z.boolean(), comment: z.string().optional() }),
    output: z.object({ state: z.string() }),
    kind: 'decide',
    may: ['owner', 'approver'],
    doors: { telegram: {}, cli: NOTHING, mcp: NOTHING },
    act: async (act, { id, allow, comment }) => {
      const state = allow ? 'allowed' : 'denied'
      const won = await act.tx.run(`update ${BESIDE}.decision set state = $2::text, by = $3::text where id = $1::text and state = 'pending'`, [
        id,
        state,
        act.caller.name,
      ])
      const now = await act.tx.row(Decision, `select state, by from ${BESIDE}.decision where id = $1::text`, [id])
      if (won === 0) throw new LughError('conflict', `Already ${now?.state ?? 'gone'} by ${now?.by ?? 'nobody'}.`)
      await effect(act, `${state} ${id}${comment === undefined ? '' : ` because ${comment}`}`)
      await touchCards(act.tx, { kind: 'approval', subjectId: id })
      return { state }
    },
    say: () => undefined,
    toast: (output) => `You ${output.state} it.`,
  })
  const stop = capability({
    name: 'stop_task',
    describe: 'Stop.',
    input: z.object({}),
    output: z.object({}),
    kind: 'request',
    may: EVERYBODY,
    doors: { telegram: { command: 'stop', menu: true, parse: () => ({}) }, cli: NOTHING, mcp: NOTHING },
    act: async (act) => {
      await effect(act, 'stop')
      return {}
    },
    say: () => 'Stopped.',
    toast: () => 'Stopped.',
  })
  const start = capability({
    name: 'start',
    describe: 'Greet.',
    input: z.object({}),
    output: z.object({ name: z.string() }),
    kind: 'read',
    may: EVERYBODY,
    doors: { telegram: { command: 'start' }, cli: NOTHING, mcp: NOTHING },
    act: async (act) => ({ name: act.caller.name }),
    say: (output) => `Welcome, ${output.name}.`,
  })
  const amend = capability({
    name: 'amend',
    describe: 'An edited message.',
    input: z.object({ text: z.string() }),
    output: z.object({ text: z.string() }),
    kind: 'request',
    may: EVERYBODY,
    doors: { telegram: {}, cli: NOTHING, mcp: NOTHING },
    act: async (act, input) => {
      await effect(act, `amend ${input.text} of ${act.caller.messageId ?? '?'}`)
      return input
    },
    say: (output): Text => `Amended: ${output.text}`,
  })
  return [wish, ask, decide, stop, start, amend]
}

/** What the approval card shows of its row. */
async function approvalCard(sql: Parameters<BotPorts['renderCard']>[0], subjectId: string): Promise<CardContent | undefined> {
  const row = await sql.row(Decision, `select state, by from ${BESIDE}.decision where id = $1::text`, [subjectId])
  if (row === undefined) return undefined
  if (row.state !== 'pending') return { text: `🟠 Run command ${subjectId}\n${row.state} by ${row.by ?? ''}`, buttons: [] }
  const button = (label: string, allow: boolean) => ({ label, capability: 'decide_approval', input: { id: subjectId, allow } })
  return {
    text: `🟠 Run command ${subjectId}\npnpm test`,
    buttons: [
      [button('✅ Allow once', true), button('❌ Deny', false)],
      [{ ...button('✏️ Change', false), ask: { field: 'comment', prompt: 'What shall be different?' } }],
      [{ label: '⏹ Stop', capability: 'stop_task', input: {} }],
    ],
  }
}

type Real = { readonly capabilities: readonly Capability[]; readonly renderCard: BotPorts['renderCard']; readonly wordsFor?: BotPorts['wordsFor'] }

function portsOf(capabilities: readonly Capability[], real?: Real): BotPorts {
  const commandOf = (command: string) => capabilities.find(({ doors }) => 'command' in doors.telegram && doors.telegram.command === command)
  return {
    capabilities,
    capabilityByName: (name) => capabilities.find((one) => one.name === name),
    resolveCommand: (command, words) => {
      const found = commandOf(command)
      return found === undefined ? undefined : { capability: found, words }
    },
    nearestCommands: (command) => (command.startsWith('st') ? ['stop', 'start'] : []),
    answerTo,
    meaningOfEmoji,
    meaningOfWords,
    wordsFor:
      real?.wordsFor ??
      (({ text, card }) =>
        card === undefined
          ? { capability: 'assign_task', input: { wish: text } }
          : { capability: 'assign_task', input: { wish: `on ${card.kind} ${card.subjectId}: ${text}` } }),
    callCapability,
    renderCard: (sql, facts, kind, subjectId) =>
      kind === 'approval' ? approvalCard(sql, subjectId) : (real?.renderCard(sql, facts, kind, subjectId) ?? Promise.resolve(undefined)),
  }
}

export type BotWorld = {
  db: Store
  simulator: Simulator
  log: HeardLog
  ports: BotPorts
  /** A bot on this store; started by the caller, stopped by `close`. */
  bot(options?: Partial<BotOptions>): Bot
  readonly person: (id?: number, chatId?: number, threadId?: number) => ReturnType<typeof createPerson>
  effects(): Promise<Effect[]>
  /** Resolves when every update is handled and everything queued has left. */
  settled(): Promise<void>
  /** How many rows a query counts. */
  count(query: string): Promise<number>
  close(): Promise<void>
}

const TABLES = [
  `create schema if not exists ${BESIDE}`,
  `create table if not exists ${BESIDE}.effect (id bigint generated always as identity, call_key text not null, what text not null)`,
  `create table if not exists ${BESIDE}.decision (id text primary key, state text not null, by text)`,
]

/** Lays the tables, lists the given people (the first the owner; none: nobody) and starts the simulator. */
export async function botWorld(
  db: Store,
  options: {
    listed?: readonly number[]
    simulator?: SimulatorOptions
    trouble?: Trouble
    clock?: Clock
    /** Real capabilities before the small ones, what draws their cards, and what words mean. */
    real?: Real
  } = {},
): Promise<BotWorld> {
  for (const table of TABLES) await db.run(table)
  await db.tx((tx) => admitUsers(tx, options.listed ?? [YOU.id, OTHER.id], randomIds))
  const simulator = await startSimulator({ limits: false, users: [YOU, OTHER, STRANGER], ...options.simulator })
  const writeDown = watchDriven(simulator.world, ({ text }) => options.real !== undefined && !text.startsWith('🟠 Run command'))
  const log = heardLog()
  const ports = portsOf([...(options.real?.capabilities ?? []), ...registry(options.trouble ?? (() => undefined))], options.real)
  const bots: Bot[] = []
  const count = async (query: string): Promise<number> =>
    (await db.row(z.object({ n: z.number() }), `select count(*)::integer as n from ${query}`))?.n ?? 0
  const people: ReturnType<typeof createPerson>[] = []
  return {
    db,
    simulator,
    log,
    ports,
    bot(more = {}) {
      const made = createBot({
        db,
        ports,
        log,
        facts: FACTS,
        git: NO_GIT,
        clock: options.clock ?? systemClock,
        ids: randomIds,
        painter: createPainter(),
        api: { token: simulator.botToken, apiRoot: simulator.apiRoot },
        limits: NO_LIMITS,
        backoffMs: 5,
        ...more,
      })
      bots.push(made)
      return made
    },
    person(id = YOU.id, chatId = id, threadId) {
      const made = createPerson(simulator.world, { id, chatId, ...(threadId === undefined ? {} : { threadId }) })
      people.push(made)
      return made
    },
    effects: () => db.rows(Effect, `select call_key as "callKey", what from ${BESIDE}.effect order by id`),
    count,
    settled: () =>
      vi.waitFor(
        async () => {
          const open = {
            inbox: await count(`inbox where state = 'received'`),
            outbox: await count(`outbox where state in ('pending', 'sending')`),
            cards: await count(`card where version > shown_version`),
          }
          if (open.inbox + open.outbox + open.cards > 0) throw new Error(`still open: ${JSON.stringify(open)}`)
        },
        { timeout: 60_000, interval: 20 },
      ),
    async close() {
      for (const person of people) person.leave()
      await Promise.all(bots.map((bot) => bot.stop()))
      await simulator.close()
      writeDown()
    },
  }
}
