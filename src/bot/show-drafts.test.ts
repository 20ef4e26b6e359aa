/** An agent's words while they come, in a real bot: only where a draft can be, never in anybody's way, and silent where Telegram takes none. */
import { BotId, ConversationId, createDrafts, randomIds, TelegramChatId } from '#core'
import { conversationAt, type Store } from '#db'
import { YOU } from '#simulator'
import { afterEach, expect, it } from 'vitest'
import { botWorld, type BotWorld } from '../../test/support/bot.ts'
import { describeEachStore } from '../../test/support/stores.ts'

const LONG = 'These are words of an agent, more of them than fit into a glance, so that it is worth while to look at them before they are all there. '

const worlds: BotWorld[] = []
async function begun(db: Store) {
  const drafts = createDrafts()
  const world = await botWorld(db)
  worlds.push(world)
  await world.bot({ drafts }).start()
  world.simulator.world.sendText(YOU.id, YOU.id, '/start')
  await world.person().waitFor('Welcome', 30_000)
  const botId = BotId.parse(world.simulator.world.bot.id)
  const place = async (chatId: number): Promise<ConversationId> => {
    const id = ConversationId.parse(randomIds.uuid())
    const row = await db.tx((tx) => conversationAt(tx, { id, botId, chatId: TelegramChatId.parse(chatId), threadId: 0 }))
    if (row === undefined) throw new Error('no conversation')
    return row.id
  }
  const shown = () => world.simulator.calls.filter(({ method }) => method === 'sendMessageDraft')
  return { drafts, world, place, shown }
}

describeEachStore('drafts', (store) => {
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })

  it('shows the newest words, of the task they are of, until they are over', async () => {
    const { drafts, world, place, shown } = await begun(await store())
    const conversationId = await place(YOU.id)
    drafts.say({ conversationId, task: 7, text: 'Short.' })
    drafts.say({ conversationId, task: 7, text: LONG })
    await expect.poll(() => shown().length).toBe(1)
    drafts.say({ conversationId, task: 7, text: LONG + LONG })
    await expect.poll(() => shown().length).toBe(2)
    drafts.say({ conversationId, task: 7, text: LONG.repeat(3) })
    drafts.say({ conversationId, task: 7, text: undefined })
    await world.settled()
    expect(shown().map(({ parameters }) => parameters)).toEqual(
      [LONG, LONG + LONG].map((text) => ({ chat_id: YOU.id, draft_id: 7, text, entities: [] })),
    )
    expect(world.simulator.breaches).toEqual([])
  })

  it('waits when it is told to, and goes to no group', async () => {
    const { drafts, world, place, shown } = await begun(await store())
    world.simulator.faults.add({ kind: 'flood', retryAfter: 1, method: 'sendMessageDraft' })
    const group = world.simulator.world.createGroup(YOU.id, { title: 'G', members: [] })
    drafts.say({ conversationId: await place(group), task: 3, text: LONG })
    drafts.say({ conversationId: await place(YOU.id), task: 4, text: LONG })
    await expect.poll(() => shown().map(({ outcome }) => outcome)).toEqual(['refused', 'ok'])
    expect(shown().map(({ parameters }) => parameters['chat_id'])).toEqual([YOU.id, YOU.id])
  })

  it('is asked for once where Telegram takes none, and nobody hears of it', async () => {
    const { drafts, world, place, shown } = await begun(await store())
    const before = world.simulator.world.messages(YOU.id).length
    const conversationId = await place(YOU.id)
    const task = 0 // no draft has this number: a refusal like that of a server that knows no drafts
    drafts.say({ conversationId, task, text: LONG })
    await expect.poll(() => shown().map(({ outcome }) => outcome)).toEqual(['refused'])
    drafts.say({ conversationId, task: 5, text: LONG })
    await world.settled()
    expect([shown().length, world.simulator.world.messages(YOU.id).length]).toEqual([1, before])
  })
})
