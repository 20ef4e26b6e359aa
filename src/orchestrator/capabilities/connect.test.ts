/** What a change of a connected server takes from agents, and what it leaves them. */
import { expect, it } from 'vitest'
import { ConnectorId, PersonId, ProjectId, TelegramUserId, plain, randomIds, systemClock } from '#core'
import { acceptedTools, changeConnector, connectorTools, keepListing, liveConnectors, lockConnector, ruleTool, savePerson, type Store } from '#db'
import { FACTS, NO_GIT } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { callCapability } from '../call-capability.ts'
import type { Caller, Capability } from '../capability.ts'
import { listingDigest } from '../cards/connector-card.ts'
import { connect, editConnector, listConnectors } from './connect.ts'
import { acceptTools } from './connector-tools.ts'

/** A server of all projects is everybody's. */
const NO_PROJECT = ProjectId.parse('00000000-0000-4000-8000-000000000000')
const TOOL = { name: 'look_up', alias: 'words__look_up', description: 'Looks up.', schema: '{"type":"object"}', digest: 'one' }

/** A server in use, whose one tool runs unasked, and its owner, who writes commands. */
async function room(db: Store) {
  const person = await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'owner' })
  const caller: Caller = { personId: PersonId.parse(person?.id), role: 'owner', name: 'Ada', door: 'cli', callKey: randomIds.uuid() }
  const act = { caller, clock: systemClock, ids: randomIds, facts: FACTS, git: NO_GIT }
  const does = (capability: Capability, input: object) => db.tx((tx) => callCapability(capability, { tx, ...act }, input))
  const types = async (capability: Capability, words: string): Promise<string> => {
    const door = capability.doors.telegram
    return plain(capability.say(await does(capability, 'none' in door ? {} : (door.parse?.(words, caller) ?? {}))) ?? '')
  }
  const server = async () => {
    const [found] = await liveConnectors(db, null)
    if (found === undefined) throw new Error('no server')
    return found
  }
  /** As if it had been tried. */
  const listed = async (): Promise<void> => {
    const { id, acceptedAt } = await server()
    await db.tx(async (tx) => {
      const now = await lockConnector(tx, ConnectorId.parse(id))
      if (now === undefined) throw new Error('no server')
      await keepListing(tx, id, [TOOL])
      await changeConnector(tx, now, { state: acceptedAt === null ? 'listed' : 'connected', tested: true })
    })
  }
  const accepts = async (): Promise<unknown> => {
    const { id } = await server()
    return does(acceptTools, { connector: id, digest: listingDigest(await connectorTools(db, id)) })
  }
  const usable = async (): Promise<string[]> => (await acceptedTools(db, NO_PROJECT)).map(({ name, rule }) => `${name} ${rule}`)
  await types(connect, 'words all TOKEN=env:WORDS_TOKEN npx server')
  await listed()
  await accepts()
  const { id } = await server()
  await db.tx((tx) => ruleTool(tx, id, TOOL.name, 'allow'))
  return { does, types, server, listed, accepts, usable }
}

describeEachStore('a change of a connected server', (open) => {
  it('of what it is given takes its tools away until it was tried, and gives them back as they were', async () => {
    const { types, server, listed, usable } = await room(await open())
    const { digest } = await server()
    expect(await usable()).toEqual(['look_up allow'])
    expect(await types(editConnector, 'words host=a.example TOKEN=')).toBe('words is changed and being tried; its card says what came of it.')
    expect(await server()).toMatchObject({ state: 'testing', definition: { argv: ['npx', 'server'], env: {}, hosts: ['a.example'] } })
    expect((await server()).digest).not.toBe(digest)
    await expect(types(editConnector, 'words write')).rejects.toThrow('words is just being tried')
    await listed()
    expect([(await server()).state, await usable()]).toEqual(['connected', ['look_up allow']])
  })

  it('of its command has its tools looked at anew, and nothing of it runs unasked any more', async () => {
    const { types, server, listed, accepts, usable } = await room(await open())
    await types(editConnector, 'words npx another')
    expect(await server()).toMatchObject({ acceptedAt: null, definition: { argv: ['npx', 'another'], env: { TOKEN: 'env:WORDS_TOKEN' } } })
    await listed()
    expect([(await server()).state, await usable()]).toEqual(['listed', []])
    await accepts()
    expect(await usable()).toEqual(['look_up ask'])
  })

  it('by a step on its card waits untried, with its tools away', async () => {
    const { does, types, server, usable } = await room(await open())
    const { id } = await server()
    await does(editConnector, { connector: id, host: 'a.example' })
    expect([(await server()).state, await usable()]).toEqual(['draft', []])
    expect(await types(listConnectors, '')).toContain('words · all projects · draft')
    await expect(types(editConnector, 'other write')).rejects.toThrow('There is no server other')
    await expect(types(connect, 'words all npx x')).rejects.toThrow('/connect change words')
  })
})
