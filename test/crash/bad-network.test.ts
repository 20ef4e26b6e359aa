/** Two thousand messages while Telegram floods, fails, cuts the line and accepts without saying so: none lost, each chat in its order. */
import { expect, test } from 'vitest'
import { BotId, TelegramChatId } from '#core'
import { enqueueText } from '#db'
import { YOU } from '#simulator'
import { botWorld, OTHER, type BotWorld } from '../support/bot.ts'
import { describeEachStore } from '../support/stores.ts'

const MESSAGES_A_CHAT = 1000
const SEED = 5
/** Of each kind of trouble: one request in fifty. */
const OFTEN = { times: 1e6, probability: 0.02 }

async function queue(world: BotWorld, chatId: number, texts: readonly string[]): Promise<void> {
  const botId = BotId.parse(world.simulator.world.bot.id)
  await world.db.tx(async (tx) => {
    for (const text of texts) await enqueueText(tx, { botId, chatId: TelegramChatId.parse(chatId), key: `${chatId}:${text}`, text })
  })
}

/** What the bot wrote into the chat; same neighbours once, since nobody knew whether the first had arrived. */
function heard(world: BotWorld, chatId: number): string[] {
  const texts = world.simulator.world.messages(chatId).flatMap(({ from, text }) => (from.isBot ? [text] : []))
  return texts.filter((text, index) => text !== texts[index - 1])
}

describeEachStore('a bad network', (open) => {
  test('two thousand messages: none is lost, each chat keeps its order', async () => {
    const world = await botWorld(await open(), { simulator: { seed: SEED } })
    try {
      const people = [YOU.id, OTHER.id]
      for (const id of people) world.simulator.world.sendText(id, id, '/start')
      await world.bot().start()
      await Promise.all(people.map((id) => world.person(id).waitFor('Welcome')))
      const { faults } = world.simulator
      faults.add({ kind: 'flood', retryAfter: 0, ...OFTEN })
      for (const code of [500, 502] as const) faults.add({ kind: 'server-error', code, ...OFTEN })
      for (const kind of ['timeout-after-accept', 'cut'] as const) faults.add({ kind, ...OFTEN })
      const wanted = Array.from({ length: MESSAGES_A_CHAT }, (_, n) => `m${n}`)
      for (const id of people) await queue(world, id, wanted)
      await world.settled()
      for (const id of people) expect(heard(world, id).slice(1)).toEqual(wanted)
      expect(await world.count(`outbox where state <> 'sent'`)).toBe(0)
    } finally {
      await world.close()
    }
  }, 120_000)
})
