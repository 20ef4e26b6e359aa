import { afterEach, expect, test } from 'vitest'
import { YOU } from '#simulator'
import { botWorld, OTHER, STRANGER, type BotWorld } from '../../test/support/bot.ts'
import { describeEachStore } from '../../test/support/stores.ts'

const PRIVATE = { id: STRANGER.id, type: 'private' }
const from = { id: STRANGER.id, is_bot: false, first_name: 'Mallory' }
const you = { id: YOU.id, is_bot: false, first_name: 'You' }
const SECRET = 'secret words'

/** Every kind of update, as somebody not listed (or not admitted there) would cause it. */
const STRANGE: Record<string, object> = {
  photo: { message: { message_id: 1, date: 1, chat: PRIVATE, from, photo: [{ file_id: 'f' }], caption: SECRET } },
  voice: { message: { message_id: 1, date: 1, chat: PRIVATE, from, voice: { file_id: 'f' } } },
  'a command': { message: { message_id: 1, date: 1, chat: PRIVATE, from, text: `/stop ${SECRET}` } },
  'a forward': { message: { message_id: 1, date: 1, chat: PRIVATE, from, text: SECRET, forward_origin: { type: 'user', sender_user: you } } },
  'an edit': { edited_message: { message_id: 1, date: 1, chat: PRIVATE, from, text: SECRET } },
  'a press': { callback_query: { id: 'q', from, data: SECRET, chat_instance: 'x', message: { message_id: 1, date: 1, chat: PRIVATE } } },
  'a press without a message': { callback_query: { id: 'q', from: you, data: SECRET, chat_instance: 'x', inline_message_id: 'i' } },
  'a press by a listed person in a chat that is not theirs': {
    callback_query: { id: 'q', from: you, data: SECRET, chat_instance: 'x', message: { message_id: 1, date: 1, chat: PRIVATE } },
  },
  'a reaction': { message_reaction: { chat: PRIVATE, message_id: 1, user: from, date: 1, old_reaction: [], new_reaction: [] } },
  'an anonymous reaction': { message_reaction: { chat: { id: -5, type: 'group' }, message_id: 1, actor_chat: { id: -5, type: 'group' }, date: 1 } },
  'a membership': { my_chat_member: { chat: { id: -5, type: 'group' }, from: you, date: 1 } },
  'a group, by a listed person': { message: { message_id: 1, date: 1, chat: { id: -5, type: 'group' }, from: you, text: SECRET } },
  'a group, by a stranger': { message: { message_id: 1, date: 1, chat: { id: -5, type: 'supergroup' }, from, text: SECRET } },
  'an anonymous admin': {
    message: { message_id: 1, date: 1, chat: { id: -5, type: 'supergroup' }, from: you, sender_chat: { id: -5, type: 'supergroup' }, text: SECRET },
  },
  'a channel post': {
    channel_post: { message_id: 1, date: 1, chat: { id: -6, type: 'channel' }, sender_chat: { id: -6, type: 'channel' }, text: SECRET },
  },
  'a bot': { message: { message_id: 1, date: 1, chat: { id: YOU.id, type: 'private' }, from: { ...you, is_bot: true }, text: SECRET } },
  'a kind that does not exist yet': { brand_new_thing: { from, text: SECRET } },
  'a business message': { business_message: { message_id: 1, date: 1, chat: PRIVATE, from, text: SECRET } },
  nonsense: { message: { text: SECRET } },
  'nothing at all': {},
}

