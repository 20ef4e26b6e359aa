import { describe, expect, onTestFinished, test } from 'vitest'
import { createPerson, type Person } from './driver.ts'
import { createWorld, YOU, type World } from './world.ts'

function setUp(): { world: World; me: Person; bot: (text: string, ...labels: string[]) => void } {
  const world = createWorld()
  const me = createPerson(world)
  onTestFinished(me.leave)
  const bot = (text: string, ...labels: string[]): void => {
    const rows = [labels.map((label) => ({ text: label, callback_data: label.toLowerCase() }))]
    world.addMessage(world.bot, YOU.id, { text, ...(labels.length > 0 ? { markup: { kind: 'inline', rows } } : {}) })
  }
  return { world, me, bot }
}

describe('a person', () => {
  test('sees what is there already, the newest first', async () => {
    const { me, bot } = setUp()
    bot('one done')
    bot('two done')
    me.say('done')
    expect((await me.waitFor(/done$/)).text).toBe('two done')
  })

  test('sees what comes later, also by an edit', async () => {
    const { world, me, bot } = setUp()
    bot('working')
    const card = await me.waitFor('working')
    const done = me.waitFor('finished')
    world.editContent(card, { text: 'finished', entities: [] })
    expect(await done).toMatchObject({ id: card.id, text: 'finished', history: [{ text: 'working' }] })
  })

  test('can wait for what comes after a mark', async () => {
    const { me, bot } = setUp()
    bot('done')
    const since = me.mark()
    const later = me.waitFor('done', { since })
    bot('done, again')
    expect((await later).text).toBe('done, again')
  })

  test('taps a button as soon as it is there, and sees the toast', async () => {
    const { world, me, bot } = setUp()
    const tapped = me.tap('✅ Merge')
    bot('card', '👁 Diff', '✅ Merge')
    const query = await tapped
    expect(query).toMatchObject({ data: '✅ merge', messageId: 1, from: { id: YOU.id } })
    const toast = me.toast(query)
    world.emit({ kind: 'callback.answered', query: world.putQuery({ ...query, answer: { text: 'merged', alert: false } }) })
    expect(await toast).toEqual({ text: 'merged', alert: false })
  })

  test('taps in the message that was meant', async () => {
    const { world, me, bot } = setUp()
    bot('first', 'Yes')
    bot('second', 'Yes')
    const first = await me.waitFor('first')
    expect((await me.tap(/yes/i, { in: first })).messageId).toBe(1)
    expect(world.queries()).toHaveLength(1)
  })

  test('who waits in vain is shown the whole chat', async () => {
    const { world, me, bot } = setUp()
    const mine = me.say('hello')
    bot('card\nof two lines', 'Yes', 'No')
    world.setReaction(mine, world.bot.id, ['👀'])
    await expect(me.waitFor('never', 20)).rejects.toThrow(
      [
        'Waited 20 ms in vain for a message with "never".',
        '--- chat 1001 ---',
        '[1] You: hello',
        '    👀',
        '[2] Lugh: card',
        '    of two lines',
        '    [Yes] [No]',
        '---',
      ].join('\n'),
    )
  })
})

test('a later world repeats no number of an earlier one', () => {
  const numbersOf = (after: number): string[] => {
    const world = createWorld({ after })
    const group = world.createGroup(YOU.id, { title: 'Team', members: [], forum: true, bot: 'administrator' })
    const topic = world.createTopic(YOU.id, group, 'Talk')
    const { id, media } = world.sendDocument(YOU.id, YOU.id, { bytes: new Uint8Array([1]) })
    const card = world.addMessage(world.bot, YOU.id, { text: 'x', markup: { kind: 'inline', rows: [[{ text: 'a', callback_data: 'b' }]] } })
    const query = world.pressButton(YOU.id, card, 'a')
    const updates = world.updates.pending.map((update) => `update ${update.update_id}`)
    return [`topic ${topic}`, `message ${id}`, `file ${media?.file.fileId ?? ''}`, `query ${query.id}`, ...updates]
  }
  const earlier = numbersOf(0)
  expect(numbersOf(1000).filter((number) => earlier.includes(number))).toEqual([])
})

describe('a phone', () => {
  test('has no button to press that is gone, but a late finger hits the old one', async () => {
    const { world, me, bot } = setUp()
    bot('card', 'Go')
    const old = await me.waitFor('card')
    world.setMarkup(old, undefined)
    expect(() => world.pressButton(YOU.id, old, 'Go')).toThrow(/no such button/)
    expect(world.pressButton(YOU.id, old, 'Go', { stale: true }).data).toBe('go')
  })

  test('lets nobody act in a chat that is not theirs', () => {
    const { world, me } = setUp()
    const mine = me.say('x')
    world.addPerson({ id: 2, firstName: 'Eve' })
    expect(() => world.sendText(2, YOU.id, 'x')).toThrow(/not in this chat/)
    expect(() => world.react(2, mine, '👍')).toThrow(/not in this chat/)
    expect(() => world.editText(2, mine, 'y')).toThrow(/your own/)
    expect(() => world.react(YOU.id, mine, '✅')).toThrow(/not a reaction/)
  })

  test('in a group with privacy mode tells the bot only what is meant for it', () => {
    const world = createWorld()
    const group = world.createGroup(YOU.id, { title: 'Team', members: [] })
    const card = world.addMessage(world.bot, group, { text: 'card' })
    for (const text of ['chatter', '/stop', '/stop@other_bot', '/stop@lugh_simulated_bot', 'hey @lugh_simulated_bot'])
      world.sendText(YOU.id, group, text)
    world.sendText(YOU.id, group, 'a reply', { replyTo: card.id })
    world.react(YOU.id, card, '👍')
    const heard = world.updates.pending.filter((update) => 'message' in update).map((update) => JSON.stringify(update['message']))
    expect(heard.map((message) => /"text":"([^"]*)"/.exec(message)?.[1])).toEqual([
      '/stop',
      '/stop@lugh_simulated_bot',
      'hey @lugh_simulated_bot',
      'card',
    ])
    expect(world.updates.pending.some((update) => 'message_reaction' in update)).toBe(false)
  })
})
