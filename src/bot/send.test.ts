import { afterEach, expect, test } from 'vitest'
import { BotId, LughError, TelegramChatId, b, pre, randomIds, type Text } from '#core'
import {
  changeShown,
  enqueueDocument,
  enqueueReaction,
  enqueueText,
  markSending,
  nextInOrder,
  postCard,
  touchCards,
  type OutboxPlace,
  type Store,
} from '#db'
import { YOU, buttons, type Message } from '#simulator'
import { botWorld, OTHER, type BotWorld } from '../../test/support/bot.ts'
import { insertPlainChange } from '../../test/support/plain-change.ts'
import { BESIDE, describeEachStore } from '../../test/support/stores.ts'
import { TELEGRAM_LIMITS } from './rates.ts'

const CHAT = TelegramChatId.parse(YOU.id)

function at(world: BotWorld, key: string, chatId = CHAT): OutboxPlace {
  return { botId: BotId.parse(world.simulator.world.bot.id), chatId, key }
}

function queue(world: BotWorld, texts: readonly Text[], chatId = CHAT): Promise<void> {
  return world.db.tx(async (tx) => {
    for (const [n, text] of texts.entries()) await enqueueText(tx, { ...at(world, `t${chatId}:${n}`, chatId), text })
  })
}

/** Puts a pending decision and its card into the world. */
function approval(world: BotWorld, id = 't1', replyTo?: number): Promise<unknown> {
  return world.db.tx(async (tx) => {
    await tx.run(`insert into ${BESIDE}.decision (id, state) values ($1::text, 'pending')`, [id])
    return postCard(tx, { ...at(world, ''), id: randomIds.uuid(), kind: 'approval', subjectId: id, loud: true, replyTo })
  })
}

const fromBot = (world: BotWorld, chatId: number = YOU.id): Message[] =>
  world.simulator.world.messages(chatId).filter((message) => message.from.isBot)
const texts = (world: BotWorld, chatId?: number): string[] => fromBot(world, chatId).map((message) => message.text)

/** What Lugh writes down about a message that has left. */
const OUTCOME = /^update outbox .*parts_sent \+ 1/

/** A store that goes away at two of three outcomes: once before it is written, once after. Counts how often. */
function awayAtOutcomes(store: Store): { store: Store; away: () => number } {
  let tries = 0
  let away = 0
  const goAway = (): never => {
    away += 1
    throw new LughError('db.unavailable', 'away', { retryable: true })
  }
  const shaken = async <T>(write: () => Promise<T>): Promise<T> => {
    tries += 1
    if (tries % 3 === 1) goAway()
    const done = await write()
    return tries % 3 === 2 ? goAway() : done
  }
  const run: Store['run'] = (text, params) => (OUTCOME.test(text) ? shaken(() => store.run(text, params)) : store.run(text, params))
  const tx: Store['tx'] = async (work) => {
    let isOutcome = false
    const done = await store.tx(async (inner) => {
      const came = await work({
        ...inner,
        run(text, params) {
          isOutcome ||= OUTCOME.test(text)
          return inner.run(text, params)
        },
      })
      if (isOutcome && (tries += 1) % 3 === 1) goAway()
      return came
    })
    return isOutcome && tries % 3 === 2 ? goAway() : done
  }
  return { store: { ...store, run, tx }, away: () => away }
}

/** Same neighbours once: what was sent twice in a row because nobody knew whether it had arrived. */
const once = (list: readonly string[]): string[] => list.filter((text, index) => text !== list[index - 1])

