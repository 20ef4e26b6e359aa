import { afterEach, expect, test } from 'vitest'
import { LughError } from '#core'
import { enqueueText, type Store } from '#db'
import { YOU, buttons, type Message } from '#simulator'
import { BotId, TelegramChatId } from '#core'
import { botWorld, OTHER, STRANGER, type BotWorld } from '../../test/support/bot.ts'
import { BESIDE, describeEachStore } from '../../test/support/stores.ts'

const whats = async (world: BotWorld): Promise<string[]> => (await world.effects()).map(({ what }) => what)

/** A press as it comes from Telegram, whoever claims to have pressed. */
function press(updateId: number, who: number, message: Message | { id: number; chatId: number }, data: string): object {
  const from = { id: who, is_bot: false, first_name: String(who) }
  const on = { message_id: message.id, date: 1, chat: { id: message.chatId, type: 'private' } }
  return { update_id: updateId, callback_query: { id: `q${updateId}`, from, chat_instance: 'x', data, message: on } }
}

async function card(world: BotWorld, id = 't1'): Promise<{ message: Message; allow: string }> {
  const you = world.person()
  you.say(`/ask ${id}`)
  const message = await you.waitFor((one) => one.text.includes(`command ${id}`) && buttons(one).length > 0)
  const first = message.markup?.kind === 'inline' ? message.markup.rows[0]?.[0] : undefined
  return { message, allow: first?.callback_data ?? '' }
}

