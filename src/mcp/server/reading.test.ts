/** Resources and prompts: the same rights as tools, in both eras of the protocol. */
import { expect, it } from 'vitest'
import { ENV_TOKEN, lastOf, openMcpRoom } from '../../../test/support/mcp-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

describeEachStore('what programs may read', (open) => {
  it('is listed a page at a time, and read by address', async () => {
    const room = await openMcpRoom(await open(), 51)
    const first = await room.rpc(ENV_TOKEN, 'resources/list')
    expect(first.result).toMatchObject({ resources: expect.arrayContaining([expect.objectContaining({ uri: 'lugh://tasks/51' })]), nextCursor: 'T2' })
    expect((await room.rpc(ENV_TOKEN, 'resources/list', { cursor: 'T2' })).result?.['resources']).toMatchObject([{ uri: 'lugh://tasks/1' }])
    expect((await room.rpc(ENV_TOKEN, 'resources/list', { cursor: '../../etc' })).error).toMatchObject({ code: -32_602 })
    const read = async (uri: string): Promise<string> => JSON.stringify(await room.rpc(ENV_TOKEN, 'resources/read', { uri }))
    expect(await read('lugh://tasks/51')).toContain('\\"task\\":51')
    expect(await read('lugh://projects/shop')).toContain('\\"name\\":\\"shop\\"')
    for (const uri of [
      'lugh://tasks/99',
      'lugh://tasks/1/../2',
      'lugh://projects/%2e%2e',
      'lugh://projects/%',
      'file:///etc/passwd',
      'lugh://tasks/',
    ])
      expect([uri, (await room.rpc(ENV_TOKEN, 'resources/read', { uri })).error !== undefined]).toEqual([uri, true])
    await room.mcp.close()
  })

  it('is completed by names that are there, and shows a token of one project no other', async () => {
    const room = await openMcpRoom(await open(), 1)
    await room.db.run(
      `insert into project (id, home, name, kind, location, sample, state) select gen_random_uuid(), home, 'secret', 'path', '/elsewhere', false, 'ready' from project limit 1`,
    )
    const one = await room.token(['read'], { projects: ['secret'] })
    const ref = { type: 'ref/resource', uri: 'lugh://projects/{name}' }
    const names = async (secret: string) =>
      (await room.rpc(secret, 'completion/complete', { ref, argument: { name: 'name', value: 's' } })).result?.['completion']
    expect(await names(ENV_TOKEN)).toMatchObject({ values: ['shop', 'secret'] })
    expect(await names(one)).toMatchObject({ values: ['secret'] })
    expect((await room.rpc(one, 'resources/read', { uri: 'lugh://tasks/1' })).error).toBeDefined()
    expect((await room.rpc(one, 'prompts/get', { name: 'review', arguments: { task: '1' } })).error).toBeDefined()
    await room.mcp.close()
  })

  it('gives prompts with what they are about, also to clients of the older protocol', async () => {
    const room = await openMcpRoom(await open(), 1)
    expect(JSON.stringify((await room.rpc(ENV_TOKEN, 'prompts/get', { name: 'stand-up' })).result)).toContain('Do it')
    expect((await room.rpc(ENV_TOKEN, 'prompts/get', { name: 'plan' })).error?.message).toContain('plan needs project, wish.')
    const older = await room.post(
      { jsonrpc: '2.0', id: 1, method: 'prompts/list' },
      { authorization: `Bearer ${ENV_TOKEN}`, 'mcp-protocol-version': '2025-06-18' },
    )
    expect(lastOf(await older.text())).toMatchObject({
      result: { prompts: [{ name: 'plan' }, { name: 'review' }, { name: 'stand-up' }, { name: 'post-mortem' }] },
    })
    await room.mcp.close()
  })
})
