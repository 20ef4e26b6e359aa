import { afterEach, expect, test } from 'vitest'
import { BotId, TelegramChatId, type Clock } from '#core'
import { touchCards } from '#db'
import { YOU, buttons, type Message } from '#simulator'
import { botWorld, OTHER, STRANGER, type BotWorld } from '../../test/support/bot.ts'
import { describeEachStore } from '../../test/support/stores.ts'

const whats = async (world: BotWorld): Promise<string[]> => (await world.effects()).map(({ what }) => what)

describeEachStore('answers without a button', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })
  const started = async (clock?: Clock): Promise<BotWorld> => {
    world = await botWorld(await open(), clock === undefined ? {} : { clock })
    await world.bot().start()
    return world
  }
  const card = async (w: BotWorld, id = 't1'): Promise<Message> => {
    w.person().say(`/ask ${id}`)
    const message = await w.person().waitFor((one) => one.text.includes(`command ${id}`) && buttons(one).length > 0)
    await w.settled()
    return message
  }

  test('👍 presses the first button, and 👎 on the decided card is refused with a word in reply to it', async () => {
    const w = await started()
    const you = w.person()
    const asked = await card(w)
    you.react(asked, '👍')
    await you.waitUntil(asked, (one) => one.text.includes('allowed by'), 'the decision')
    you.react(asked, '👎')
    const refused = await you.waitFor('asks nothing any more')
    you.react(asked, [])
    await w.settled()
    expect({ effects: await whats(w), reply: refused.replyTo, keys: buttons(you.now(asked)) }).toEqual({
      effects: ['allowed t1'],
      reply: asked.id,
      keys: [],
    })
  })

  test('a listed word in reply decides, other words are for the agent, and loose words decide nothing', async () => {
    const w = await started()
    const you = w.person()
    const first = await card(w, 't1')
    const second = await card(w, 't2')
    you.say('yes')
    await you.waitFor('That decides nothing')
    you.replyTo(first, 'yes please, but hurry')
    await you.waitFor('Task: on approval t1: yes please, but hurry')
    you.replyTo(first, 'No.')
    await you.waitUntil(first, (one) => one.text.includes('denied by'), 'the decision')
    you.replyTo(second, 'OK')
    await you.waitUntil(second, (one) => one.text.includes('allowed by'), 'the decision')
    expect(await whats(w)).toEqual(['wish on approval t1: yes please, but hurry', 'denied t1', 'allowed t2'])
  })

  test('✍ asks for words as the button does, and the next words are the answer', async () => {
    const w = await started()
    const you = w.person()
    const asked = await card(w)
    you.react(asked, '✍')
    const prompt = await you.waitFor('What shall be different?')
    expect({ reply: prompt.replyTo, keys: buttons(prompt) }).toEqual({ reply: asked.id, keys: ['❌ Cancel'] })
    you.say('use pnpm')
    await you.waitUntil(asked, (one) => one.text.includes('denied by'), 'the decision')
    expect(await whats(w)).toEqual(['denied t1 because use pnpm'])
  })

  test('“stop” in reply to a card stops, and overtakes', async () => {
    const w = await started()
    const you = w.person()
    const asked = await card(w)
    you.replyTo(asked, 'Stop!')
    await expect.poll(() => whats(w)).toEqual(['stop'])
    expect(await w.count(`inbox where (body ->> 'urgent')::boolean`)).toBe(1)
  })

  test('nobody else’s reaction, reply or edit does anything, on any message', async () => {
    const w = await started()
    const asked = await card(w)
    const { world: telegram } = w.simulator
    const push = (who: number, chatId: number): void => {
      const from = { id: who, is_bot: false, first_name: 'X' }
      const chat = { id: chatId, type: 'private', first_name: 'X' }
      const emoji = [{ type: 'emoji', emoji: '👍' }]
      telegram.updates.push('message_reaction', {
        chat,
        user: from,
        message_id: asked.id,
        date: 2_000_000_000,
        old_reaction: [],
        new_reaction: emoji,
      })
      const on = { message_id: asked.id, date: 1, chat }
      telegram.updates.push('message', { message_id: 9000 + who, date: 2_000_000_000, chat, from, text: 'yes', reply_to_message: on })
      telegram.updates.push('edited_message', { message_id: asked.id, date: 1, edit_date: 2, chat, from, text: 'yes' })
    }
    push(STRANGER.id, STRANGER.id)
    push(STRANGER.id, YOU.id)
    push(OTHER.id, YOU.id)
    await w.settled()
    expect(await whats(w)).toEqual([])
    expect(buttons(w.person().now(asked))).toContain('✅ Allow once')
  })

  test('a reaction to what the card showed before it changed is refused, since nobody can have seen the new one', async () => {
    const w = await started()
    const you = w.person()
    const asked = await card(w)
    const botId = BotId.parse(w.simulator.world.bot.id)
    const since = `update card set keys_since = $1::bigint where bot_id = $2::bigint and chat_id = $3::bigint`
    await w.db.run(since, [w.simulator.world.seconds() + 60, botId, TelegramChatId.parse(YOU.id)])
    you.react(asked, '👍')
    await you.waitFor('The card changed just as you answered')
    await w.db.run(since, [w.simulator.world.seconds() - 60, botId, TelegramChatId.parse(YOU.id)])
    you.react(asked, [])
    you.react(asked, '👍')
    await you.waitUntil(asked, (one) => one.text.includes('allowed by'), 'the decision')
    expect(await whats(w)).toEqual(['allowed t1'])
  })

  test('what stands under a card is known with the time of Telegram’s clock, once it has changed', async () => {
    const w = await started()
    const you = w.person()
    const asked = await card(w)
    expect(await w.count(`card where keys_since is null and jsonb_array_length(keys) = 4`)).toBe(1)
    await w.db.tx((tx) => touchCards(tx, { kind: 'approval', subjectId: 't1' }))
    await w.settled()
    expect(await w.count(`card where keys_since is null`)).toBe(1)
    you.react(asked, '👎')
    await you.waitUntil(asked, (one) => one.text.includes('denied by'), 'the decision')
    await w.settled()
    const date = you.now(asked).editDate ?? 0
    expect(await w.count(`card where jsonb_array_length(keys) = 0 and keys_since = ${date}`)).toBe(1)
  })
})
