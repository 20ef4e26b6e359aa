/**
 * Who may do what, over Telegram: every kind of sender by every way in to every capability, as the real bot, registry and store decide it.
 * The answer is the table of docs/permissions.md; a cell that changes must be changed there by hand (or by `vitest -u`, and then be read).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BotId, CardId, PersonId, ProjectId, randomIds, systemClock, TelegramChatId, TelegramUserId, type Role } from '#core'
import { claimUpdate, delistPerson, finishAdding, insertProject, joinGroup, keepButtons, moveGroup, savePerson, type Store } from '#db'
import { createGit } from '#git'
import { createPainter } from '#media'
import * as orchestrator from '#orchestrator'
import { createSandbox } from '#sandbox'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ALLOWED_UPDATES } from '../../src/bot/arrival.ts'
import { handleNext } from '../../src/bot/handle-update.ts'
import type { BotContext } from '../../src/bot/ports.ts'
import { storeUpdates } from '../../src/bot/receive.ts'
import { decideCommand, judgeCommand } from '../../src/orchestrator/policy/judge-command.ts'
import { ASKED_COMMANDS, FLOOR_COMMANDS, HARMLESS_COMMANDS } from '../support/command-corpus.ts'
import { FACTS } from '../support/no-git.ts'
import { heardLog, testHome } from '../support/stores.ts'

const BOT = BotId.parse(7_000_000_001)
const OWNER = 1001
const CARD_MESSAGE = 500
const GROUP = -1_001_000_000_001
const TEAM = -1_001_000_000_003
const CHANNEL = -1_001_000_000_002
/** Telegram's own account for administrators who hide. */
const ANONYMOUS = 1_087_968_824

const home = testHome('embedded')
const root = mkdtempSync(join(tmpdir(), 'lugh-permissions-'))
afterAll(async () => {
  await home.end()
  rmSync(root, { recursive: true, force: true })
})

type Sender = { name: string; from?: object; chat: object; sender?: object; forwarded?: boolean }
const user = (id: number, more: object = {}): object => ({ id, is_bot: false, first_name: 'X', ...more })
const direct = (id: number): object => ({ id, type: 'private' })
const group = { id: GROUP, type: 'supergroup', title: 'G' }
const team = { id: TEAM, type: 'supergroup', title: 'T' }

const SENDERS: readonly Sender[] = [
  { name: 'owner', from: user(OWNER), chat: direct(OWNER) },
  { name: 'approver', from: user(1002), chat: direct(1002) },
  { name: 'member', from: user(1003), chat: direct(1003) },
  { name: 'viewer', from: user(1004), chat: direct(1004) },
  { name: 'stranger', from: user(2001), chat: direct(2001) },
  { name: 'taken off the list', from: user(1005), chat: direct(1005) },
  { name: 'bot', from: user(OWNER, { is_bot: true }), chat: direct(OWNER) },
  { name: 'channel', chat: { id: CHANNEL, type: 'channel', title: 'C' }, sender: { id: CHANNEL, type: 'channel', title: 'C' } },
  { name: 'anonymous admin', from: user(ANONYMOUS, { is_bot: true }), chat: group, sender: group },
  { name: 'forwarded by owner', from: user(OWNER), chat: direct(OWNER), forwarded: true },
  { name: 'stranger in a group', from: user(2001), chat: group },
  { name: 'owner in a group', from: user(OWNER), chat: group },
  { name: 'owner in an admitted group', from: user(OWNER), chat: team },
  { name: 'viewer in an admitted group', from: user(1004), chat: team },
  { name: 'stranger in an admitted group', from: user(2001), chat: team },
  { name: 'anonymous admin in an admitted group', from: user(ANONYMOUS, { is_bot: true }), chat: team, sender: team },
]
const LISTED: readonly (readonly [number, Role])[] = [
  [OWNER, 'owner'],
  [1002, 'approver'],
  [1003, 'member'],
  [1004, 'viewer'],
  [1005, 'approver'],
]

