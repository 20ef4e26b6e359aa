/** Resources and prompts: the same rights as tools, in both eras of the protocol. */
import { expect, it } from 'vitest'
import { ObjectName, RunId, TaskId } from '#core'
import { appendMessage } from '#db'
import { z } from 'zod'
import { ENV_TOKEN, lastOf, openMcpRoom } from '../../../test/support/mcp-room.ts'
import { NO_GIT } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

const TIP = ObjectName.parse('a'.repeat(40))
const FILES = new Map([['src/cart.ts', 'the cart']])
const RUN = z.object({ id: RunId, taskId: TaskId })
const Contents = z.object({ contents: z.array(z.object({ text: z.string() })) })

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

  it('is a session with its words, an agent, a checkpoint and a document, each only for who may', async () => {
    const git = {
      ...NO_GIT,
      tipOf: () => Promise.resolve(TIP),
      readFile: (_of: unknown, _at: unknown, path: string) => Promise.resolve(FILES.get(path)),
    }
    const room = await openMcpRoom(await open(), 1, { git })
    const run = room.tasks[0]?.run
    await room.db.run(`update project set target_branch = 'main'`)
    await room.db.tx(async (tx) => {
      const said = { taskId: RUN.parse(run).taskId, runId: RUN.parse(run).id }
      await appendMessage(tx, { ...said, seq: 0, role: 'user', content: [{ type: 'text', text: 'Round it' }] })
      await appendMessage(tx, {
        ...said,
        seq: 1,
        role: 'assistant',
        content: [
          { type: 'thinking', text: 'hm' },
          { type: 'text', text: 'Rounded.' },
        ],
      })
    })
    const spawned = await room.call(ENV_TOKEN, 'spawn_agent', { project: 'shop', name: 'Ada' })
    const read = async (uri: string, secret = ENV_TOKEN): Promise<unknown> => {
      const { result } = await room.rpc(secret, 'resources/read', { uri })
      return Contents.safeParse(result).data?.contents[0]?.text
    }
    const session = await read(`lugh://sessions/${RUN.parse(run).id}`)
    expect([session, session]).toEqual([expect.stringContaining('Rounded.'), expect.not.stringContaining('hm')])
    expect(await read(`lugh://agents/${String(spawned.structuredContent?.['agent_id'])}`)).toContain('"name":"Ada"')
    expect(await read('lugh://agents')).toContain('"project":"shop"')
    expect(await read('lugh://knowledge/shop/src/cart.ts')).toBe('the cart')
    expect(await read('lugh://knowledge/shop/src%2Fcart.ts')).toBe('the cart')
    await room.ask('create_checkpoint', { project: 'shop', name: 'before' })
    expect(await read('lugh://checkpoints/C1')).toContain('"checkpoint":1')
    await room.db.run(
      `insert into project (id, home, name, kind, location, sample, state) select gen_random_uuid(), home, 'secret', 'path', '/elsewhere', false, 'ready' from project limit 1`,
    )
    const other = await room.token(['read'], { projects: ['secret'] })
    for (const uri of [`lugh://sessions/${RUN.parse(run).id}`, 'lugh://knowledge/shop/src/cart.ts', 'lugh://checkpoints/C1', 'lugh://tasks/1/diff'])
      expect([uri, await read(uri, other)]).toEqual([uri, undefined])
    expect(await read('lugh://agents', other)).toBe('{"agents":[]}')
    const absent = [
      'lugh://knowledge/shop/nothing',
      'lugh://sessions/x',
      'lugh://checkpoints/C9',
      'lugh://agents/x',
      'lugh://knowledge/secret/src/cart.ts',
    ]
    for (const uri of absent) expect([uri, await read(uri)]).toEqual([uri, undefined])
    const completed = async (uri: string, name: string): Promise<unknown> =>
      (await room.rpc(ENV_TOKEN, 'completion/complete', { ref: { type: 'ref/resource', uri }, argument: { name, value: '' } })).result?.['completion']
    expect(await completed('lugh://checkpoints/{id}', 'id')).toMatchObject({ values: ['C1'] })
    expect(await completed('lugh://agents/{id}', 'id')).toMatchObject({ total: 1 })
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
    const older = await (await room.older(ENV_TOKEN)).send({ id: 1, method: 'prompts/list' })
    expect(lastOf(await older.text())).toMatchObject({
      result: { prompts: [{ name: 'plan' }, { name: 'review' }, { name: 'stand-up' }, { name: 'post-mortem' }] },
    })
    await room.mcp.close()
  })
})
