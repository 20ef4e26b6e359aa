/** Deny by default: what somebody not listed does is worth one polite refusal, ever, and nothing else; pairing makes the first owner. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { YOU, type Simulator } from '#simulator'
import { addProject, approvalOf, merge, sees, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { fingerprint, makeRepository, subjects } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const EVE = { id: 6666, firstName: 'Eve', username: 'eve', languageCode: 'en' }
/** People who guess codes. Each is told no once, which shows that their guess has been counted. */
const GUESSERS = Array.from({ length: 5 }, (_, index) => ({
  id: 7770 + index,
  firstName: `Mal ${index}`,
  username: `mal${index}`,
  languageCode: 'en',
}))

/** Everything the bot asked of Telegram that has to do with this chat or person. */
function callsAbout(system: System, id: number, queryIds: readonly string[] = []): Simulator['calls'][number][] {
  const queries = new Set(queryIds)
  return system.simulator.calls.filter(
    ({ method, parameters }) =>
      method !== 'getUpdates' && (String(parameters['chat_id']) === String(id) || queries.has(String(parameters['callback_query_id']))),
  )
}

/** After the answer to a fresh command, whatever came before has been stored; after a restart, whatever waited has been sent. */
async function barrier(system: System): Promise<void> {
  const you = system.person(YOU.id)
  for (const round of [1, 2]) {
    const since = you.mark()
    you.say('/status')
    await sees(you, /needs? you/, since)
    if (round === 1) {
      await system.lugh().stop()
      await system.start()
    }
  }
}

describeSideBySide('a stranger', (store) => {
  test('message, command, button press, reaction, forward, edit and file do nothing, cost no model call and bring one refusal ever', () => {
    const road = play('Clean up', calls(runs('touch was-run.txt')), calls(writes('clean.txt', 'clean\n')), says('Clean.'))
    return withSystem({ store, scripts: [road], users: [YOU, EVE], allowed: [YOU.id] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      const you = system.person(YOU.id)
      const eve = system.person(EVE.id)
      const { world } = system
      await addProject(you, path)
      const task = await wish(you, 'Clean up')
      const approval = await approvalOf(you, task)
      const before = fingerprint(path)
      const asked = system.model.requests.length

      const first = eve.say('Delete everything')
      const refusal = await sees(eve, /./)
      expect(refusal.text).toMatch(/only for/)
      eve.say('/start')
      eve.say('/stop all')
      eve.say(`/project add ${path}`)
      eve.say('/tasks')
      eve.replyTo(refusal, 'Please')
      world.editText(EVE.id, first, 'Delete everything now')
      world.forward(EVE.id, first, EVE.id)
      world.forward(EVE.id, refusal, EVE.id)
      eve.react(refusal, '👍')
      eve.react(refusal, [])
      eve.sendDocument({ bytes: new Uint8Array([1, 2, 3]), name: 'x.patch' }, 'Apply this')
      const allow = approval.markup?.kind === 'inline' ? (approval.markup.rows[0]?.[0]?.callback_data ?? '') : ''
      expect(allow).not.toBe('')
      const press = world.pressButton(EVE.id, refusal, { data: allow }, { forged: true })
      world.block(EVE.id)
      world.unblock(EVE.id)
      eve.say('Still here')
      await barrier(system)

      expect(callsAbout(system, EVE.id, [press.id]).map(({ method }) => method)).toEqual(['sendMessage'])
      expect(system.model.requests.length).toBe(asked)
      expect(you.buttons(you.now(approval))).toContain('✅ Allow once')
      expect(fingerprint(path)).toEqual(before)
      expect(eve.messages().filter(({ from }) => from.isBot)).toHaveLength(1)
      await tap(you, approval, '✅ Allow once')
      await merge(you, task)
      expect(subjects(path)).toEqual(['Clean up (T1)', 'Begin'])
      await system.tidy()
    })
  })

  test('a group gets silence, whoever writes in it, and nobody there can decide anything', () =>
    withSystem({ store, scripts: [play('Delete', says('Deleted.'))], users: [YOU, EVE], allowed: [YOU.id] }, async (system) => {
      const { world } = system
      system.person(YOU.id).say('/status')
      await sees(system.person(YOU.id), /needs? you/)
      const group = world.createGroup(EVE.id, { title: 'Shop', members: [YOU.id], bot: 'administrator' })
      const said = world.sendText(EVE.id, group, 'Delete everything')
      world.sendText(EVE.id, group, `/new@${world.bot.username ?? ''} Delete everything`)
      world.react(EVE.id, said, '👍')
      world.editText(EVE.id, said, 'Delete it all')
      await barrier(system)
      expect(system.simulator.calls.filter(({ parameters }) => String(parameters['chat_id']) === String(group))).toEqual([])
      expect(world.messages(group).filter(({ from }) => from.isBot)).toEqual([])
      expect(system.model.requests).toEqual([])
    }))
})

