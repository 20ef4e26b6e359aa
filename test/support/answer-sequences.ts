/**
 * Any sequence of asking, showing, tapping, reacting, replying, editing, other people, strangers, expiry, redelivery, crashes and restarts,
 * through the real inbox, bot, table and capabilities. What is held: a command is allowed or denied only by somebody who may, looking at a
 * card that showed just that, with the button that says so, while it was asked; and whoever does that properly is heard.
 */
import { BotId, CardId, ProjectId, RunId, TaskId, TelegramChatId, TelegramUserId, randomIds, type Role } from '#core'
import {
  approvalOfCall,
  cardById,
  claimUpdate,
  conversationAt,
  insertProject,
  insertRun,
  insertTask,
  nextTaskNumber,
  loseCardMessage,
  postCard,
  savePerson,
  setCardMessage,
  setCardShown,
  withdrawAsked,
  type Approval,
  type ShownKey,
  type Store,
} from '#db'
import { createPainter } from '#media'
import * as orchestrator from '#orchestrator'
import fc from 'fast-check'
import { expect } from 'vitest'
import { drawCard } from '../../src/bot/draw-card.ts'
import { handleNext } from '../../src/bot/handle-update.ts'
import type { BotContext } from '../../src/bot/ports.ts'
import { storeUpdates } from '../../src/bot/receive.ts'
import { verdictOn } from '../../src/orchestrator/ask-approval.ts'
import { FACTS, NO_GIT } from './no-git.ts'
import { sideBySide } from './side-by-side.ts'
import { heardLog } from './stores.ts'

/** Of the first of those that play side by side; each has a bot of its own, so that nobody takes another's update. */
const FIRST_BOT = 7_000_000_001
const PEOPLE = { owner: 1001, approver: 1002, member: 1003, viewer: 1004 } as const
const ROLES = ['owner', 'approver', 'member', 'viewer'] as const
const STRANGER = 2001
/** The second can delete: a 👍 alone never runs it. */
const COMMANDS = ['node build.mjs', 'rm -rf build'] as const
const DESTRUCTIVE = 1
const EMOJI = ['👍', '👎', '🤔', '👀', '✍', '❤'] as const
const WORDS = ['yes', 'OK', 'approve', '👍', 'no', 'deny', 'why', 'later', 'yes please', 'stop it'] as const

/** `old`: what the person sees is this many screens behind; `same`: within the second in which the card changed. */
type Look = { who: Role; old: number; same: boolean }
type Step =
  | { do: 'ask'; command: number }
  | { do: 'show' | 'lose'; who: Role }
  | ({ do: 'tap'; allow: boolean } & Look)
  | ({ do: 'react'; emoji: string } & Look)
  | ({ do: 'reply'; word: string } & Look)
  | { do: 'loose'; who: Role; word: string }
  | { do: 'unreact' | 'edit'; who: Role }
  | { do: 'stranger'; how: 'tap' | 'react' | 'reply' | 'edit' }
  | { do: 'expire' | 'withdraw' | 'redeliver' | 'crash' | 'restart' }

const who = fc.constantFrom(...ROLES)
const look = { who, old: fc.constantFrom(0, 0, 0, 1, 2), same: fc.boolean() }
const kind = <K extends string>(name: K) => fc.constant(name)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: kind('ask'), command: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ do: kind('show'), who }) },
  { weight: 1, arbitrary: fc.record({ do: kind('lose'), who }) },
  { weight: 3, arbitrary: fc.record({ do: kind('tap'), allow: fc.boolean(), ...look }) },
  { weight: 5, arbitrary: fc.record({ do: kind('react'), emoji: fc.constantFrom(...EMOJI), ...look }) },
  { weight: 5, arbitrary: fc.record({ do: kind('reply'), word: fc.constantFrom(...WORDS), ...look }) },
  { weight: 1, arbitrary: fc.record({ do: kind('loose'), who, word: fc.constantFrom('yes', 'approve', '👍') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('unreact' as const, 'edit' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: kind('stranger'), how: fc.constantFrom('tap' as const, 'react' as const, 'reply' as const, 'edit' as const) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('expire' as const, 'withdraw' as const, 'redeliver' as const, 'crash' as const, 'restart' as const) }),
  },
)
/** Something is asked and shown first, or most sequences would be about nothing. */
const steps = fc
  .tuple(fc.integer({ min: 0, max: 1 }), fc.subarray([...ROLES], { minLength: 2 }), fc.array(step, { minLength: 1, maxLength: 12 }))
  .map(([command, first, more]): Step[] => [{ do: 'ask', command }, ...first.map((who) => ({ do: 'show' as const, who })), ...more])

