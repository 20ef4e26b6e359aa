/** Topics on both stores, through the bot and a simulated Telegram: a task’s own, bound ones, and that nothing is lost without them. */
import { BotId, ProjectId, TelegramChatId, randomIds } from '#core'
import { enqueueText, finishAdding, insertProject, markSent, nextInOrder } from '#db'
import { buttons, YOU, type Message } from '#simulator'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { OTHER, type BotWorld } from '../../test/support/bot.ts'
import { admittedGroup, groupWorlds } from '../../test/support/group-world.ts'
import { FACTS } from '../../test/support/no-git.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { amend } from '../orchestrator/capabilities/amend.ts'
import { assignTask } from '../orchestrator/capabilities/assign-task.ts'
import { bind } from '../orchestrator/capabilities/bind-topic.ts'
import { discardTask } from '../orchestrator/capabilities/discard-task.ts'
import { admitGroup } from '../orchestrator/capabilities/groups.ts'
import { steerTask } from '../orchestrator/capabilities/steer-task.ts'
import { stopTask } from '../orchestrator/capabilities/stop-task.ts'
import { whyTask } from '../orchestrator/capabilities/why-task.ts'
import { wordsFor } from '../orchestrator/registry.ts'
import { renderCard } from '../orchestrator/render-card.ts'

const real = { capabilities: [assignTask, steerTask, stopTask, discardTask, amend, bind, admitGroup, whyTask], renderCard, wordsFor }
const NAME = '@lugh_simulated_bot'

