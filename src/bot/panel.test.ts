/** The panel of settings through the bot: every button of every page does something, and is not refused. */
import { BotId, CardId, ProjectId, TelegramChatId, TelegramUserId, randomIds } from '#core'
import { conversationAt, finishAdding, insertPanel, insertProject, personByTelegramId, postCard, type Store } from '#db'
import { buttons, YOU } from '#simulator'
import { afterEach, expect, test } from 'vitest'
import { botWorld, type BotWorld } from '../../test/support/bot.ts'
import { FACTS } from '../../test/support/no-git.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { changeSetting } from '../orchestrator/capabilities/change-setting.ts'
import { renderCard } from '../orchestrator/render-card.ts'

const PAGES = ['🔔 What rings', '🌙 Quiet hours', '🎨 Look of diffs', '⏳ No answer', '🧭 Mode', '🤖 Engine'] as const
/** What is said where a button asks. */
const WORDS: Readonly<Record<string, string>> = { '🕰 Time zone': 'Europe/Berlin', 'Other hours': '21-6' }

describeEachStore('the panel of settings in a chat', (open, kind) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  // What its taps write is looked at on both stores (`settings-card.test.ts`); the buttons are the same on both.
  test.skipIf(kind === 'server')('is walked through, page by page, button by button', async () => {
    const db = await open()
    const facts = { ...FACTS, pictures: 'dark' as const }
    world = await botWorld(db, { listed: [YOU.id], real: { capabilities: [changeSetting], renderCard } })
    await world.bot({ facts }).start()
    world.person().say('/start')
    await world.person().waitFor('Welcome')
    await layPanel(db, world.simulator.world.bot.id)
    const you = world.person()
    const panel = await you.waitFor((message) => message.text.includes('⚙️ Settings') && buttons(message).includes('🧭 Mode'))
    const tapped = new Set<string>()
    const tap = async (label: string): Promise<void> => {
      const before = you.mark()
      const query = await you.tap(label, { in: panel })
      const words = WORDS[label]
      if (words !== undefined) you.replyTo(await you.waitFor(/\?/u, { since: before }), words)
      expect([label, (await you.toast(query)).alert]).toEqual([label, false])
      tapped.add(label)
      await world?.settled()
    }
    const walk = async (): Promise<void> => {
      for (;;) {
        const next = buttons(you.now(panel)).find((label) => !tapped.has(label) && label !== '◀ Back')
        if (next === undefined) break
        await tap(next)
      }
    }
    for (const page of PAGES) {
      if (!buttons(you.now(panel)).includes(page)) await tap('◀ Back')
      await tap(page)
      await walk()
    }
    expect(tapped.size).toBeGreaterThan(40)
    expect(world.simulator.breaches).toEqual([])
  })
})

/** As /settings would, but for what it reads of the repository. */
async function layPanel(db: Store, bot: number): Promise<void> {
  const owner = await personByTelegramId(db, TelegramUserId.parse(YOU.id))
  if (owner === undefined) throw new Error('nobody is listed')
  const id = ProjectId.parse(randomIds.uuid())
  const panel = randomIds.uuid()
  const place = { botId: BotId.parse(bot), chatId: TelegramChatId.parse(YOU.id), threadId: 0 }
  await db.tx(async (tx) => {
    const project = await insertProject(tx, {
      id,
      home: FACTS.home,
      name: 'shop',
      kind: 'path',
      location: '/shop',
      sample: false,
      conversationId: null,
    })
    if (project !== undefined) await finishAdding(tx, { id, fence: project.fence, state: 'ready', failure: null, targetBranch: 'main' })
    await conversationAt(tx, { ...place, id: randomIds.uuid() })
    await insertPanel(tx, { id: panel, personId: owner.id, projectId: id, note: 'target main' })
    await postCard(tx, { ...place, id: CardId.parse(randomIds.uuid()), kind: 'settings', subjectId: panel })
  })
}