/** The other kinds of update Telegram has; Lugh asks for none of them, and does nothing if one comes. */
const NEVER_ASKED = [
  'channel_post',
  'edited_channel_post',
  'business_connection',
  'business_message',
  'edited_business_message',
  'deleted_business_messages',
  'message_reaction_count',
  'inline_query',
  'chosen_inline_result',
  'shipping_query',
  'pre_checkout_query',
  'purchased_paid_media',
  'poll',
  'poll_answer',
  'chat_member',
  'chat_join_request',
  'chat_boost',
  'removed_chat_boost',
  'managed_bot',
  'guest_message',
  'stopped_message_generation',
]

const Inbox = z.object({ state: z.string(), failure: z.string().nullable() })
const Count = z.object({ n: z.number() })

async function setUp(): Promise<{ db: Store; context: BotContext; close: () => Promise<void> }> {
  const db = await home.fresh()
  const host = { path: '/usr/bin:/bin', home: root, lang: 'C.UTF-8' }
  const log = heardLog()
  const sandbox = await createSandbox({ mode: 'off', home: root, host, log })
  const {
    capabilities,
    callCapability,
    capabilityByName,
    resolveCommand,
    renderCard,
    wordsFor,
    nearestCommands,
    answerTo,
    meaningOfEmoji,
    meaningOfWords,
  } = orchestrator
  const ports = {
    capabilities,
    callCapability,
    capabilityByName,
    resolveCommand,
    renderCard,
    wordsFor,
    nearestCommands,
    answerTo,
    meaningOfEmoji,
    meaningOfWords,
  }
  const git = createGit({ home: root, sandbox, hostEnvironment: host })
  const context: BotContext = { db, botId: BOT, ports, facts: FACTS, git, clock: systemClock, ids: randomIds, log, painter: createPainter() }
  await db.tx(async (tx) => {
    for (const [id, role] of LISTED) await savePerson(tx, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(id), name: role, role })
    const gone = PersonId.parse(
      (await savePerson(tx, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1005), name: 'gone', role: 'approver' }))?.id,
    )
    await delistPerson(tx, gone)
    const seen = { botId: BOT, chatId: TelegramChatId.parse(TEAM), title: 'T', forum: false, administrator: true, managesTopics: true }
    const joined = await joinGroup(tx, { ...seen, addedBy: OWNER })
    if (joined !== undefined) await moveGroup(tx, joined, ['asked'], 'admitted')
    const project = await insertProject(tx, {
      id: ProjectId.parse(randomIds.uuid()),
      home: FACTS.home,
      name: 'shop',
      kind: 'path',
      location: '/x',
      sample: false,
      conversationId: null,
    })
    if (project !== undefined) await finishAdding(tx, { id: project.id, fence: project.fence, state: 'ready', failure: null, targetBranch: 'main' })
  })
  return { db, context, close: () => sandbox.close() }
}

let updateId = 0

/** Delivers one update as Telegram would and answers what became of it. */
async function deliver(context: BotContext, kind: string, payload: object, chatId: number): Promise<string> {
  updateId += 1
  // What adds and removes projects would run meanwhile.
  await context.db.run(`update project set state = 'ready', target_branch = 'main' where state = 'adding'`)
  await storeUpdates(context, [{ update_id: updateId, [kind]: payload }], 'lugh_bot')
  const claim = TelegramChatId.parse(chatId)
  await handleNext(
    context,
    (tx) => claimUpdate(tx, BOT, claim),
    () => 'lugh_bot',
  )
  const row = await context.db.row(Inbox, `select state, failure from inbox where update_id = $1::bigint`, [updateId])
  // What people say to each other in an admitted group leaves no row.
  if (row === undefined) return chatId === TEAM ? 'ignored' : 'LOST'
  if (row.state === 'refused') return (await answered(context.db, `tap:${updateId}`)) ? 'told no' : 'ignored'
  if (row.state !== 'handled') throw new Error(`${kind} ${JSON.stringify(payload)} is ${row.state}: ${row.failure ?? ''}`)
  const said = await context.db.row(z.object({ body: z.unknown() }), `select body from outbox where key in ($1::text, $2::text)`, [
    `answer:${updateId}`,
    `tap:${updateId}`,
  ])
  const words = JSON.stringify(said?.body ?? '')
  if (words.includes('forwarded messages')) return 'told no'
  if (words.includes('old copy')) return 'told no'
  return row.failure === 'not-allowed' ? 'told no' : 'yes'
}