/** What one person's phone showed from a moment on. */
type Screen = { messageId: number; at: number; keys: readonly ShownKey[]; command: string }

/** Runs that many sequences; answers how many answers were applied, and how many given. Throws with the shortest counter-example. */
export async function playAnswers(db: Store, runs: number, seed: number | undefined): Promise<{ given: number; applied: number }> {
  const world = await layWorld(db)
  const tally = { given: 0, applied: 0 }
  await sideBySide(db, runs, seed, (player) =>
    fc.asyncProperty(steps, async (all) => {
      const scene = await newScene(db, world, tally, BotId.parse(FIRST_BOT + player))
      for (const one of all) await play(scene, one)
    }),
  )
  return tally
}

type World = { projectId: ProjectId; owner: Awaited<ReturnType<typeof savePerson>>; next: () => number }

async function layWorld(db: Store): Promise<World> {
  const projectId = ProjectId.parse(randomIds.uuid())
  await db.tx((tx) =>
    insertProject(tx, { id: projectId, home: 'test', name: 'shop', kind: 'path', location: '/shop', sample: false, conversationId: null }),
  )
  const saved = new Map<Role, Awaited<ReturnType<typeof savePerson>>>()
  for (const role of ROLES)
    saved.set(role, await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(PEOPLE[role]), name: role, role }))
  let number = 0
  return { projectId, owner: saved.get('owner'), next: () => (number += 1) }
}

type Scene = {
  db: Store
  botId: BotId
  context: BotContext
  tally: { given: number; applied: number }
  next: () => number
  task: NonNullable<Awaited<ReturnType<typeof insertTask>>>
  runId: RunId
  cards: Map<Role, CardId>
  screens: Map<Role, Screen[]>
  /** Seconds of Telegram's clock. */
  now: number
  last: { role: Role | undefined; update: object } | undefined
  replies: Map<Role, number>
  crash: { armed: boolean }
}

async function newScene(db: Store, { projectId, owner, next }: World, tally: Scene['tally'], botId: BotId): Promise<Scene> {
  const id = TaskId.parse(randomIds.uuid())
  const runId = RunId.parse(randomIds.uuid())
  const task = await db.tx(async (tx) => {
    // Words that answer nothing become tasks of their own, and take the next number.
    const number = await nextTaskNumber(tx)
    const made = await insertTask(tx, {
      id,
      number,
      projectId,
      agentId: null,
      conversationId: null,
      personId: owner?.id ?? randomPerson(),
      title: 't',
      wish: 't',
      mode: null,
      branch: `lugh/t${number}`,
      callKey: id,
      replyToMessageId: null,
    })
    await insertRun(tx, { id: runId, taskId: id, agentId: null, engine: 'none', model: 'none', fence: 1 })
    return made
  })
  if (task === undefined) throw new Error('no task')
  const crash = { armed: false }
  const scene = {
    db,
    botId,
    tally,
    next,
    task,
    runId,
    cards: new Map(),
    screens: new Map(),
    now: 1_800_000_000,
    last: undefined,
    replies: new Map(),
    crash,
  }
  return { ...scene, context: contextOf(scene) }
}

function randomPerson(): never {
  throw new Error('no owner')
}