describeEachStore('who is asked first', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  test('no kind of update of a stranger does anything, and nothing of it is kept', async () => {
    world = await botWorld(await open())
    const bot = world.bot()
    let updateId = 1
    for (const update of Object.values(STRANGE)) await bot.receiveUpdate({ update_id: updateId++, ...update })
    await bot.receiveUpdate('not even an object')
    expect({
      refused: await world.count(`inbox where state = 'refused' and body = '{}'`),
      others: await world.count(`inbox where state <> 'refused'`),
      effects: await world.effects(),
      words: await world.count(`inbox where body::text like '%secret%'`),
      logged: JSON.stringify(world.log.lines).includes('secret'),
      events: await world.count(`event where kind = 'stranger.refused'`),
      eventWords: await world.count(`event where data::text like '%secret%' or data::text like '%Mallory%'`),
      // Photo, voice and command are messages in a private chat: the first of them is refused in words.
      said: await world.count(`outbox`),
    }).toEqual({
      refused: Object.keys(STRANGE).length,
      others: 0,
      effects: [],
      words: 0,
      logged: false,
      events: Object.keys(STRANGE).length,
      eventWords: 0,
      said: 1,
    })
  })

  test('a stranger is refused in words once, ever, whatever is delivered again', async () => {
    world = await botWorld(await open())
    world.simulator.faults.redeliver({ copies: 2, shuffle: true })
    await world.bot().start()
    const stranger = world.person(STRANGER.id)
    for (let n = 0; n < 5; n += 1) stranger.say(`let me in ${n}`)
    await stranger.waitFor('works only for')
    const you = world.person()
    you.say('still there?')
    await you.waitFor('Task: still there?')
    stranger.say('please')
    you.say('and now?')
    await you.waitFor('Task: and now?')
    expect({
      said: stranger.messages().filter(({ from: { isBot } }) => isBot).length,
      refused: await world.count(`inbox where state = 'refused'`),
      effects: (await world.effects()).map(({ what }) => what),
    }).toEqual({ said: 1, refused: 6, effects: ['wish still there?', 'wish and now?'] })
  })

  test('somebody taken off the list between the update and its handling is a stranger', async () => {
    world = await botWorld(await open())
    const bot = world.bot()
    await bot.receiveUpdate({
      update_id: 1,
      message: { message_id: 1, date: 1, chat: { id: OTHER.id, type: 'private' }, from: { ...from, id: OTHER.id }, text: SECRET },
    })
    await world.db.run(`update person set telegram_user_id = null where telegram_user_id = $1::bigint`, [OTHER.id])
    await bot.start()
    const you = world.person()
    you.say('go')
    await you.waitFor('Task: go')
    expect({
      kept: await world.count(`inbox where state = 'refused' and body = '{}'`),
      effects: (await world.effects()).map(({ what }) => what),
    }).toEqual({
      kept: 1,
      effects: ['wish go'],
    })
  })

  test('hostile characters are stored and acted on, never fatal', async () => {
    world = await botWorld(await open())
    const bot = world.bot()
    const nasty = [
      'a\0b',
      'lone \ud800 surrogate',
      '\u202eevil',
      '💥',
      'x'.repeat(4000),
      '👩‍👩‍👧‍👦'.repeat(50),
      '\u0007\u001b[31m',
      '//',
      '/',
      '/home/me/x',
      'ﷺ',
    ]
    for (const [index, text] of nasty.entries())
      await bot.receiveUpdate({
        update_id: index + 1,
        message: { message_id: index + 1, date: 1, chat: { id: YOU.id, type: 'private' }, from: you, text },
      })
    world.simulator.world.sendText(YOU.id, YOU.id, 'hello')
    await bot.start()
    const person = world.person()
    person.say('last')
    await person.waitFor('Task: last')
    expect(await world.count(`inbox where state <> 'handled'`)).toBe(0)
    expect((await world.effects()).length).toBe(nasty.length + 2)
  })

  test('an update the store cannot take is put aside, and those beside it are handled', async () => {
    world = await botWorld(await open())
    await world.db.script(`alter table inbox add constraint no_poison check (body ->> 'text' is distinct from 'poison')`)
    await world.bot().start()
    const person = world.person()
    for (const words of ['one', 'poison', 'two']) person.say(words)
    await person.waitFor('Task: two')
    expect({ effects: (await world.effects()).map(({ what }) => what), aside: await world.count(`inbox where state = 'refused'`) }).toEqual({
      effects: ['wish one', 'wish two'],
      aside: 1,
    })
  })
})