async function answered(db: BotContext['db'], key: string): Promise<boolean> {
  return ((await db.row(Count, `select count(*)::int as n from outbox where key = $1::text`, [key]))?.n ?? 0) > 0
}

/** Telegram's ids of a sender's chat and person. */
const idOf = (thing: object | undefined): number => ('id' in (thing ?? {}) ? z.object({ id: z.number() }).parse(thing).id : 0)

function message(sender: Sender, text: string): object {
  const { from, chat, sender: inNameOf, forwarded } = sender
  return {
    message_id: updateId + 1000,
    date: 1,
    chat,
    text,
    ...(from === undefined ? {} : { from }),
    ...(inNameOf === undefined ? {} : { sender_chat: inNameOf }),
    ...(forwarded === true ? { forward_origin: { type: 'user', date: 1, sender_user: user(1) } } : {}),
  }
}

/** A press on a card that holds the button. In a channel people press, not the channel; a forwarded copy is another message. */
async function press(context: BotContext, sender: Sender, capability: string): Promise<string> {
  const chatId = idOf(sender.chat)
  const cardId = CardId.parse(randomIds.uuid())
  await context.db.run(
    `insert into card (id, bot_id, chat_id, thread_id, kind, subject_id, message_id, version, shown_version) values ($1::uuid, $2::bigint, $3::bigint, 0, 'task', $1::text, $4::bigint, 1, 1)`,
    [cardId, BOT, chatId, CARD_MESSAGE],
  )
  const [data = ''] = await keepButtons(context.db, cardId, [{ id: randomIds.token(12), capability, input: {}, ask: undefined }])
  const at = { message_id: sender.forwarded === true ? CARD_MESSAGE + 1 : CARD_MESSAGE, date: 1, chat: sender.chat }
  return deliver(context, 'callback_query', { id: String(updateId), from: sender.from ?? user(OWNER), chat_instance: '1', data, message: at }, chatId)
}

/** What a refused update may not change. */
const TOUCHED = [
  'task',
  'project',
  'agent',
  'approval',
  'change',
  'hunk_verdict',
  'selection',
  'landing',
  'steer',
  'prompt',
  'conversation',
  'grant_rule',
  'person',
  'card_shown',
]
async function rowsThatMatter(db: Store): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of TOUCHED.filter((name) => name !== 'card_shown'))
    counts[table] = (await db.row(Count, `select count(*)::int as n from ${table}`))?.n ?? -1
  counts['outbox'] = (await db.row(Count, `select count(*)::int as n from outbox where key not like 'stranger:%' and kind <> 'callback'`))?.n ?? -1
  return counts
}

type Line = { title: string; cells: string[] }

test('every sender by every way in to every capability is decided as the written table says', async () => {
  const { db, context, close } = await setUp()
  try {
    const commands: Line[] = []
    const buttons: Line[] = []
    const others: Line[] = []
    const heard: readonly string[] = [
      ...LISTED.map(([, role]) => role),
      'forwarded by owner',
      'owner in an admitted group',
      'viewer in an admitted group',
    ]
    const shut = SENDERS.filter(({ name }) => !heard.includes(name))
    const row = async (title: string, way: (sender: Sender) => Promise<string>): Promise<Line> => {
      const cells: string[] = []
      for (const sender of SENDERS) {
        const before = shut.includes(sender) ? await rowsThatMatter(db) : undefined
        cells.push(await way(sender))
        if (before !== undefined)
          expect({ title, sender: sender.name, rows: await rowsThatMatter(db) }).toEqual({ title, sender: sender.name, rows: before })
      }
      return { title, cells }
    }
    for (const capability of context.ports.capabilities) {
      const door = capability.doors.telegram
      if ('none' in door) continue
      if (door.command !== undefined) {
        const words = door.example ?? `/${door.command}`
        commands.push(await row(`/${door.command}`, (sender) => deliver(context, 'message', message(sender, words), idOf(sender.chat))))
      }
      buttons.push(await row(capability.name, (sender) => press(context, sender, capability.name)))
    }
    others.push(await row('plain words', (sender) => deliver(context, 'message', message(sender, 'make it blue'), idOf(sender.chat))))
    others.push(await row('an edit', (sender) => deliver(context, 'edited_message', message(sender, '/stop all'), idOf(sender.chat))))
    others.push(
      await row('a reaction', (sender) =>
        deliver(
          context,
          'message_reaction',
          {
            chat: sender.chat,
            message_id: CARD_MESSAGE,
            date: 1,
            old_reaction: [],
            new_reaction: [{ type: 'emoji', emoji: '👍' }],
            ...(sender.from === undefined ? { actor_chat: sender.chat } : { user: sender.from }),
          },
          idOf(sender.chat),
        ),
      ),
    )
    others.push(
      await row('a change of membership', (sender) =>
        deliver(context, 'my_chat_member', { chat: sender.chat, from: sender.from ?? user(OWNER), date: 1 }, idOf(sender.chat)),
      ),
    )
    for (const kind of NEVER_ASKED) others.push(await row(kind, (sender) => deliver(context, kind, message(sender, '/stop all'), idOf(sender.chat))))
    const all = [...commands, ...buttons, ...others]
    expect(
      all.flatMap(({ title, cells }) => cells.filter((cell) => !['yes', 'told no', 'ignored'].includes(cell)).map((cell) => `${title}: ${cell}`)),
    ).toEqual([])
    expect(ALLOWED_UPDATES).toEqual(['message', 'edited_message', 'callback_query', 'message_reaction', 'my_chat_member'])
    for (const capability of context.ports.capabilities)
      for (const line of buttons.filter(({ title }) => title === capability.name))
        expect({ [capability.name]: line.cells.slice(0, 4) }).toEqual({
          [capability.name]: LISTED.slice(0, 4).map(([, role]) => (capability.may.includes(role) ? 'yes' : 'told no')),
        })
    await expect(page(commands, buttons, others)).toMatchFileSnapshot('../../docs/permissions.md')
  } finally {
    await close()
    await home.settle()
  }
})