/** A bot of its own, as after a start; an armed crash undoes the next act once, as a kill before the commit would. */
function contextOf({ db, botId, crash }: Pick<Scene, 'db' | 'botId' | 'crash'>): BotContext {
  const { capabilities, capabilityByName, resolveCommand, renderCard, wordsFor, nearestCommands, answerTo, meaningOfEmoji, meaningOfWords } =
    orchestrator
  const callCapability: BotContext['ports']['callCapability'] = async (...call) => {
    const output = await orchestrator.callCapability(...call)
    if (crash.armed) {
      crash.armed = false
      throw new Error('killed')
    }
    return output
  }
  const table = { answerTo, meaningOfEmoji, meaningOfWords }
  const ports = { capabilities, callCapability, capabilityByName, resolveCommand, renderCard, wordsFor, nearestCommands, ...table }
  return {
    db,
    botId,
    ports,
    facts: FACTS,
    git: NO_GIT,
    clock: { now: () => new Date() },
    ids: randomIds,
    log: heardLog(),
    painter: createPainter(),
  }
}

const approval = ({ db, task }: Scene): Promise<Approval | undefined> => approvalOfCall(db, task.id, 'c0')

async function play(scene: Scene, one: Step): Promise<void> {
  scene.now += 2
  switch (one.do) {
    case 'ask':
      return ask(scene, one.command)
    case 'show':
      return show(scene, one.who)
    case 'lose':
      return lose(scene, one.who)
    case 'tap':
    case 'react':
    case 'reply':
      return answer(scene, one)
    case 'loose':
      return never(scene, one.who, 'message', { ...message(scene, one.who), text: one.word })
    case 'unreact':
      return unreact(scene, one.who)
    case 'edit':
      return edit(scene, one.who)
    case 'stranger':
      return stranger(scene, one.how)
    case 'redeliver':
      return redeliver(scene)
    case 'crash':
      scene.crash.armed = true
      return
    case 'restart':
      scene.context = contextOf(scene)
      return
    case 'withdraw':
      await scene.db.tx((tx) => withdrawAsked(tx, scene.task.id))
      return
    case 'expire':
      await scene.db.run(`update approval set state = 'expired' where task_id = $1::uuid and state = 'pending'`, [scene.task.id])
      return
    default:
      one satisfies never
  }
}

async function ask(scene: Scene, command: number): Promise<void> {
  const action = { tool: 'run_command', command: COMMANDS[command] ?? '', cwd: '/w' } as const
  await scene.db.tx((tx) =>
    verdictOn({ ids: randomIds }, tx, scene.task, {
      callId: 'c0',
      runId: scene.runId,
      action,
      why: 'because',
      risk: String(scene.task.number),
      binding: {},
    }),
  )
}

/** The sender's turn in one person's chat: the card is posted, or brought up to date. */
async function show(scene: Scene, who: Role): Promise<void> {
  const asked = await approval(scene)
  if (asked === undefined) return
  const { db, context } = scene
  const place = { botId: scene.botId, chatId: TelegramChatId.parse(PEOPLE[who]), threadId: 0 }
  const id = await db.tx(async (tx) => {
    await conversationAt(tx, { ...place, id: randomIds.uuid() })
    return (await postCard(tx, { ...place, id: randomIds.uuid(), kind: 'approval', subjectId: asked.id, taskId: scene.task.id })).id
  })
  scene.cards.set(who, id)
  await setCardMessage(db, id, scene.next() + 10_000)
  const card = await cardById(db, id)
  const drawn = card === undefined ? undefined : await drawCard(context, card)
  if (card?.messageId === undefined || card.messageId === null || drawn === undefined) throw new Error('no card')
  await setCardShown(db, id, card.version, { ...drawn, since: scene.now })
  const command = COMMANDS.find((one) => drawn.rich.text.includes(one)) ?? ''
  const screens = scene.screens.get(who) ?? []
  scene.screens.set(who, [...screens, { messageId: card.messageId, at: scene.now, keys: drawn.keys, command }])
}

