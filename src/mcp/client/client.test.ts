/** Servers of others, over stdio behind the walls: found, listed, called, ended; and what too much of anything comes to. */
import { fileURLToPath } from 'node:url'
import { ConnectorId, randomIds } from '#core'
import type { Definition } from '#db'
import type { Server, ServerPlace } from '#orchestrator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noWalls, plantMachine, type Machine } from '../../../test/support/sandbox.ts'
import { openConnectors } from './connectors.ts'

const HERE = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/u, '')
const FIXTURE = `${HERE}/test/support/mcp-fixture.ts`
const SECRET = 'fixture-secret-0123456789'

const stdio = (argv: readonly string[], more: Partial<Extract<Definition, { kind: 'stdio' }>> = {}): Definition => ({
  kind: 'stdio',
  argv: [...argv],
  env: {},
  hosts: [],
  reads: [HERE],
  writes: false,
  ...more,
})
const serverOf = (definition: Definition): Server => ({ id: ConnectorId.parse(randomIds.uuid()), name: 'fix', definition })
const signal = new AbortController().signal

describe.skipIf(noWalls('servers behind the walls') !== undefined)('a server behind the walls', () => {
  let machine: Machine
  let place: ServerPlace
  const open = () =>
    openConnectors({
      sandbox: machine.sandbox,
      home: machine.lughHome,
      version: '0',
      reference: (name) => (name === 'THE_TOKEN' ? SECRET : undefined),
    })
  beforeAll(async () => {
    machine = await plantMachine()
    place = { key: 'task', home: 'project', worktree: machine.worktree, readable: [] }
  })
  afterAll(() => machine.end())

  it('is listed, called with a secret by reference, and gone when its task ends', async () => {
    const connectors = open()
    const server = serverOf(stdio(['node', FIXTURE], { env: { FIXTURE_TOKEN: 'env:THE_TOKEN' } }))
    const looked = await connectors.look(server, place, signal)
    if (!looked.ok) throw new Error(looked.why)
    expect(looked.listing.tools.map(({ alias, description }) => [alias, description])).toEqual([
      ['fix__look_up', 'Looks a word up.'],
      ['fix__picture', 'A picture.'],
    ])
    expect(looked.listing.leftOut).toEqual([])
    const digestOf = (tool: string): string => looked.listing.tools.find(({ name }) => name === tool)?.digest ?? ''
    const call = (tool: string, digest: string) => connectors.call({ server, place, tool, digest, input: { word: 'moss' }, signal })
    expect(await call('look_up', digestOf('look_up'))).toEqual({ outcome: 'ok', text: `moss: a word, as ${SECRET} says`, kept: [] })
    expect(await call('picture', digestOf('picture'))).toMatchObject({
      outcome: 'ok',
      text: 'here it is\n[file 1: image/png]',
      kept: [{ mediaType: 'image/png' }],
    })
    expect(await call('look_up', 'another')).toMatchObject({ outcome: 'changed' })
    await connectors.end('task')
    await connectors.close()
    expect(await machine.sandbox.sweep()).toBe(0)
  })

  it('says in a sentence what is missing: a secret, the program, an answer', async () => {
    const connectors = open()
    const why = async (definition: Definition): Promise<string> => {
      const looked = await connectors.look(serverOf(definition), place, signal)
      return looked.ok ? 'listed' : looked.why
    }
    expect(await why(stdio(['node', FIXTURE], { env: { A: 'env:NOT_THERE' } }))).toMatch(/^NOT_THERE is not set: put it into the \.env/u)
    expect(await why(stdio(['no-such-program']))).toMatch(/no-such-program.*not found|No such file/u)
    expect(await why(stdio(['node', '-e', 'process.stderr.write("no licence"); process.exit(3)']))).toBe(
      'it ended (exit code 3); its last words: no licence',
    )
    await connectors.close()
  })
})