describeEachStore('handling', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })
  const started = async (options: Parameters<typeof botWorld>[1] = {}, db?: Store): Promise<BotWorld> => {
    world = await botWorld(db ?? (await open()), options)
    await world.bot().start()
    return world
  }

  test('every update counts once, delivered four times, shuffled, while acts fail at random', async () => {
    const failures = new Map<string, number>()
    const w = await started({
      trouble: (what) => {
        const before = failures.get(what) ?? 0
        failures.set(what, before + 1)
        if (what.endsWith('7') && before < 1) throw new Error('a crash in the middle')
      },
    })
    w.simulator.faults.redeliver({ copies: 3, shuffle: true })
    const you = w.person()
    const other = w.person(OTHER.id)
    const wishes = Array.from({ length: 60 }, (_, n) => `w${n}`)
    for (const wish of wishes) {
      you.say(wish)
      other.say(wish)
    }
    await you.waitFor('Task: w59', 30_000)
    await other.waitFor('Task: w59', 30_000)
    await w.settled()
    const expected = wishes.map((wish) => `wish ${wish}`)
    const answers = (who: typeof you): string[] =>
      who
        .messages()
        .filter((m) => m.from.isBot)
        .map((m) => m.text)
    expect((await whats(w)).toSorted()).toEqual([...expected, ...expected].toSorted())
    expect(new Set((await w.effects()).map(({ callKey }) => callKey)).size).toBe(120)
    expect([answers(you), answers(other)]).toEqual([wishes.map((wish) => `Task: ${wish}`), wishes.map((wish) => `Task: ${wish}`)])
  })

  test('what nobody expected is tried four times, then admitted in one sentence, and the next is handled', async () => {
    let tries = 0
    const w = await started({
      trouble: (what) => {
        if (what !== 'wish broken') return
        tries += 1
        throw new Error('no reason')
      },
    })
    const you = w.person()
    const wish = you.say('broken')
    you.say('whole')
    const said = await you.waitFor('Something went wrong', 20_000)
    await you.waitFor('Task: whole')
    expect({
      tries,
      reply: said.replyTo,
      effects: await whats(w),
      failed: await w.count(`inbox where state = 'failed' and failure like '%no reason%'`),
    }).toEqual({
      tries: 4,
      reply: wish.id,
      effects: ['wish whole'],
      failed: 1,
    })
  })

  test('a full disk is said once and waited for, however long it takes, and then the wish is handled', async () => {
    let tries = 0
    const w = await started({
      trouble: () => {
        tries += 1
        if (tries < 5) throw new LughError('disk.full', 'The disk is full; free some space and I go on.', { retryable: true })
      },
    })
    const you = w.person()
    you.say('x')
    await you.waitFor('Task: x', 20_000)
    const answers = you.messages().filter((message) => message.from.isBot)
    expect({ tries, answers: answers.map(({ text }) => text), failed: await w.count(`inbox where state = 'failed'`) }).toEqual({
      tries: 5,
      answers: ['The disk is full; free some space and I go on.', 'Task: x'],
      failed: 0,
    })
  })

  test('a refusal is rolled back and answered with its own sentence', async () => {
    const w = await started({
      trouble: () => {
        throw new LughError('conflict', 'There is no project here yet.')
      },
    })
    const you = w.person()
    you.say('x')
    await you.waitFor('There is no project here yet.')
    expect({ effects: await w.effects(), handled: await w.count(`inbox where state = 'handled' and failure = 'conflict'`) }).toEqual({
      effects: [],
      handled: 1,
    })
  })

  test('/stop overtakes what waits before it', async () => {
    world = await botWorld(await open(), {
      trouble: () => {
        throw new Error('stuck')
      },
    })
    const you = world.person()
    for (let n = 0; n < 5; n += 1) you.say(`slow ${n}`)
    you.say('/stop')
    const begun = performance.now()
    await world.bot().start()
    await you.waitFor('Stopped.')
    expect(await whats(world)).toEqual(['stop'])
    // Each stuck wish takes over 5 s of tries.
    expect(performance.now() - begun).toBeLessThan(5000)
  })

  test('a stop button overtakes what waits before it', async () => {
    let stuck = false
    const w = await started({
      trouble: () => {
        if (stuck) throw new Error('stuck')
      },
    })
    await card(w)
    stuck = true
    const you = w.person()
    you.say('slow')
    const query = await you.tap('⏹ Stop')
    expect(await you.toast(query)).toEqual({ text: 'Stopped.', alert: false })
    expect(await whats(w)).toEqual(['stop'])
  })

  test('fifty taps at once: one decides, every one is answered', async () => {
    const w = await started()
    const { message, allow } = await card(w)
    const you = w.person()
    const queries = Array.from({ length: 50 }, () => w.simulator.world.pressButton(YOU.id, message, { data: allow }, { stale: true }))
    const toasts = await Promise.all(queries.map((query) => you.toast(query)))
    const counted = Object.groupBy(toasts, ({ text }) => text)
    expect({ effects: await whats(w), toasts: Object.fromEntries(Object.entries(counted).map(([text, all]) => [text, all?.length])) }).toEqual({
      effects: ['allowed t1'],
      toasts: { 'You allowed it.': 1, 'Already allowed by You.': 49 },
    })
  })

  test('a tap by a stranger, by another in their own chat, on another message, or of an unknown button changes nothing', async () => {
    world = await botWorld(await open())
    const bot = world.bot()
    await bot.start()
    const { message, allow } = await card(world)
    await bot.receiveUpdate(press(1, STRANGER.id, message, allow))
    await bot.receiveUpdate(press(2, OTHER.id, message, allow))
    await bot.receiveUpdate(press(3, OTHER.id, { id: message.id, chatId: OTHER.id }, allow))
    await bot.receiveUpdate(press(4, YOU.id, { id: message.id + 50, chatId: YOU.id }, allow))
    await bot.receiveUpdate(press(5, YOU.id, message, 'no-such-button'))
    await bot.receiveUpdate(press(6, YOU.id, message, 'x:00000000-0000-0000-0000-000000000000'))
    await bot.receiveUpdate(press(7, YOU.id, message, 'x:\0'))
    await world.settled()
    expect({
      effects: await world.effects(),
      refused: await world.count(`inbox where state = 'refused'`),
      pending: await world.count(`${BESIDE}.decision where state = 'pending'`),
    }).toEqual({
      effects: [],
      refused: 2,
      pending: 1,
    })
  })

  test('a role that may not decide is told so', async () => {
    const w = await started()
    const { message, allow } = await card(w)
    await w.db.run(`update person set role = 'viewer' where telegram_user_id = $1::bigint`, [YOU.id])
    const query = w.simulator.world.pressButton(YOU.id, message, { data: allow })
    expect(await w.person().toast(query)).toEqual({ text: expect.stringContaining('viewer'), alert: true })
    expect(await w.effects()).toEqual([])
  })

  test('a button that asks: the reply is the answer, and the question loses its keyboard', async () => {
    const w = await started()
    const { message } = await card(w)
    const you = w.person()
    await you.tap('✏️ Change', { in: message })
    const question = await you.waitFor('What shall be different?')
    expect({ buttons: you.buttons(question), sent: w.simulator.calls.findLast(({ method }) => method === 'sendMessage')?.parameters }).toMatchObject({
      buttons: ['❌ Cancel'],
      sent: { reply_markup: { force_reply: true } },
    })
    you.replyTo(question, 'use npm')
    await you.waitFor('denied by You')
    await you.waitUntil(question, (now) => now.text.includes('Got your answer') && buttons(now).length === 0, 'a closed question')
    you.replyTo(question, 'and more')
    await you.waitFor('answered already')
    expect(await whats(w)).toEqual(['denied t1 because use npm'])
  })

  test('a button that asks: the next words are the answer, and only those', async () => {
    const w = await started()
    const { message } = await card(w)
    const you = w.person()
    await you.tap('✏️ Change', { in: message })
    await you.waitFor('What shall be different?')
    w.person(OTHER.id).say('not mine')
    you.say('use npm')
    you.say('something else')
    await you.waitFor('Task: something else')
    await w.settled()
    expect((await whats(w)).toSorted()).toEqual(['denied t1 because use npm', 'wish not mine', 'wish something else'])
  })

  test('a cancelled or late question is answered by nothing', async () => {
    const w = await started()
    const { message } = await card(w)
    const you = w.person()
    await you.tap('✏️ Change', { in: message })
    const cancel = await you.tap('❌ Cancel')
    expect(await you.toast(cancel)).toEqual({ text: 'Cancelled.', alert: false })
    you.say('one')
    await you.waitFor('Task: one')
    await you.tap('✏️ Change', { in: message })
    await you.waitFor((m) => m.text.includes('What shall') && buttons(m).length > 0)
    const open = `prompt where state = 'open' and expires_at - created_at between interval '119 seconds' and interval '121 seconds'`
    expect(await w.count(open)).toBe(1)
    await w.db.run(`update prompt set expires_at = now() - interval '1 second' where state = 'open'`)
    you.say('two')
    await you.waitFor('Task: two')
    expect(await whats(w)).toEqual(['wish one', 'wish two'])
  })

  test('a reply to a question that was put twice, or is over, is never a wish: it says itself which one it is', async () => {
    const w = await started()
    const { message } = await card(w)
    const you = w.person()
    await you.tap('✏️ Change', { in: message })
    const first = await you.waitFor((m) => m.text.includes('What shall') && buttons(m).length > 0)
    await w.settled()
    // As after a kill between the call and its outcome: no row knows the message, and its question is over.
    await w.db.run(`update prompt set message_id = null, state = 'cancelled'`)
    await w.db.run(`update outbox set message_ids = '[]' where kind = 'prompt'`)
    you.replyTo(first, 'use npm')
    await you.waitFor('That question is no longer open. Press the card')
    // And while another is open, the old one still does not mean that one.
    await you.tap('✏️ Change', { in: message })
    await you.waitFor((m) => m.id > first.id && m.text.includes('What shall') && buttons(m).length > 0)
    const since = you.mark()
    you.replyTo(first, 'use yarn')
    await you.waitFor('That question is no longer open. Press the card', { since })
    await w.settled()
    expect(await whats(w)).toEqual([])
  })

  test('a reply to a card is words about that card', async () => {
    const w = await started()
    const { message } = await card(w)
    const you = w.person()
    you.replyTo(message, 'why so slow?')
    await you.waitFor('Task: on approval t1: why so slow?')
  })

  test('a mistyped command offers the nearest as buttons, which work', async () => {
    const w = await started()
    const you = w.person()
    you.say('/stpo')
    const offered = await you.waitFor('I do not know /stpo')
    const query = await you.tap('/stop')
    expect(await you.toast(query)).toEqual({ text: 'Stopped.', alert: false })
    you.say('/xyz')
    await you.waitFor((message) => message.text.startsWith('I do not know /xyz. /help') && you.buttons(message).join() === '/help')
    expect({ effects: await whats(w), reply: offered.replyTo }).toEqual({ effects: ['stop'], reply: 1 })
  })

  test('a command may name the bot; one for another bot is not obeyed', async () => {
    const w = await started()
    const you = w.person()
    you.say(`/new@${w.simulator.world.bot.username} one`)
    await you.waitFor('Task: one')
    you.say('/stop@somebody_else_bot')
    await you.waitFor('That command is for @somebody_else_bot')
    expect(await whats(w)).toEqual(['wish one'])
  })

  test('what nobody can read or hear here gets one clear sentence; forwards are not obeyed, edits are amendments', async () => {
    const w = await started()
    const you = w.person()
    w.simulator.world.sendFile(YOU.id, YOU.id, 'video', { bytes: new Uint8Array([1]) }, { caption: 'do this' })
    await you.waitFor('I cannot read videos yet')
    w.simulator.world.sendVoice(YOU.id, YOU.id, { bytes: new Uint8Array([1]) })
    await you.waitFor('I cannot hear here')
    const wish = you.say('one')
    await you.waitFor('Task: one')
    w.simulator.world.editText(YOU.id, wish, 'two')
    await you.waitFor('Amended: two')
    w.simulator.world.forward(YOU.id, wish, YOU.id)
    await you.waitFor('I do not act on forwarded messages')
    you.react(wish, '👍')
    await w.settled()
    expect(await whats(w)).toEqual(['wish one', `amend two of ${wish.id}`])
  })

  test('a reply to any message of the bot about nothing in particular is a new wish', async () => {
    const w = await started()
    const you = w.person()
    await w.db.tx((tx) =>
      enqueueText(tx, { botId: BotId.parse(w.simulator.world.bot.id), chatId: TelegramChatId.parse(YOU.id), key: 'k', text: 'hello' }),
    )
    you.say('hi')
    const hello = await you.waitFor('hello')
    you.replyTo(hello, 'do it')
    await you.waitFor('Task: do it')
  })
})