async function lose(scene: Scene, who: Role): Promise<void> {
  const screen = scene.screens.get(who)?.at(-1)
  const card = scene.cards.get(who)
  if (screen !== undefined && card !== undefined) await loseCardMessage(scene.db, card, screen.messageId)
}

const from = (id: number): object => ({ id, is_bot: false, first_name: 'X' })
const message = (scene: Scene, who: Role): { message_id: number } & Record<string, unknown> => ({
  message_id: scene.next() + 50_000,
  date: scene.now,
  from: from(PEOPLE[who]),
  chat: { id: PEOPLE[who], type: 'private' },
})

/** Delivers one update and has it handled, retries included; answers the approval before and after. */
async function deliver(
  scene: Scene,
  chatId: number,
  kindOf: string,
  payload: object,
): Promise<{ before: Approval | undefined; after: Approval | undefined }> {
  const update = { update_id: scene.next(), [kindOf]: payload }
  return handle(scene, chatId, update)
}

async function handle(scene: Scene, chatId: number, update: object): Promise<{ before: Approval | undefined; after: Approval | undefined }> {
  const before = await approval(scene)
  await storeUpdates(scene.context, [update])
  const chat = TelegramChatId.parse(chatId)
  // One update is there: after the turn that ended it, or found it refused, there is nothing more to look for.
  for (let turn: unknown; turn !== 'again' && turn !== 'idle';)
    turn = await handleNext(
      scene.context,
      (tx) => claimUpdate(tx, scene.botId, chat),
      () => 'lugh_bot',
    )
  return { before, after: await approval(scene) }
}

const decided = ({ before, after }: { before: Approval | undefined; after: Approval | undefined }): boolean =>
  before?.state === 'pending' && (after?.state === 'allowed' || after?.state === 'denied')

/** Nothing of this kind ever decides. */
async function never(scene: Scene, who: Role, kindOf: string, payload: object): Promise<void> {
  const came = await deliver(scene, PEOPLE[who], kindOf, payload)
  expect(came.after?.state).toBe(came.before?.state)
}

type Answer = Extract<Step, { do: 'tap' | 'react' | 'reply' }>

/** What the person wants by it. */
function wanted(one: Answer): 'allow' | 'deny' | undefined {
  if (one.do === 'tap') return one.allow ? 'allow' : 'deny'
  const said = one.do === 'react' ? one.emoji : one.word.toLowerCase()
  if (['👍', 'yes', 'ok', 'approve'].includes(said)) return 'allow'
  return ['👎', 'no', 'deny'].includes(said) ? 'deny' : undefined
}

