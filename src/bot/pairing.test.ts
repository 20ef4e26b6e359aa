import { afterEach, expect, test } from 'vitest'
import { randomIds, systemClock } from '#core'
import { listPersons } from '#db'
import { YOU } from '#simulator'
import { botWorld, OTHER, STRANGER, type BotWorld } from '../../test/support/bot.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { admitUsers, createPairing, hasOwner } from './pairing.ts'

describeEachStore('pairing', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  test('the first to bring the code owns the bot and is welcomed; the second is a stranger', async () => {
    world = await botWorld(await open(), { listed: [] })
    const pairing = await createPairing(world.db, systemClock, randomIds)
    expect(pairing.link('lugh_bot')).toBe(`https://t.me/lugh_bot?start=${pairing.code}`)
    expect(Buffer.from(pairing.code, 'base64url').length).toBe(16)
    await world.bot().start()
    const you = world.person()
    you.say(`/start ${pairing.code}`)
    await you.waitFor('Welcome, You.')
    const other = world.person(OTHER.id)
    other.say(`/start ${pairing.code}`)
    await other.waitFor('works only for')
    expect({
      persons: (await listPersons(world.db)).map(({ telegramUserId, name, role }) => ({ telegramUserId, name, role })),
      owned: await hasOwner(world.db),
      left: await world.count('pairing'),
      events: await world.count(`event where kind = 'person.paired'`),
      codeKept: await world.count(`inbox where body::text like '%${pairing.code}%'`),
    }).toEqual({ persons: [{ telegramUserId: YOU.id, name: 'You', role: 'owner' }], owned: true, left: 0, events: 1, codeKept: 0 })
  })

  test('of many who bring the code at once, one owns the bot', async () => {
    world = await botWorld(await open(), { listed: [] })
    const { code } = await createPairing(world.db, systemClock, randomIds)
    const { person } = world
    const people = [YOU.id, OTHER.id, STRANGER.id].map((id) => person(id))
    for (const each of people) each.say(`/start ${code}`)
    await world.bot().start()
    await Promise.all(people.map((each) => each.waitFor(/Welcome|works only for/)))
    expect(await world.count(`person where role = 'owner'`)).toBe(1)
  })

  test('a wrong code is refused, the fifth ends the right one too', async () => {
    world = await botWorld(await open(), { listed: [] })
    const { code } = await createPairing(world.db, systemClock, randomIds)
    await world.bot().start()
    const stranger = world.person(STRANGER.id)
    for (let n = 0; n < 5; n += 1) stranger.say(`/start ${randomIds.token(16)}`)
    stranger.say(`/start ${code}`)
    await stranger.waitFor('works only for')
    await world.settled()
    const said = stranger.messages().filter((message) => message.from.isBot)
    expect({ persons: await listPersons(world.db), said: said.length }).toEqual({ persons: [], said: 1 })
  })

  test('a code older than ten minutes is refused', async () => {
    let now = Date.now()
    world = await botWorld(await open(), { listed: [], clock: { now: () => new Date(now) } })
    const { code, expiresAt } = await createPairing(world.db, { now: () => new Date(now) }, randomIds)
    expect(expiresAt.getTime() - now).toBe(600_000)
    now += 600_001
    await world.bot().start()
    const you = world.person()
    you.say(`/start ${code}`)
    await you.waitFor('works only for')
    expect(await listPersons(world.db)).toEqual([])
  })

  test('the listed: the first owns, the others approve; off the list is out, but not an owner who paired', async () => {
    world = await botWorld(await open(), { listed: [] })
    const { db } = world
    const { code } = await createPairing(db, systemClock, randomIds)
    await world.bot().start()
    const you = world.person()
    you.say(`/start ${code}`)
    await you.waitFor('Welcome')
    const roles = async (ids: readonly number[]): Promise<unknown> => {
      await db.tx((tx) => admitUsers(tx, ids, randomIds))
      return Object.fromEntries((await listPersons(db)).map(({ telegramUserId, role }) => [telegramUserId, role]))
    }
    expect([await roles([OTHER.id, STRANGER.id]), await roles([STRANGER.id, YOU.id]), await roles([])]).toEqual([
      { [YOU.id]: 'owner', [OTHER.id]: 'owner', [STRANGER.id]: 'approver' },
      { [YOU.id]: 'owner', [STRANGER.id]: 'owner' },
      { [YOU.id]: 'owner' },
    ])
  })
})
