/** Groups on both stores, through the bot and a simulated Telegram: how one is admitted, who counts there and for what, and what leaves no trace. */
import { expect, test } from 'vitest'
import { randomIds } from '#core'
import { buttons, YOU, type Message } from '#simulator'
import { OTHER, STRANGER, type BotWorld } from '../../test/support/bot.ts'
import { admittedGroup, groupWorlds } from '../../test/support/group-world.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { admitGroup, groupList, leaveGroup } from '../orchestrator/capabilities/groups.ts'
import { people, setRole } from '../orchestrator/capabilities/people.ts'
import { admitUsers } from './pairing.ts'
import { renderCard } from '../orchestrator/render-card.ts'

const ANNA = { id: 1004, firstName: 'Anna', username: 'Anna_A' } as const
const USERS = [YOU, OTHER, STRANGER, ANNA]
const real = { capabilities: [admitGroup, leaveGroup, groupList, setRole, people], renderCard }
const NAME = '@lugh_simulated_bot'

describeEachStore('groups', (open) => {
  const started = groupWorlds(open, { listed: [YOU.id], real, simulator: { users: USERS } })
  /** With everybody in it. */
  const admitted = (w: BotWorld, options: { bot?: 'administrator' | 'member'; basic?: boolean } = {}): Promise<number> =>
    admittedGroup(w, ANNA.id, { title: 'Shop', members: USERS.map(({ id }) => id), bot: 'administrator', ...options })
  const role = async (w: BotWorld, group: number, who: number, words: string): Promise<void> => {
    const theirs = w.person(who, group).say('hello')
    const you = w.person(YOU.id, group)
    const since = you.mark()
    you.replyTo(theirs, `/role ${words}`)
    await you.waitFor(new RegExp(`is an? ${words}|off the list`), { since })
  }
  const approval = async (w: BotWorld, group: number): Promise<Message> => {
    const you = w.person(YOU.id, group)
    you.say('/ask g1')
    return you.waitFor((one) => one.text.includes('command g1') && buttons(one).length > 0)
  }

  test('a group gets silence until the owner admits it by a button, and nothing said there before is kept', async () => {
    const w = await started()
    const { world: telegram } = w.simulator
    const you = w.person()
    const group = telegram.createGroup(ANNA.id, { title: 'Shop ‮team', members: [YOU.id, OTHER.id], bot: 'administrator' })
    const card = await you.waitFor((one) => one.text.includes('Lugh was added to the group') && buttons(one).length > 0)
    expect([card.text.includes('‮'), card.text.includes('number 1004'), buttons(card)]).toEqual([false, true, ['Admit', 'Leave']])
    const inside = w.person(YOU.id, group)
    inside.say(`/status secret ${NAME}`)
    inside.say('/ask secret')
    you.say('in between')
    await you.waitFor('Task: in between')
    expect({
      words: await w.count(`inbox where body::text like '%secret%'`),
      sent: await w.count(`outbox where chat_id = ${group}`),
      effects: (await w.effects()).map(({ what }) => what),
    }).toEqual({ words: 0, sent: 0, effects: ['wish in between'] })
    await you.tap('Admit')
    await inside.waitFor('Lugh works here now')
    await you.waitUntil(card, ({ text }) => /✅ Admitted by You at \d\d:\d\d UTC \(button\)/.test(text), 'the card to say so')
    inside.say(`${NAME} make it blue`)
    await inside.waitFor('Task: make it blue')
    expect(await w.count(`event where kind in ('group.asked', 'group.admitted')`)).toBe(2)
  })

  test('the owner has it leave; added again it asks again, and the old card decides nothing', async () => {
    const w = await started()
    const { world: telegram } = w.simulator
    const you = w.person()
    const group = telegram.createGroup(YOU.id, { title: 'Shop', members: [], bot: 'member' })
    const first = await you.waitFor((one) => buttons(one).includes('Leave'))
    await you.tap('Leave')
    await you.waitUntil(first, ({ text }) => /🚪 Left by You at \d\d:\d\d UTC \(button\)/.test(text), 'the card to say so')
    await w.settled()
    expect(telegram.chat(group)?.bot).toBe('left')
    const since = you.mark()
    telegram.setBotRole(ANNA.id, group, 'member')
    const second = await you.waitFor((one) => one.id !== first.id && buttons(one).includes('Admit'), { since })
    const stale = telegram.pressButton(YOU.id, first, 'Admit', { stale: true })
    expect((await you.toast(stale)).text).toContain('newer card')
    await you.tap('Admit', { in: second })
    await you.waitUntil(second, ({ text }) => text.includes('Admitted'), 'the second to be admitted')
    telegram.setBotRole(ANNA.id, group, 'left')
    await you.waitFor('was taken out of the group “Shop”')
    w.person(YOU.id, group).say('/status')
    await w.settled()
    expect(await w.count(`chat_group where state = 'gone'`)).toBe(1)
  })

  test('strangers can put no more than three cards before the owner', async () => {
    const w = await started()
    for (let n = 0; n < 6; n += 1) w.simulator.world.createGroup(STRANGER.id, { title: `Spam ${n}`, members: [], bot: 'member' })
    w.person().say('still there?')
    await w.person().waitFor('Task: still there?')
    await w.settled()
    expect({ groups: await w.count('chat_group'), cards: await w.count(`card where kind = 'group'`) }).toEqual({ groups: 6, cards: 3 })
  })

  test('what is meant for others in an admitted group leaves no trace; commands, mentions and replies are heard', async () => {
    const w = await started()
    const group = await admitted(w)
    const you = w.person(YOU.id, group)
    const { world: telegram } = w.simulator
    const before = await w.count('inbox')
    const talk = you.say('secret talk between people')
    you.say('/ban secret')
    you.say('/new@other_bot secret')
    telegram.editText(YOU.id, talk, 'secret talk, edited')
    you.react(talk, '👍')
    telegram.sendText(ANNA.id, group, `${NAME} secret`, { anonymous: true })
    telegram.sendText(ANNA.id, group, '/stop', { anonymous: true })
    const asked = you.say(`/new${NAME} a`)
    const answered = await you.waitFor('Task: a')
    you.say(`${NAME}, b`)
    await you.waitFor('Task: b')
    you.react(answered, '🎉')
    you.replyTo(answered, 'c')
    await you.waitFor('Task: c')
    await w.settled()
    expect({
      heard: (await w.effects()).map(({ what }) => what),
      secrets: await w.count(`inbox where body::text like '%secret%'`),
      answersTo: answered.replyTo,
      // Two of the anonymous administrator, without a word of theirs; three of ours; a reaction to the bot's own message.
      rows: (await w.count('inbox')) - before,
    }).toEqual({ heard: ['wish a', 'wish b', 'wish c'], secrets: 0, answersTo: asked.id, rows: 6 })
  })

  test('the owner gives roles by a reply or a name; what was given outlasts a start, and what was taken is gone at once', async () => {
    const w = await started()
    const group = await admitted(w)
    const you = w.person(YOU.id, group)
    const anna = w.person(ANNA.id, group)
    await role(w, group, ANNA.id, 'member')
    anna.say('/new by anna')
    await anna.waitFor('Task: by anna')
    const again = you.mark()
    you.say('/role @anna_a viewer')
    await you.waitFor('Anna is a viewer now', { since: again })
    you.say('/role @nobody member')
    await you.waitFor('I do not know @nobody')
    you.say('/role 1001 member')
    await you.waitFor('owns this Lugh')
    anna.say('/role 1004 approver')
    await anna.waitFor('needs the role owner')
    you.say('/people')
    expect((await you.waitFor('viewer · look')).text).toContain('Anna · @anna_a · 1004')
    await w.db.tx((tx) => admitUsers(tx, [YOU.id], randomIds))
    expect(await w.count(`person where telegram_user_id = 1004 and role = 'viewer'`)).toBe(1)
    await role(w, group, ANNA.id, 'none')
    const rows = await w.count(`inbox where state = 'handled'`)
    anna.say('/new by nobody')
    you.say('/new last')
    await you.waitFor('Task: last')
    expect({
      effects: (await w.effects()).map(({ what }) => what),
      handled: (await w.count(`inbox where state = 'handled'`)) - rows,
    }).toEqual({ effects: ['wish by anna', 'wish last'], handled: 1 })
  })

  test('who may not decide is told so, seen by nobody else; of two who may, one wins', async () => {
    const w = await started()
    const group = await admitted(w)
    await role(w, group, ANNA.id, 'viewer')
    await role(w, group, OTHER.id, 'approver')
    const card = await approval(w, group)
    const people_ = [STRANGER.id, ANNA.id].map((id) => w.person(id, group))
    const answers: (readonly [string, boolean])[] = []
    for (const one of people_) {
      const { text, alert } = await one.toast(await one.tap('✅ Allow once', { in: card }))
      answers.push([text, alert])
    }
    expect(answers).toEqual([
      ['Not your button. You are not on this bot’s list; its owner can put you there: /role.', true],
      ['Not your button. That needs the role owner or approver; yours is viewer.', true],
    ])
    w.person(ANNA.id, group).react(card, '👍')
    expect((await w.effects()).filter(({ what }) => what.includes('g1'))).toEqual([])
    const [you, other] = [w.person(YOU.id, group), w.person(OTHER.id, group)]
    const presses = await Promise.all([you.tap('✅ Allow once', { in: card }), other.tap('❌ Deny', { in: card })])
    const said = await Promise.all(presses.map((press) => you.toast(press)))
    const won = (await w.effects()).filter(({ what }) => what.endsWith(' g1'))
    expect([
      won.length,
      said.filter(({ text }) => text.startsWith('You ')).length,
      said.filter(({ text }) => text.startsWith('Already')).length,
    ]).toEqual([1, 1, 1])
  })

  test('a group that becomes a supergroup goes on there: roles, admission and open cards with it', async () => {
    const w = await started()
    const group = await admitted(w, { basic: true })
    const card = await approval(w, group)
    const next = w.simulator.world.upgradeGroup(ANNA.id, group)
    const you = w.person(YOU.id, next)
    const moved = await you.waitFor((one) => one.text.includes('command g1') && buttons(one).length > 0)
    await you.toast(await you.tap('✅ Allow once', { in: moved }))
    expect((await w.effects()).map(({ what }) => what)).toEqual(['allowed g1'])
    you.say('/new there')
    await you.waitFor('Task: there')
    await w.settled()
    expect([
      card.chatId,
      moved.chatId,
      await w.count(`chat_group where state = 'moved'`),
      await w.count(`chat_group where state = 'admitted'`),
    ]).toEqual([group, next, 1, 1])
    expect(w.simulator.breaches).toEqual([])
  })
})
