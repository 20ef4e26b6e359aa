import { afterEach, expect, test } from 'vitest'
import { buttons } from '#simulator'
import { botWorld, type BotWorld } from '../../test/support/bot.ts'
import { describeEachStore } from '../../test/support/stores.ts'

describeEachStore('a question that was put twice, because nobody learnt that the first was accepted', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  test('a reply to the first of the two is the answer, and no new wish', async () => {
    world = await botWorld(await open())
    await world.bot().start()
    const you = world.person()
    you.say('/ask t1')
    const card = await you.waitFor((message) => buttons(message).includes('✏️ Change'))
    const asks = ({ text }: { text: string }): boolean => text.includes('What shall be different?')
    world.simulator.faults.add({ kind: 'timeout-after-accept', method: 'sendMessage', when: ({ text }) => asks({ text: String(text) }) })
    await you.tap('✏️ Change', { in: card })
    await expect.poll(() => you.messages().filter(asks).length, { timeout: 10_000 }).toBe(2)
    await world.settled()
    const [first] = you.messages().filter(asks)
    if (first !== undefined) you.replyTo(first, 'use npm')
    await you.waitFor('denied by You')
    await world.settled()
    expect((await world.effects()).map(({ what }) => what)).toEqual(['denied t1 because use npm'])
  })
})