describeEachStore('sending', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })
  /** A world in which both people have written, so that the bot may. */
  const begun = async (options: Parameters<typeof botWorld>[1] = {}): Promise<BotWorld> => {
    const made = await botWorld(await open(), options)
    world = made
    for (const id of [YOU.id, OTHER.id]) made.simulator.world.sendText(id, id, '/start')
    await made.bot().start()
    await Promise.all([YOU.id, OTHER.id].map((id) => made.person(id).waitFor('Welcome')))
    return made
  }

  test('of a card, never two messages with buttons, whatever is answered to its posts', async () => {
    const w = await begun({ simulator: { seed: 3 } })
    const both: string[] = []
    const unwatch = w.simulator.world.watch(() => {
      const live = new Map<string, number>()
      for (const message of fromBot(w)) {
        const id = /command (\w+)/.exec(message.text)?.[1]
        if (id !== undefined && buttons(message).length > 0) live.set(id, (live.get(id) ?? 0) + 1)
      }
      for (const [id, count] of live) if (count > 1) both.push(id)
    })
    w.simulator.faults.add({ kind: 'timeout-after-accept', times: 1e6, probability: 0.3 })
    w.simulator.faults.add({ kind: 'cut', times: 1e6, probability: 0.2 })
    w.simulator.faults.add({ kind: 'server-error', code: 502, times: 1e6, probability: 0.2 })
    const ids = Array.from({ length: 30 }, (_, n) => `c${n}`)
    for (const id of ids) await approval(w, id)
    await w.settled()
    unwatch()
    const live = fromBot(w).filter((message) => buttons(message).length > 0)
    const bare = fromBot(w).filter((message) => message.text.startsWith('🟠') && buttons(message).length === 0)
    expect({ both, live: new Set(live.map((message) => /command (\w+)/.exec(message.text)?.[1])), count: live.length }).toEqual({
      both: [],
      live: new Set(ids),
      count: ids.length,
    })
    // What an unknown outcome may leave behind is the bare line, without a word of the question.
    expect(bare.length).toBeGreaterThan(0)
    expect(new Set(bare.map((message) => message.text.includes('pnpm')))).toEqual(new Set([false]))
  }, 60_000)

  test('a hundred touches are a few edits, and the newest state wins', async () => {
    const w = await begun()
    await approval(w)
    const you = w.person()
    const card = await you.waitFor((message) => buttons(message).length > 0)
    await Promise.all(Array.from({ length: 100 }, () => w.db.tx((tx) => touchCards(tx, { kind: 'approval', subjectId: 't1' }))))
    await w.db.tx(async (tx) => {
      await tx.run(`update ${BESIDE}.decision set state = 'denied', by = 'Me' where id = 't1'`)
      await touchCards(tx, { kind: 'approval', subjectId: 't1' })
    })
    await w.settled()
    const edits = w.simulator.calls.filter(({ method }) => method === 'editMessageText')
    expect({ text: you.now(card).text, edits: edits.length, buttons: buttons(you.now(card)) }).toEqual({
      text: '🟠 Run command t1\ndenied by Me',
      edits: 2,
      buttons: [],
    })
  })

  test('drawn again, a card keeps its buttons', async () => {
    const w = await begun()
    await approval(w)
    await w.settled()
    await w.db.tx((tx) => touchCards(tx, { kind: 'approval', subjectId: 't1' }))
    await w.settled()
    expect(await w.count('button')).toBe(4)
  })

  test('a card deleted in the chat is posted anew, with buttons that work; the old ones are dead', async () => {
    const w = await begun()
    await approval(w)
    const you = w.person()
    const card = await you.waitFor((message) => buttons(message).length > 0)
    await w.settled()
    w.simulator.world.remove(YOU.id, card)
    await w.db.tx(async (tx) => {
      await tx.run(`update card set body_sha256 = null`)
      await touchCards(tx, { kind: 'approval', subjectId: 't1' })
    })
    const anew = await you.waitFor((message) => message.id !== card.id && buttons(message).length > 0)
    const query = await you.tap('❌ Deny', { in: anew })
    expect(await you.toast(query)).toEqual({ text: 'You denied it.', alert: false })
  })

  test('a card asked for twice is one card', async () => {
    const w = await begun()
    await approval(w)
    await w.db.tx((tx) => postCard(tx, { ...at(w, ''), id: randomIds.uuid(), kind: 'approval', subjectId: 't1' }))
    await w.settled()
    expect(fromBot(w).filter((message) => message.text.startsWith('🟠')).length).toBe(1)
  })

  test('a card longer than a message shows what fits and offers no decision', async () => {
    const w = await begun()
    const long = 'x'.repeat(5000)
    await w.db.tx((tx) => tx.run(`insert into ${BESIDE}.decision (id, state) values ($1::text, 'pending')`, [long]))
    await w.db.tx((tx) => postCard(tx, { ...at(w, ''), id: randomIds.uuid(), kind: 'approval', subjectId: long }))
    await w.settled()
    const card = fromBot(w).at(-1)
    expect({ buttons: card === undefined ? [] : buttons(card), end: card?.text.slice(-31) }).toEqual({
      buttons: ['⏹ Stop'],
      end: 'so nothing can be decided here.',
    })
  })

  test('a card whose subject is gone holds up nothing', async () => {
    const w = await begun()
    await w.db.tx((tx) => postCard(tx, { ...at(w, ''), id: randomIds.uuid(), kind: 'approval', subjectId: 'never-was' }))
    await queue(w, ['after'])
    await w.person().waitFor('after')
    await w.settled()
  })

  test('long text comes as several messages in order, code goes on as code, only the first rings', async () => {
    const w = await begun()
    const lines = Array.from({ length: 400 }, (_, n) => `line ${n} of the listing`).join('\n')
    await w.db.tx((tx) => enqueueText(tx, { ...at(w, 'long'), text: [b('Listing'), '\n', pre(lines, 'ts')], loud: true }))
    await w.settled()
    const sent = fromBot(w).slice(1)
    expect({
      text: sent.map((message) => message.text).join('\n'),
      entities: sent.map((message) => message.entities.map(({ type }) => type)),
      silent: sent.map((message) => message.silent),
    }).toEqual({ text: `Listing\n${lines}`, entities: [['bold', 'pre'], ['pre'], ['pre']], silent: [false, true, true] })
  })

  test('a file arrives whole with its caption', async () => {
    const w = await begun()
    await w.db.tx((tx) => enqueueDocument(tx, { ...at(w, 'file'), filename: 'T1.diff', text: 'diff ⟦é⟧\n', caption: ['the ', b('diff')] }))
    await w.settled()
    const sent = fromBot(w).at(-1)
    expect({ name: sent?.media?.file.name, text: Buffer.from(sent?.media?.file.bytes ?? []).toString(), caption: sent?.text }).toEqual({
      name: 'T1.diff',
      text: 'diff ⟦é⟧\n',
      caption: 'the diff',
    })
  })

  test('the review card is touched when the last row of its change has left, sent or refused; only all sent is shown', async () => {
    const w = await begun()
    const [whole, broken] = [await insertPlainChange(w.db, 1), await insertPlainChange(w.db, 2)]
    w.simulator.faults.add({ kind: 'server-error', code: 500, method: 'sendMessage', times: 2 })
    await w.db.tx(async (tx) => {
      for (const id of [whole, broken]) await postCard(tx, { ...at(w, ''), id: randomIds.uuid(), kind: 'review', subjectId: id })
      await enqueueText(tx, { ...at(w, 'w1'), text: 'page 1', changeId: whole })
      await enqueueText(tx, { ...at(w, 'w2'), text: 'page 2', changeId: whole })
      await enqueueText(tx, { ...at(w, 'b1'), text: 'page 1', changeId: broken })
      await enqueueDocument(tx, { ...at(w, 'b2'), filename: '', base64: '', changeId: broken })
    })
    await w.settled()
    const version = (id: string): Promise<number> => w.count(`card cross join generate_series(1, version) where subject_id = '${id}'`)
    expect({
      whole: await changeShown(w.db, whole),
      broken: await changeShown(w.db, broken),
      versions: [await version(whole), await version(broken)],
    }).toEqual({
      whole: true,
      broken: false,
      versions: [2, 2],
    })
  })

  test('what Telegram refuses for good keeps its reason, the person hears of it, and the next goes on', async () => {
    const w = await begun()
    await queue(w, [[b('ok')], '   \n  ', { link: 'x', url: 'https://example.org' }, 'next'])
    await w.db.tx((tx) => enqueueDocument(tx, { ...at(w, 'empty'), filename: 'empty.txt', text: '' }))
    await w.person().waitFor('Telegram did not take a file of mine')
    await w.settled()
    expect({ texts: texts(w).slice(1, 4), refused: await w.count(`outbox where state = 'refused' and failure like '400%'`) }).toEqual({
      texts: ['ok', 'x', 'next'],
      refused: 1,
    })
  })

  test('a message whose question was deleted comes without it, and says so', async () => {
    const w = await begun()
    const gone = w.simulator.world.sendText(YOU.id, YOU.id, 'gone soon')
    await w.person().waitFor('Task: gone soon')
    w.simulator.world.remove(YOU.id, gone)
    await w.db.tx((tx) => enqueueText(tx, { ...at(w, 'r'), text: 'here you are', replyTo: gone.id }))
    const said = await w.person().waitFor('here you are')
    expect({ text: said.text, reply: said.replyTo }).toEqual({ text: '↩️ (the message this answers is gone)\nhere you are', reply: undefined })
  })

  test('a card whose message was deleted comes without it, and goes on saying so', async () => {
    const w = await begun()
    const you = w.person()
    const gone = you.say('gone soon')
    await you.waitFor('Task: gone soon')
    w.simulator.world.remove(YOU.id, gone)
    await approval(w, 't7', gone.id)
    const card = await you.waitFor((message) => message.text.includes('command t7') && you.buttons(message).length > 0)
    expect({ last: card.text.split('\n').at(-1), reply: card.replyTo }).toEqual({ last: '↩️ (the message this answers is gone)', reply: undefined })
    await you.tap('❌ Deny', { in: card })
    await you.waitUntil(card, ({ text }) => /denied by .*\n↩️ \(the message this answers is gone\)$/.test(text), 'the card to say both')
  })

  test('blocked by the person: the rows say so, nothing is repeated, others get theirs', async () => {
    const w = await begun()
    w.simulator.world.block(YOU.id)
    await queue(w, ['one', 'two'])
    await queue(w, ['three'], TelegramChatId.parse(OTHER.id))
    await w.person(OTHER.id).waitFor('three')
    await w.settled()
    expect({
      refused: await w.count(`outbox where state = 'refused' and failure like '403%'`),
      calls: w.simulator.calls.filter(({ error }) => error?.code === 403).length,
    }).toEqual({
      refused: 2,
      calls: 2,
    })
  })

  test('a reaction leaves before a hundred messages that wait', async () => {
    const w = await begun()
    w.simulator.faults.add({ kind: 'flood', retryAfter: 1, method: 'sendMessage' })
    await queue(
      w,
      Array.from({ length: 100 }, (_, n) => `m${n}`),
    )
    const [first] = w.simulator.world.messages(YOU.id)
    await w.db.tx((tx) => enqueueReaction(tx, { ...at(w, 'seen'), messageId: first?.id ?? 0, emoji: '👀' }))
    if (first !== undefined) await w.person().waitUntil(first, (message) => message.reactions.length > 0, 'a reaction')
    expect(texts(w)).toEqual(['Welcome, You.'])
    await w.settled()
    expect(texts(w).length).toBe(101)
  })

  test('a chat that was told to wait about a reaction is sent no message before that', async () => {
    const w = await begun()
    const [first] = w.simulator.world.messages(YOU.id)
    w.simulator.faults.add({ kind: 'flood', retryAfter: 1, method: 'setMessageReaction' })
    await w.db.tx((tx) => enqueueReaction(tx, { ...at(w, 'seen'), messageId: first?.id ?? 0, emoji: '👀' }))
    await expect.poll(() => w.simulator.calls.some(({ error }) => error?.code === 429)).toBe(true)
    await queue(w, ['later'])
    await w.settled()
    const told = w.simulator.calls.find(({ error }) => error?.code === 429)?.startedAt ?? Infinity
    const sent = w.simulator.calls.findLast(({ method }) => method === 'sendMessage')
    expect([sent?.outcome, (sent?.startedAt ?? 0) - told >= 1000]).toEqual(['ok', true])
    expect(first && w.simulator.world.message(YOU.id, first.id)?.reactions).toHaveLength(1)
  })

  test('a restart in the middle of sending: everything arrives, in order; only what was under way may come twice', async () => {
    const made = await botWorld(await open())
    world = made
    made.simulator.world.sendText(YOU.id, YOU.id, '/start')
    const first = made.bot()
    await first.start()
    await made.person().waitFor('Welcome')
    const wanted = Array.from({ length: 200 }, (_, n) => `m${n}`)
    await queue(made, wanted)
    await made.person().waitFor('m20')
    await first.stop()
    const row = await nextInOrder(made.db, BotId.parse(made.simulator.world.bot.id), CHAT)
    if (row !== undefined) await markSending(made.db, row.id)
    await made.bot().start()
    await made.settled()
    expect(once(texts(made).slice(1))).toEqual(wanted)
    expect(texts(made).length).toBeLessThanOrEqual(wanted.length + 2)
  })

  test('a store that goes away between a call and its outcome costs no second message, part, file, reaction or card', async () => {
    const made = await botWorld(await open())
    world = made
    const shaky = awayAtOutcomes(made.db)
    const first = made.simulator.world.sendText(YOU.id, YOU.id, '/start')
    await made.bot({ db: shaky.store }).start()
    await made.person().waitFor('Welcome')
    const lines = Array.from({ length: 400 }, (_, n) => `line ${n} of the listing`).join('\n')
    await made.db.tx(async (tx) => {
      await enqueueText(tx, { ...at(made, 'long'), text: lines })
      await enqueueDocument(tx, { ...at(made, 'file'), filename: 'T1.diff', text: 'diff\n' })
      await enqueueReaction(tx, { ...at(made, 'seen'), messageId: first.id, emoji: '👀' })
    })
    await approval(made)
    await queue(made, ['one', 'two'])
    await made.settled()
    const [welcome, ...sent] = fromBot(made)
    expect(shaky.away()).toBeGreaterThan(8)
    expect(welcome?.text).toBe('Welcome, You.')
    expect(sent.flatMap(({ text, media }) => (media === undefined ? text : []))).toHaveLength(6)
    expect(sent.map(({ text }) => text).join('\n')).toBe(`${lines}\n\n🟠 Run command t1\npnpm test\none\ntwo`)
    const quick = made.simulator.calls.filter(({ method }) => method === 'setMessageReaction' || method === 'sendDocument')
    expect(quick.map(({ method }) => method).toSorted()).toEqual(['sendDocument', 'setMessageReaction'])
  })

  test('Telegram’s own limits are kept: no 429 in a burst to one chat', async () => {
    const made = await botWorld(await open(), { simulator: { limits: { chat: { perSecond: 20, burst: 6 } } } })
    world = made
    made.simulator.world.sendText(YOU.id, YOU.id, '/start')
    await made.bot({ limits: { chatPerSecond: 20, chatBurst: 3, groupPerMinute: 20, overallPerSecond: 30, editMs: 50, groupEditMs: 250 } }).start()
    await queue(
      made,
      Array.from({ length: 30 }, (_, n) => `m${n}`),
    )
    await made.settled()
    expect({
      refused: made.simulator.calls.filter(({ error }) => error?.code === 429).length,
      breaches: made.simulator.breaches,
      sent: fromBot(made).length,
    }).toEqual({
      refused: 0,
      breaches: [],
      sent: 31,
    })
  })
  test('progress is edited at most once a second in a private chat, and every five in a group', async () => {
    const made = await botWorld(await open())
    world = made
    const telegram = made.simulator.world
    telegram.sendText(YOU.id, YOU.id, '/start')
    const group = TelegramChatId.parse(telegram.createGroup(YOU.id, { title: 'Shop', members: [], bot: 'administrator' }))
    const fast = { chatPerSecond: 1000, chatBurst: 1000, groupPerMinute: 60_000, overallPerSecond: 1000 }
    await made.bot({ limits: { ...fast, editMs: TELEGRAM_LIMITS.editMs, groupEditMs: TELEGRAM_LIMITS.groupEditMs } }).start()
    await made.db.tx(async (tx) => {
      await tx.run(`insert into ${BESIDE}.decision (id, state) values ('p', 'pending')`)
      for (const chat of [CHAT, group]) await postCard(tx, { ...at(made, '', chat), id: randomIds.uuid(), kind: 'approval', subjectId: 'p' })
    })
    await made.settled()
    const since = performance.now()
    for (let n = 0; performance.now() - since < 5500; n += 1) {
      await made.db.tx(async (tx) => {
        await tx.run(`update ${BESIDE}.decision set state = 'denied', by = $1::text where id = 'p'`, [`try ${n}`])
        await touchCards(tx, { kind: 'approval', subjectId: 'p' })
      })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const editsIn = (chat: number): number[] =>
      made.simulator.calls.flatMap(({ method, parameters, startedAt }) =>
        method === 'editMessageText' && Number(parameters['chat_id']) === chat ? startedAt : [],
      )
    const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, n) => time - (times[n] ?? 0))
    expect(editsIn(CHAT).length).toBeGreaterThan(4)
    expect(Math.min(...gaps(editsIn(CHAT)))).toBeGreaterThanOrEqual(990)
    expect(editsIn(group).length).toBeGreaterThan(1)
    expect(Math.min(...gaps(editsIn(group)))).toBeGreaterThanOrEqual(4990)
  })

  test('what asks a person is brought up to date before what only tells', async () => {
    let told = 'first'
    const renderCard = (_sql: unknown, _facts: unknown, kind: string) => Promise.resolve({ text: `${kind} ${told}`, buttons: [] })
    const w = await begun({ real: { capabilities: [], renderCard } })
    const asking = ['plan', 'host', 'question', 'review', 'dryrun', 'budget', 'restore', 'voice', 'servers', 'group']
    const post = ['task', 'checkpoint', ...asking].map((kind) => ({ ...at(w, ''), id: randomIds.uuid(), kind, subjectId: 's' }))
    for (const card of post) await w.db.tx((tx) => postCard(tx, card))
    await w.settled()
    told = 'now'
    await w.db.tx(async (tx) => {
      for (const { kind } of post) await touchCards(tx, { kind, subjectId: 's' })
    })
    await w.settled()
    const edits = w.simulator.calls.flatMap(({ method, parameters }) => (method === 'editMessageText' ? String(parameters['text']) : []))
    expect(edits.slice(-2)).toEqual(['task now', 'checkpoint now'])
    expect(edits.slice(0, -2).toSorted()).toEqual(asking.map((kind) => `${kind} now`).toSorted())
  })

  test('the buttons of a card come right behind its line, though the chat has had its messages for this second', async () => {
    const made = await botWorld(await open(), { simulator: { limits: { chat: { perSecond: 1, burst: 6 } } } })
    world = made
    made.simulator.world.sendText(YOU.id, YOU.id, '/start')
    await made.bot({ limits: { chatPerSecond: 1, chatBurst: 2, groupPerMinute: 20, overallPerSecond: 30, editMs: 1000, groupEditMs: 5000 } }).start()
    await made.person().waitFor('Welcome')
    await approval(made)
    await made.settled()
    const line = made.simulator.calls.findLast(({ method }) => method === 'sendMessage')
    const edit = made.simulator.calls.find(({ method }) => method === 'editMessageText')
    const behind = (edit?.startedAt ?? Infinity) - (line?.endedAt ?? 0)
    expect({ behind, soon: behind < 500, refused: made.simulator.calls.filter(({ error }) => error?.code === 429).length }).toMatchObject({
      soon: true,
      refused: 0,
    })
  })
})