describeEachStore('topics', (open) => {
  const fresh = groupWorlds(open, { listed: [YOU.id, OTHER.id], real })
  const started = (bot: { hasTopics?: boolean } = {}, projects = ['shop']): Promise<BotWorld> =>
    fresh({ simulator: { users: [YOU, OTHER], bot } }, async ({ db }) => {
      for (const name of projects)
        await db.tx(async (tx) => {
          const id = ProjectId.parse(randomIds.uuid())
          const place = { kind: 'path', location: `/${name}`, sample: false, conversationId: null } as const
          const project = await insertProject(tx, { id, home: FACTS.home, name, ...place })
          if (project !== undefined) await finishAdding(tx, { id, fence: project.fence, state: 'ready', failure: null, targetBranch: 'main' })
        })
    })
  const forum = (w: BotWorld, options: { botTopics?: boolean; bot?: 'member' } = {}): Promise<number> =>
    admittedGroup(w, YOU.id, { title: 'Shop', members: [OTHER.id], forum: true, bot: 'administrator', ...options })
  const topics = (w: BotWorld, chat: number) => w.simulator.world.chat(chat)?.topics ?? []
  /** The bot's messages of a thread, each in a line. */
  const lines = (w: BotWorld, chat: number, thread?: number): string[] =>
    w.simulator.world
      .messages(chat)
      .filter(({ from, threadId, service }) => from.isBot && threadId === thread && service === undefined)
      .map(({ text }) => text.split('\n')[0] ?? '')
  const steers = (w: BotWorld): Promise<{ text: string }[]> => w.db.rows(z.object({ text: z.string() }), `select text from steer order by id`)
  const taskCard = (w: BotWorld, chat: number, number: number): Promise<Message> =>
    w.person(YOU.id, chat).waitFor((one) => one.text.startsWith(`T${number} · `) && buttons(one).includes('⏹ Stop'))

  test('a new task opens a topic named after it, where everything about it goes; words there are for its agent', async () => {
    const w = await started()
    const group = await forum(w)
    const lobby = w.person(YOU.id, group)
    const wish = lobby.say(`${NAME} Add a dark mode`)
    const card = await taskCard(w, group, 1)
    const pointer = await lobby.waitFor('T1 has a topic of its own')
    expect([topics(w, group).map(({ name }) => name), card.threadId === topics(w, group)[0]?.threadId, pointer.threadId, pointer.replyTo]).toEqual([
      ['T1 · Add a dark mode'],
      true,
      undefined,
      wish.id,
    ])
    const inside = w.person(YOU.id, group, card.threadId)
    inside.say('Keep the old colours')
    await inside.waitFor('hears it at its next step')
    inside.say('yes')
    await inside.waitFor('decides nothing')
    inside.say('why')
    await inside.waitFor(/T1/, { since: inside.mark() - 1 })
    w.simulator.world.editText(YOU.id, wish, `${NAME} Add a light mode`)
    await lobby.waitFor('it is now what you wrote')
    await w.settled()
    expect([await steers(w), topics(w, group).map(({ name }) => name)]).toEqual([[{ text: 'Keep the old colours' }], ['T1 · Add a light mode']])
    inside.say('stop')
    await lobby.waitUntil(card, ({ text }) => text.includes('stopped'), 'the card to say stopped')
    await inside.toast(await inside.tap('🗑 Discard'))
    await w.settled()
    expect([topics(w, group).map(({ closed }) => closed), w.simulator.breaches]).toEqual([[true], []])
  })

  test('a reaction has no thread: it counts where its message is', async () => {
    const w = await started()
    const group = await forum(w)
    w.person(YOU.id, group).say(`/new One`)
    const card = await taskCard(w, group, 1)
    w.simulator.world.react(YOU.id, card, '🤔')
    const told = await w.person(YOU.id, group).waitFor((one) => one.threadId === card.threadId && one.id > card.id)
    expect(told.text).toContain('T1')
  })

  test('without the right to open topics, or in a group without any, everything stays flat, and it is said once', async () => {
    const w = await started()
    const group = await forum(w)
    const lobby = w.person(YOU.id, group)
    w.simulator.world.putChat({ ...w.simulator.world.mustChat(group), botTopics: false })
    lobby.say('/new One')
    await lobby.waitFor('I could not open a topic for T1 (not enough rights to create a topic)')
    const first = await taskCard(w, group, 1)
    lobby.say('/new Two')
    const second = await taskCard(w, group, 2)
    lobby.replyTo(second, 'Keep it')
    await lobby.waitFor('T2 hears it')
    lobby.replyTo(first, 'Keep that too')
    await lobby.waitFor('T1 hears it')
    expect([first.threadId, second.threadId, lines(w, group).filter((line) => line.includes('could not'))]).toEqual([
      undefined,
      undefined,
      ['I could not open a topic for T1 (not enough rights to create a topic), so everything about it comes here.'],
    ])
  })

  test('a topic that somebody deletes, and topics that are switched off, lose nothing', async () => {
    const w = await started()
    const group = await forum(w)
    const lobby = w.person(YOU.id, group)
    const { world: telegram } = w.simulator
    lobby.say('/new One')
    const first = await taskCard(w, group, 1)
    telegram.removeTopic(YOU.id, group, first.threadId ?? 0)
    lobby.say('/stop T1')
    await lobby.waitFor('The topic of T1 is gone')
    const again = await lobby.waitFor((one) => one.text.startsWith('T1 · ') && one.threadId === undefined && buttons(one).length > 0)
    expect(again.id).toBeGreaterThan(first.id)
    lobby.say('/new Two')
    const second = await taskCard(w, group, 2)
    expect(second.threadId).toBe(topics(w, group)[0]?.threadId)
    telegram.setForum(YOU.id, group, false)
    lobby.say('/new Three')
    await lobby.waitFor('Topics are off in this group')
    const third = await taskCard(w, group, 3)
    lobby.replyTo(second, 'And that')
    await lobby.waitFor('T2 hears it')
    await w.settled()
    expect([third.threadId, (await steers(w)).map(({ text }) => text)]).toEqual([undefined, ['And that']])
    expect(lines(w, group).filter((line) => /is gone|Topics are off/.test(line))).toHaveLength(2)
  })

  test('/topic says what a topic is for: words there start tasks in that project, or reach that task; in the lobby it says what it is', async () => {
    const w = await started({}, ['shop', 'blog'])
    const group = await forum(w, { botTopics: false })
    const lobby = w.person(YOU.id, group)
    lobby.say('/topic blog')
    await lobby.waitFor('This is the lobby')
    const thread = w.simulator.world.createTopic(YOU.id, group, 'Writing')
    const inside = w.person(YOU.id, group, thread)
    inside.say('nobody is meant by this')
    inside.say('/topic blog')
    await inside.waitFor('This topic is for blog now')
    inside.say('Write a post')
    await taskCard(w, group, 1)
    inside.say('/topic')
    await inside.waitFor('This topic is for blog. ')
    inside.say('/topic T1')
    await inside.waitFor('This topic is for T1 now')
    inside.say('Make it short')
    await inside.waitFor('T1 hears it')
    inside.say('/topic off')
    await inside.waitFor('This topic is free again')
    inside.say('nobody is meant by this either')
    lobby.say('/stop T1')
    await lobby.waitFor('Stopped T1')
    await w.settled()
    expect({
      projects: await w.count(`task t join project p on p.id = t.project_id where p.name = 'blog'`),
      steered: (await steers(w)).map(({ text }) => text),
      kept: await w.count(`inbox where body::text like '%nobody is meant%'`),
      boundNow: await w.count(`topic where task_id is not null or project_id is not null`),
    }).toEqual({ projects: 1, steered: ['Make it short'], kept: 0, boundNow: 0 })
  })

  test('in a private chat with threads a task has its topic, and one that a person opened is the task’s', async () => {
    const w = await started({ hasTopics: true })
    const you = w.person()
    you.say('Add a dark mode')
    const card = await taskCard(w, YOU.id, 1)
    const mine = w.simulator.world.createTopic(YOU.id, YOU.id, 'New chat')
    const inside = w.person(YOU.id, YOU.id, mine)
    inside.say('Write tests')
    const second = await taskCard(w, YOU.id, 2)
    inside.say('And run them')
    await inside.waitFor('T2 hears it')
    inside.say('stop')
    await you.waitUntil(second, ({ text }) => text.includes('stopped'), 'the card to say stopped')
    await inside.toast(await inside.tap('🗑 Discard'))
    await w.settled()
    expect([card.threadId === mine, second.threadId, topics(w, YOU.id).map(({ name }) => name), w.simulator.breaches]).toEqual([
      false,
      mine,
      ['T1 · Add a dark mode', '✓ T2 · Write tests'],
      [],
    ])
  })

  test('of what waits in the topics of a group decisions go first, each topic keeps its order, and a private chat keeps one', async () => {
    const db = await open()
    const botId = BotId.parse(7)
    const order = async (chat: number): Promise<string[]> => {
      const chatId = TelegramChatId.parse(chat)
      await db.tx(async (tx) => {
        for (const [threadId, text, decides] of [
          [0, 'a1', false],
          [0, 'a2', true],
          [5, 'b1', false],
          [-3, 'c1', true],
          [-3, 'c2', false],
        ] as const)
          await enqueueText(tx, { botId, chatId, threadId, key: `${chat}:${text}`, text, loud: true, ...(decides ? { class: 'decision' } : {}) })
      })
      const keys: string[] = []
      for (let row = await nextInOrder(db, botId, chatId); row !== undefined; row = await nextInOrder(db, botId, chatId)) {
        keys.push(`${row.key.split(':')[1]}→${row.sendTo}`)
        await markSent(db, row, [])
      }
      return keys
    }
    expect([await order(-9), await order(9)]).toEqual([
      ['c1→0', 'a1→0', 'a2→0', 'b1→5', 'c2→0'],
      ['a1→0', 'a2→0', 'b1→5', 'c1→0', 'c2→0'],
    ])
  })
})
