import { afterEach, expect, test, vi } from 'vitest'
import { BotId, LughError, TelegramChatId } from '#core'
import { enqueueText, type Store } from '#db'
import { YOU, startSimulator } from '#simulator'
import { botWorld, OTHER, type BotWorld } from '../../test/support/bot.ts'
import { describeEachStore } from '../../test/support/stores.ts'

describeEachStore('the bot', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  test('a wish is seen with 👀, done and answered, as a reply', async () => {
    world = await botWorld(await open())
    await world.bot().start()
    const you = world.person()
    const wish = you.say('make it dark')
    const answer = await you.waitFor('Task: make it dark')
    const seen = await you.waitUntil(wish, (message) => message.reactions.length > 0, 'a reaction')
    expect({ reply: answer.replyTo, reactions: seen.reactions, effects: await world.effects(), breaches: world.simulator.breaches }).toEqual({
      reply: wish.id,
      reactions: [{ userId: world.simulator.world.bot.id, emoji: ['👀'] }],
      effects: [{ callKey: expect.stringMatching(/^tg:\d+:\d+$/), what: 'wish make it dark' }],
      breaches: [],
    })
  })

  test('a card asks, one tap decides, the card says who and loses its buttons', async () => {
    world = await botWorld(await open())
    await world.bot().start()
    const you = world.person()
    you.say('/ask t1')
    const query = await you.tap('✅ Allow once')
    expect(await you.toast(query)).toEqual({ text: 'You allowed it.', alert: false })
    const card = await you.waitFor('allowed by You')
    expect({ buttons: you.buttons(card), effects: (await world.effects()).map(({ what }) => what), breaches: world.simulator.breaches }).toEqual({
      buttons: [],
      effects: ['allowed t1'],
      breaches: [],
    })
  })

  test('two processes with one store: one works, the other stands by, says so once, and takes over', async () => {
    world = await botWorld(await open())
    const [first, second] = [world.bot({ leaseMs: 600 }), world.bot({ leaseMs: 600 })]
    await first.start()
    const you = world.person()
    you.say('one')
    await you.waitFor('Task: one')
    await second.start()
    you.say('two')
    await you.waitFor('Task: two')
    expect([first.status().role, second.status().role]).toEqual(['leader', 'standby'])
    await first.stop()
    you.say('three')
    await you.waitFor('Task: three')
    expect({
      status: second.status(),
      standby: world.log.lines.filter(({ event }) => event === 'bot.standby').length,
      breaches: world.simulator.breaches,
      effects: (await world.effects()).map(({ what }) => what),
    }).toEqual({
      status: { role: 'leader', polling: 'ok', botId: world.simulator.world.bot.id, username: world.simulator.world.bot.username },
      standby: 1,
      breaches: [],
      effects: ['wish one', 'wish two', 'wish three'],
    })
  })

  test('a term that the store broke off is over before the next begins: what is on its way is not sent again', async () => {
    const made = await botWorld(await open())
    world = made
    made.simulator.world.sendText(YOU.id, YOU.id, '/start')
    const chatId = TelegramChatId.parse(YOU.id)
    await made.db.tx((tx) => enqueueText(tx, { botId: BotId.parse(made.simulator.world.bot.id), chatId, key: 'slow', text: 'once' }))
    made.simulator.faults.add({ kind: 'delay', ms: 3000, method: 'sendMessage', times: 1 })
    let broken = 0
    /** What a term begins with is written only once the message is on its way, and then fails. */
    const run: Store['run'] = async (text, params) => {
      if (broken > 0 || !text.startsWith('insert into setting')) return made.db.run(text, params)
      broken += 1
      await vi.waitFor(async () => expect(await made.count(`outbox where state = 'sending'`)).toBe(1))
      throw new LughError('db.unavailable', 'away', { retryable: true })
    }
    await made.bot({ db: { ...made.db, run } }).start()
    await made.person().waitFor('once')
    await made.settled()
    const sent = made.simulator.calls.filter(({ method, parameters }) => method === 'sendMessage' && parameters['text'] === 'once')
    expect({ broken, sent: sent.length, failed: made.log.lines.filter(({ event }) => event === 'bot.term-failed').length }).toEqual({
      broken: 1,
      sent: 1,
      failed: 1,
    })
  }, 20_000)

  test('a stop ends within a second in the middle of a long poll, and the next start goes on', async () => {
    world = await botWorld(await open())
    const bot = world.bot()
    await bot.start()
    const you = world.person()
    you.say('one')
    await you.waitFor('Task: one')
    const begun = performance.now()
    await bot.stop()
    expect(performance.now() - begun).toBeLessThan(1000)
    you.say('two')
    await world.bot().start()
    await you.waitFor('Task: two')
    expect((await world.effects()).map(({ what }) => what)).toEqual(['wish one', 'wish two'])
  })

  test('the command menu holds what the registry marks, and is set once', async () => {
    world = await botWorld(await open())
    const bot = world.bot()
    await bot.start()
    const you = world.person(OTHER.id)
    you.say('/start')
    await you.waitFor('Welcome, Other.')
    await bot.stop()
    await world.bot().start()
    you.say('again')
    await you.waitFor('Task: again')
    const menus = world.simulator.calls.filter(({ method }) => method === 'setMyCommands')
    expect(menus.map(({ parameters }) => parameters)).toEqual([
      {
        commands: [
          { command: 'new', description: 'Start a task.' },
          { command: 'ask', description: 'Post a card that asks.' },
          { command: 'stop', description: 'Stop.' },
        ],
      },
    ])
  })

  test('a token Telegram does not know stops the start with a sentence, and stands in no error and no log', async () => {
    world = await botWorld(await open())
    const token = '123456:AAAA-secret-secret-secret-secret'
    const bot = world.bot({ api: { token, apiRoot: world.simulator.apiRoot } })
    const error = await bot.start().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'telegram.refused', say: expect.stringContaining('TELEGRAM_BOT_TOKEN') })
    expect(JSON.stringify([world.log.lines, String(error), error])).not.toContain('secret')
  })

  test('Telegram away at the start is no reason not to start; nothing of the address is logged', async () => {
    world = await botWorld(await open())
    const gone = await startSimulator()
    await gone.close()
    const bot = world.bot({ api: { token: world.simulator.botToken, apiRoot: gone.apiRoot } })
    await bot.start()
    // What was never answered grows old from the first try on.
    await expect.poll(() => bot.pollerAgeMs() ?? -1, { timeout: 10_000 }).toBeGreaterThan(0)
    await bot.stop()
    const logged = JSON.stringify(world.log.lines)
    expect(logged).toContain('ECONNREFUSED')
    expect(logged).not.toContain(world.simulator.botToken.split(':')[1])
  })

  test('updates by webhook are stored when received, once, whoever holds the lead', async () => {
    world = await botWorld(await open())
    let secret = 'a-secret-of-the-hook'
    const hook = { url: 'http://127.0.0.1:9/hook', secret: () => secret }
    const bot = world.bot({ webhook: hook })
    await bot.start()
    const you = world.person()
    const update = {
      update_id: 5,
      message: {
        message_id: you.say('x').id,
        date: 1,
        text: 'by hook',
        from: { id: YOU.id, is_bot: false, first_name: 'You' },
        chat: { id: YOU.id, type: 'private' },
      },
    }
    await Promise.all([bot.receiveUpdate(update), bot.receiveUpdate(update)])
    await you.waitFor('Task: by hook')
    expect({ effects: (await world.effects()).map(({ what }) => what), age: bot.pollerAgeMs(), polling: bot.status().polling }).toEqual({
      effects: ['wish by hook'],
      age: undefined,
      polling: 'off',
    })
    // A changed secret is told to Telegram by itself.
    const told = (): unknown[] =>
      world?.simulator.calls.filter(({ method }) => method === 'setWebhook').map(({ parameters }) => parameters['secret_token']) ?? []
    secret = 'the-next-secret-of-the-hook'
    await expect.poll(told, { timeout: 10_000 }).toEqual(['a-secret-of-the-hook', 'the-next-secret-of-the-hook'])
  })
})