function table(lines: readonly Line[], first: string): string {
  const head = `| ${first} | ${SENDERS.map(({ name }) => name).join(' | ')} |\n|${' --- |'.repeat(SENDERS.length + 1)}`
  return [head, ...lines.map(({ title, cells }) => `| \`${title}\` | ${cells.join(' | ')} |`)]
    .join('\n')
    .replaceAll('`plain words`', 'plain words')
    .replaceAll(/\| `(an?(?: \w+)+)` \|/g, '| $1 |')
}

const falseAsks = HARMLESS_COMMANDS.filter((command) => decideCommand(judgeCommand(command), { mode: 'ask', walls: 'up' }).decision === 'ask').length

function page(commands: readonly Line[], buttons: readonly Line[], others: readonly Line[]): string {
  return `# Who may do what

Every update of Telegram is decided by two numbers, who sent it and in which chat, before anything of it is read, fetched or answered. This
table is compared, cell by cell, with what the bot, the capabilities and the store really do.

\`yes\`: it reaches the capability, which may still find nothing to do. \`told no\`: the person is told, in a sentence, that it is not theirs to do.
\`ignored\`: nothing of it is kept but the fact, and nothing happens; a stranger gets one polite refusal ever, in a private chat only.

What an agent may run unasked is not in this table: its commands are judged by what they say ([architecture](architecture.md#what-runs-unasked)).
Of ${HARMLESS_COMMANDS.length} harmless commands ${falseAsks} ask a person although they need not (${((100 * falseAsks) / HARMLESS_COMMANDS.length).toFixed(1)} %) in mode \`ask\`; of ${FLOOR_COMMANDS.length + ASKED_COMMANDS.length} unsafe ones none runs unasked there,
and of the ${FLOOR_COMMANDS.length} among them that reach beyond the worktree or hide what they run none does in mode \`auto\`.

## Commands

${table(commands, 'command')}

## Buttons

A button is a capability with its input. A press on a copy of a card (forwarded, or an older message) does nothing.

${table(buttons, 'capability')}

## Everything else

An edit is told that it changes nothing where there is nothing to change. A change of membership decides nothing; in a group it asks the owner.

In an admitted group words count that are meant for the bot: a command, a mention, a reply to it, anything in a topic bound to a task or project
(\`plain words\` here are none of these, and leave no trace). A press of somebody who may not is answered so that only they see it.

A member steers, pauses and discards what they themselves asked for, and answers its questions; an approver any task. Stopping is anybody’s who
may start. A token is bound by its scopes and projects instead.

${table(others, 'update')}
`
}