async function answer(scene: Scene, one: Answer): Promise<void> {
  const screens = scene.screens.get(one.who) ?? []
  const seen = screens.at(-1 - one.old)
  if (seen === undefined) return
  const current = screens.at(-1) === seen
  const next = screens[screens.indexOf(seen) + 1]
  // Given while that screen stood there: now, or just before the next one took its place.
  const date = next === undefined ? (one.same ? seen.at : scene.now) : Math.max(seen.at, next.at - (one.same ? 0 : 1))
  const want = wanted(one)
  const label = want === 'allow' ? '✅ Allow once' : '❌ Deny'
  const key = want === undefined ? undefined : seen.keys.find((shown) => shown.label === label)
  if (one.do === 'tap' && key === undefined) return
  const chat = { id: PEOPLE[one.who], type: 'private' }
  const on = { message_id: seen.messageId, date: seen.at, chat }
  const payload =
    one.do === 'tap'
      ? { id: String(scene.next()), from: from(PEOPLE[one.who]), data: key?.id, message: on }
      : one.do === 'react'
        ? {
            chat,
            user: from(PEOPLE[one.who]),
            message_id: seen.messageId,
            date,
            old_reaction: [],
            new_reaction: [{ type: 'emoji', emoji: one.emoji }],
          }
        : { ...message(scene, one.who), date, text: one.word, reply_to_message: on }
  const kindOf = { tap: 'callback_query', react: 'message_reaction', reply: 'message' }[one.do]
  const update = { update_id: scene.next(), [kindOf]: payload }
  if (one.do === 'reply' && 'message_id' in payload) scene.replies.set(one.who, payload.message_id)
  scene.last = { role: one.who, update }
  const lost = (await cardById(scene.db, CardId.parse(scene.cards.get(one.who))))?.messageId !== seen.messageId
  const came = await handle(scene, PEOPLE[one.who], update)
  scene.tally.given += 1
  const mayApprove = one.who === 'owner' || one.who === 'approver'
  const byTapOnly = one.do === 'react' && want === 'allow' && seen.command === COMMANDS[DESTRUCTIVE]
  const proper =
    came.before?.state === 'pending' && key !== undefined && mayApprove && seen.command === came.before.action.command && !lost && !byTapOnly
  if (decided(came)) {
    scene.tally.applied += 1
    expect({ proper, state: came.after?.state }).toEqual({ proper: true, state: want === 'allow' ? 'allowed' : 'denied' })
  } else expect(came.after?.state).toBe(came.before?.state)
  // Whoever looks at what the card shows now, and has had a second to read it, is heard.
  if (proper && current && date > seen.at) expect(decided(came)).toBe(true)
}

async function unreact(scene: Scene, who: Role): Promise<void> {
  const seen = scene.screens.get(who)?.at(-1)
  if (seen === undefined) return
  const chat = { id: PEOPLE[who], type: 'private' }
  const emoji = (one: string): object => ({ type: 'emoji', emoji: one })
  await never(scene, who, 'message_reaction', {
    chat,
    user: from(PEOPLE[who]),
    message_id: seen.messageId,
    date: scene.now,
    old_reaction: [emoji('👍'), emoji('👎')],
    new_reaction: [emoji('👍')],
  })
}

/** A reply is written anew as a yes. */
async function edit(scene: Scene, who: Role): Promise<void> {
  const messageId = scene.replies.get(who)
  if (messageId !== undefined) await never(scene, who, 'edited_message', { ...message(scene, who), message_id: messageId, text: 'yes' })
}

/** Somebody not listed, in a chat of their own and in the owner's. */
async function stranger(scene: Scene, how: 'tap' | 'react' | 'reply' | 'edit'): Promise<void> {
  const seen = scene.screens.get('owner')?.at(-1) ?? scene.screens.get('approver')?.at(-1)
  for (const chatId of [STRANGER, PEOPLE.owner]) {
    const chat = { id: chatId, type: 'private' }
    const on = { message_id: seen?.messageId ?? 1, date: scene.now, chat }
    const said = { message_id: scene.next(), date: scene.now, from: from(STRANGER), chat, text: 'yes', reply_to_message: on }
    const payload = {
      tap: { id: String(scene.next()), from: from(STRANGER), data: seen?.keys[0]?.id ?? 'x', message: on },
      react: {
        chat,
        user: from(STRANGER),
        message_id: on.message_id,
        date: scene.now,
        old_reaction: [],
        new_reaction: [{ type: 'emoji', emoji: '👍' }],
      },
      reply: said,
      edit: said,
    }[how]
    const kindOf = { tap: 'callback_query', react: 'message_reaction', reply: 'message', edit: 'edited_message' }[how]
    const came = await deliver(scene, chatId, kindOf, payload)
    expect(came.after).toEqual(came.before)
  }
}

/** Telegram delivers the last answer again: it was handled, so it is nothing. */
async function redeliver(scene: Scene): Promise<void> {
  const { last } = scene
  if (last?.role === undefined) return
  const came = await handle(scene, PEOPLE[last.role], last.update)
  expect(came.after).toEqual(came.before)
}
