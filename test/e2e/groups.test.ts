/** A team in a forum group: what a group is let do, a topic a task, and four roles that decide differently. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPerson, YOU, type Message, type Person } from '#simulator'
import { addProject, approvalOf, reviewOf, sees, tap } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { makeRepository, subjects } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const BEA = { id: 2002, firstName: 'Bea', username: 'bea' }
const MAX = { id: 2003, firstName: 'Max', username: 'max' }
const VIC = { id: 2004, firstName: 'Vic', username: 'vic' }
const EVE = { id: 6666, firstName: 'Eve', username: 'eve' }
const TEAM = [YOU, BEA, MAX, VIC, EVE]
const PATIENCE_MS = 60_000

/** A forum group that the owner has admitted, where Bea approves, Max starts tasks and Vic looks. */
async function teamRoom(system: System): Promise<{ group: number; at: (id: number, threadId?: number) => Person }> {
  const { world } = system
  const you = system.person(YOU.id)
  await addProject(you, makeRepository(join(system.at.root, 'shop')))
  const group = world.createGroup(YOU.id, { title: 'Shop team', members: TEAM.map(({ id }) => id), forum: true, bot: 'administrator' })
  await you.tap('Admit', { timeoutMs: PATIENCE_MS })
  const at = (id: number, threadId?: number): Person => createPerson(world, { id, chatId: group, ...(threadId === undefined ? {} : { threadId }) })
  await sees(at(YOU.id), 'Lugh works here now')
  for (const [who, role] of [
    [BEA.id, 'approver'],
    [MAX.id, 'member'],
    [VIC.id, 'viewer'],
  ] as const) {
    you.say(`/role ${who} ${role}`)
    await sees(you, `${who} is ${role === 'approver' ? 'an' : 'a'} ${role} now`)
  }
  return { group, at }
}

/** The topic that a task has opened. */
async function topicOf(system: System, group: number, lobby: Person, number: number): Promise<number> {
  await sees(lobby, `T${number} has a topic of its own`)
  const named = (): number | undefined => system.world.chat(group)?.topics.find(({ name }) => name.startsWith(`T${number} · `))?.threadId
  await lobby.waitFor(() => named() !== undefined, PATIENCE_MS)
  return named() ?? 0
}

const pressed = async (person: Person, message: Message, label: string): Promise<string> => {
  const { text, alert } = await person.toast(await person.tap(label, { in: message }), PATIENCE_MS)
  return `${alert ? 'box: ' : ''}${text}`
}

describeSideBySide('a team in a forum group', (store) => {
  const road = (wish: string, file: string) => play(wish, calls(runs(`touch ${file}`)), calls(writes(`${file}.txt`, 'x\n')), says('Done.'))

  test('a task has its topic: asked for in the lobby, steered by plain words, allowed by an approver, closed when merged', () =>
    withSystem({ store, scripts: [road('Clean up', 'one')], users: TEAM, allowed: [YOU.id], limits: false }, async (system) => {
      const { group, at } = await teamRoom(system)
      const { world } = system
      at(VIC.id).say(`@${world.bot.username} Clean up`)
      await sees(at(VIC.id), 'yours is viewer')
      at(EVE.id).say(`@${world.bot.username} Clean up`)
      at(MAX.id).say('We should clean up some day')
      at(MAX.id).say(`@${world.bot.username} Clean up`)
      const thread = await topicOf(system, group, at(YOU.id), 1)
      const [you, bea, max, vic, eve] = TEAM.map(({ id }) => at(id, thread))
      if (you === undefined || bea === undefined || max === undefined || vic === undefined || eve === undefined) throw new Error('nobody')
      const task = { number: 1 }
      const approval = await approvalOf(you, task)
      expect([
        await pressed(eve, approval, '✅ Allow once'),
        await pressed(vic, approval, '✅ Allow once'),
        await pressed(max, approval, '✅ Allow once'),
      ]).toEqual([
        'box: Not your button. You are not on this bot’s list; its owner can put you there: /role.',
        'box: Not your button. That needs the role owner or approver; yours is viewer.',
        'box: Not your button. That needs the role owner or approver; yours is member.',
      ])
      max.say('Keep the tests')
      await sees(max, 'T1 hears it at its next step')
      max.say('yes')
      await sees(max, 'decides nothing')
      const presses = await Promise.all([pressed(bea, approval, '✅ Allow once'), pressed(you, approval, '✅ Allow once')])
      expect(presses.filter((text) => text.startsWith('box:'))).toHaveLength(1)
      await tap(bea, await reviewOf(bea, task), '✅ Merge')
      await sees(you, /^✅ Merged/)
      await you.waitFor(() => world.chat(group)?.topics[0]?.closed === true, PATIENCE_MS)
      const said = (thread_?: number) =>
        world.messages(group).filter(({ from, threadId, service }) => from.isBot && threadId === thread_ && service === undefined)
      expect({
        landed: subjects(join(system.at.root, 'shop')),
        name: world.chat(group)?.topics.map(({ name }) => name),
        // The greeting, one no, and where the task went.
        lobby: said(undefined).length,
        asked: JSON.stringify(system.model.requests).includes('Keep the tests'),
      }).toEqual({ landed: ['Clean up (T1)', 'Begin'], name: ['T1 · Clean up'], lobby: 3, asked: true })
      await system.tidy()
    }))
})