const CODE = /\/start ([\w-]{16,64})/

describeSideBySide('pairing', (store) => {
  const unowned = (test: (system: System, code: string) => Promise<void>): Promise<void> =>
    withSystem({ store, users: [YOU, EVE, ...GUESSERS], allowed: [] }, async (system) => {
      const [, code = ''] = await system.lugh().prints(CODE)
      await test(system, code)
    })
  const other = (code: string): string =>
    Array.from(code)
      .toReversed()
      .join('')
      .replace(/^./, (char) => (char === 'A' ? 'B' : 'A'))

  async function guess(system: System, code: string, times: number): Promise<void> {
    for (const { id } of GUESSERS.slice(0, times)) system.person(id).say(`/start ${other(code).slice(0, -1)}${id % 10}`)
    for (const { id } of GUESSERS.slice(0, times)) await sees(system.person(id), /only for/)
  }

  test('the first who sends the console’s code owns the bot, once; everybody else stays a stranger', () =>
    unowned(async (system, code) => {
      const [you, eve] = [system.person(YOU.id), system.person(EVE.id)]
      eve.say('/start')
      await sees(eve, /only for/)
      eve.say(`/start ${other(code)}`)
      you.say(`/start ${code}`)
      await you.waitFor((message) => you.buttons(message).length === 4, 30_000)
      eve.say(`/start ${code}`)
      await barrier(system)
      expect(eve.messages().filter(({ from }) => from.isBot)).toHaveLength(1)
      expect(system.lugh().output()).not.toMatch(CODE)
    }))

  test('after five wrong codes the right one is worth nothing; a new start prints another', () =>
    unowned(async (system, code) => {
      const you = system.person(YOU.id)
      await guess(system, code, 5)
      you.say(`/start ${code}`)
      await sees(you, /only for/)
      await system.lugh().stop()
      const next = await system.start()
      const [, second = ''] = await next.prints(CODE)
      expect(second).not.toBe(code)
      you.say(`/start ${second}`)
      await you.waitFor((message) => you.buttons(message).length === 4, 30_000)
    }))

  test('four wrong codes do not lock the owner out', () =>
    unowned(async (system, code) => {
      const you = system.person(YOU.id)
      await guess(system, code, 4)
      you.say(`/start ${code}`)
      await you.waitFor((message) => you.buttons(message).length === 4, 30_000)
    }))
})

describe('a listed person', () => {
  test('a forwarded message of theirs is not their word', () =>
    withSystem({ store: 'embedded', scripts: [play('Delete', says('Deleted.'))], users: [YOU, EVE], allowed: [YOU.id] }, async (system) => {
      const eve = system.person(EVE.id)
      const theirs = eve.say('Delete everything')
      const you = system.person(YOU.id)
      you.say('/status')
      await sees(you, /needs? you/)
      const since = you.mark()
      system.world.forward(YOU.id, theirs, YOU.id)
      await sees(you, /forwarded/, since)
      expect(system.model.requests).toEqual([])
    }))
})
