/** What programs are promised at the door: who gets in, what is done once, who decides. */
import { duplexPair } from 'node:stream'
import { createMcp } from '#mcp'
import { expect, it } from 'vitest'
import { taskByNumber, type Sql } from '#db'
import { z } from 'zod'
import { ENV_TOKEN, modern, openMcpRoom } from '../../../test/support/mcp-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

describeEachStore('the door for programs', (open) => {
  it('refuses whoever has no token, a wrong, an expired or a revoked one, and says where tokens come from', async () => {
    const room = await openMcpRoom(await open())
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
    const expired = await room.token(['read'], { name: 'old', days: 1 })
    await room.db.run(`update token set expires_at = now() - interval '1 second' where name = 'old'`)
    const revoked = await room.token(['read'], { name: 'gone' })
    await room.ask('revoke_token', { name: 'gone' })
    const answers = await Promise.all(
      [
        undefined,
        'Bearer nonsense-nonsense-nonsense',
        `Bearer lugh_${'x'.repeat(43)}`,
        `Bearer ${expired}`,
        `Bearer ${revoked}`,
        `Basic ${ENV_TOKEN}`,
        // Signed for another audience, by whomever: tokens are Lugh's own or none.
        'Bearer eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJodHRwczovL290aGVyLmV4YW1wbGUvbWNwIiwic2NvcGUiOiJhZG1pbiJ9.c2lnbmF0dXJlLW9mLXNvbWVib2R5',
      ].map(async (authorization) => {
        const answer = await room.post(body, authorization === undefined ? {} : { authorization })
        return [answer.status, answer.headers.get('www-authenticate')?.includes('oauth-protected-resource/mcp')]
      }),
    )
    await room.mcp.close()
    expect(answers).toEqual(answers.map(() => [401, true]))
  })

  it('takes a token of its own for what its row says, also where it stands in the environment as that of `lugh mcp`', async () => {
    const given = { secret: '' }
    const room = await openMcpRoom(await open(), 1, { token: () => given.secret })
    given.secret = await room.token(['read', 'request', 'approve-own'], { name: 'laptop' })
    const call = { project: 'shop', wish: 'Mine', call_id: 'call-0001' }
    const { task } = z.looseObject({ task: z.number() }).parse((await room.call(given.secret, 'assign_task', call)).structuredContent)
    const asked = await room.askApproval(task)
    expect((await room.call(given.secret, 'decide_approval', { ...asked, decision: 'allow' })).isError).toBeUndefined()
    // Another Lugh of this home, which has no such token in its environment, knows its calls.
    const other = { ...room.options, token: () => undefined }
    const next = createMcp(other)
    const { body, headers } = modern('tools/call', { name: 'assign_task', arguments: call })
    const again = await room.post(body, { authorization: `Bearer ${given.secret}`, ...headers }, undefined, next)
    expect(await again.text()).toContain(`"task":${task}`)
    await room.ask('revoke_token', { name: 'laptop' })
    expect((await room.rpc(given.secret, 'tools/list')).status).toBe(401)
    await next.close()
    await room.mcp.close()
  })

  it('refuses foreign hosts and foreign pages', async () => {
    const room = await openMcpRoom(await open())
    const authorization = `Bearer ${ENV_TOKEN}`
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await room.post(modern('tools/list').body, { authorization, ...modern('tools/list').headers, ...headers })).status
    const hosts = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:3000', '', 'lugh.example.org@evil.example', '0.0.0.0:3000']
    expect(await Promise.all(hosts.map((host) => status({ host })))).toEqual(hosts.map(() => 403))
    const known = ['localhost:3000', '127.0.0.1', '[::1]:3000', 'lugh.example.org', 'LUGH.example.org:443']
    expect(await Promise.all(known.map((host) => status({ host })))).toEqual(known.map(() => 200))
    const pages = [
      'https://evil.example',
      'null',
      'file://',
      'http://localhost.evil.example',
      'http://lugh.example.org.evil.example',
      'javascript://localhost',
    ]
    expect(await Promise.all(pages.map((origin) => status({ origin })))).toEqual(pages.map(() => 403))
    expect(await status({ origin: 'https://lugh.example.org' })).toBe(200)
    // No header makes anybody the owner.
    const claims = { 'x-forwarded-for': '127.0.0.1', 'x-lugh-role': 'owner', 'x-lugh-person': room.personId }
    const removal = modern('tools/call', { name: 'remove_project', arguments: { project: 'shop' } })
    const made = await room.post(removal.body, { authorization, ...removal.headers, ...claims })
    expect(await made.text()).toContain('needs a token with admin')
    await room.mcp.close()
  })

  it('tells clients of OAuth where tokens go, under the name it is known by', async () => {
    const room = await openMcpRoom(await open(), 0, { publicUrl: 'https://lugh.example.org/' })
    const asked = (host: string): Promise<Response> =>
      room.mcp.metadata(new Request('http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp', { headers: { host } }))
    expect(await (await asked('127.0.0.1:3000')).json()).toEqual({
      resource: 'https://lugh.example.org/mcp',
      resource_name: 'Lugh',
      bearer_methods_supported: ['header'],
      scopes_supported: ['read', 'request', 'approve', 'approve-own', 'admin'],
    })
    expect((await asked('evil.example')).status).toBe(403)
    await room.mcp.close()
  })

  it('refuses what is too long, over HTTP and over the socket, and goes on', async () => {
    const room = await openMcpRoom(await open())
    const long = JSON.stringify({ ...modern('tools/list').body, padding: 'x'.repeat(1024 * 1024) })
    const headers = { authorization: `Bearer ${ENV_TOKEN}`, ...modern('tools/list').headers }
    expect((await room.post(long, headers)).status).toBe(413)
    const [ours, theirs] = duplexPair()
    const over = room.mcp.serve(theirs, undefined)
    ours.on('error', () => undefined)
    ours.resume()
    // Nobody is left waiting on a connection that is not read any more.
    ours.write(`${long}\n`)
    await over
    expect((await room.rpc(ENV_TOKEN, 'tools/list')).status).toBe(200)
    await room.mcp.close()
  })

  it('lists to each token what it may call, and nothing unbuilt', async () => {
    const room = await openMcpRoom(await open())
    const names = async (secret: string): Promise<string[]> => {
      const { result } = await room.rpc(secret, 'tools/list')
      return (
        JSON.stringify(result)
          .match(/"name":"[a-z_]+"/gu)
          ?.map((name) => name.slice(8, -1)) ?? []
      )
    }
    const asked = [
      'spawn_agent',
      'assign_task',
      'query_knowledge',
      'list_projects',
      'list_tasks',
      'get_task',
      'wait_for_task',
      'send_message',
      'stop_task',
      'get_diff',
    ]
    const more = ['list_approvals', 'create_checkpoint', 'list_checkpoints', 'restore_checkpoint', 'list_agents', 'get_costs']
    expect(await names(ENV_TOKEN)).toEqual(expect.arrayContaining([...asked, ...more]))
    expect(await names(ENV_TOKEN)).not.toContain('decide_approval')
    expect(await names(await room.token(['read']))).not.toContain('spawn_agent')
    expect(await names(await room.token(['read', 'request', 'approve-own']))).toEqual(expect.arrayContaining(['decide_approval', 'review']))
    expect(await names(await room.token(['admin']))).toEqual(expect.arrayContaining(['add_project', 'remove_project', 'review']))
    await room.mcp.close()
  })

  it('spawns an agent with a task at once, and once for a call that names itself', async () => {
    const room = await openMcpRoom(await open())
    const call = { project: 'shop', wish: 'Write tests', call_id: 'call-0001' }
    const first = await room.call(ENV_TOKEN, 'spawn_agent', call)
    const again = await room.call(ENV_TOKEN, 'lugh/spawn_agent', call)
    expect(first.structuredContent).toMatchObject({ agent_id: expect.any(String), task_id: expect.any(String), task: 1 })
    expect(again.structuredContent).toEqual(first.structuredContent)
    expect((await room.call(ENV_TOKEN, 'lugh.spawn_agent', { ...call, wish: 'Something else' })).content?.[0]?.text).toContain(
      'Another call was already made',
    )
    expect((await room.call(ENV_TOKEN, 'list_tasks')).structuredContent).toMatchObject({ tasks: [{ task: 1 }] })
    expect((await room.call(ENV_TOKEN, 'list_agents', { project: 'shop' })).structuredContent).toMatchObject({ agents: [{}] })
    await room.mcp.close()
  })

  it('answers a wait when the task rests, tells steps meanwhile, and takes nothing with it when the client goes', async () => {
    const room = await openMcpRoom(await open(), 1)
    const gone = new AbortController()
    const headers = { authorization: `Bearer ${ENV_TOKEN}` }
    const params = { name: 'wait_for_task', arguments: { task: 1, timeout_seconds: 30 } }
    const lost = room.post({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }, headers, gone.signal).then(
      (answer) => answer.text(),
      () => 'gone',
    )
    gone.abort()
    expect((await room.call(ENV_TOKEN, 'wait_for_task', { task: 1, timeout_seconds: 0 })).structuredContent).toMatchObject({ done: false })
    const waiting = room.call(ENV_TOKEN, 'wait_for_task', { task: 1, timeout_seconds: 30 })
    const { approval } = await room.askApproval(1)
    expect((await waiting).structuredContent).toMatchObject({
      done: true,
      state: 'waiting',
      waits_for: [{ kind: 'approval', id: approval, answer_with: ['decide_approval'] }],
    })
    await lost
    await room.mcp.close()
  })

  it('lets only a token with approve decide, and one with approve-own about its own tasks', async () => {
    const room = await openMcpRoom(await open(), 1)
    const own = await room.token(['read', 'request', 'approve-own'])
    const started = await room.call(own, 'assign_task', { project: 'shop', wish: 'Mine' })
    expect(started.structuredContent).toMatchObject({ task: 2 })
    const theirs = await room.askApproval(1, 'npm test')
    const mine = await room.askApproval(2, 'npm run build')
    const decide = async (secret: string, asked: object, more: object = {}): Promise<string> => {
      const answer = await room.call(secret, 'decide_approval', { ...asked, decision: 'allow', ...more })
      return answer.isError === true ? (answer.content?.[0]?.text ?? '') : 'decided'
    }
    await expect(room.call(ENV_TOKEN, 'decide_approval', { ...theirs, decision: 'allow' })).rejects.toThrow(/needs a token with approve/u)
    expect(await decide(own, theirs)).toContain('approve-own for a task it started itself')
    expect(await decide(own, { ...mine, also: [theirs] })).toContain('approve-own for a task it started itself')
    expect(await decide(own, mine, { scope: 'project' })).toContain('approve-own')
    expect(await decide(own, { ...mine, digest: '0'.repeat(64) })).toContain('conflict')
    expect(await decide(own, mine)).toBe('decided')
    const all = await room.token(['approve'])
    expect(
      (
        await Promise.all([
          decide(all, theirs),
          decide(all, theirs),
          room.ask('decide_approval', { ...theirs, decision: 'deny' }).then(
            () => 'decided',
            () => 'late',
          ),
        ])
      ).filter((said) => said === 'decided'),
    ).toHaveLength(1)
    await room.mcp.close()
  })

  it('shows a token of one project nothing of another', async () => {
    const room = await openMcpRoom(await open(), 1)
    await room.db.run(
      `insert into project (id, home, name, kind, location, sample, state) select gen_random_uuid(), home, 'secret', 'path', '/elsewhere', false, 'ready' from project limit 1`,
    )
    const one = await room.token(['read', 'request', 'approve'], { projects: ['secret'] })
    const { approval, digest } = await room.askApproval(1)
    const say = async (name: string, args: Record<string, unknown>): Promise<unknown> => {
      const answer = await room.call(one, name, args)
      return answer.isError === true ? 'refused' : answer.structuredContent
    }
    expect(await say('list_projects', {})).toMatchObject({ projects: [{ name: 'secret' }] })
    expect(await say('list_tasks', {})).toEqual({ tasks: [] })
    expect(await say('list_approvals', {})).toEqual({ waiting: [] })
    for (const [name, args] of [
      ['get_task', { task: 1 }],
      ['wait_for_task', { task: 1 }],
      ['send_message', { task: 1, text: 'hello' }],
      ['decide_approval', { approval, digest, decision: 'allow' }],
      ['assign_task', { project: 'shop', wish: 'x' }],
      ['stop_task', { all: true }],
      ['show_status', {}],
      ['restore_everything', { checkpoint: 1 }],
    ] as const)
      expect([name, await say(name, args)]).toEqual([name, 'refused'])
    expect(await say('assign_task', { wish: 'here' })).toMatchObject({ task: 2, project: 'secret' })
    expect((await taskByNumber(room.db, 1))?.state).toBe('waiting')
    await room.mcp.close()
  })

  it('teaches whoever calls it wrongly', async () => {
    const room = await openMcpRoom(await open())
    const said = async (name: string, args: Record<string, unknown>): Promise<string | undefined> =>
      (await room.call(ENV_TOKEN, name, args)).content?.[0]?.text
    expect(await said('get_task', { task: 99 })).toBe('not-found: There is no T99. list_tasks lists what there is.')
    expect(await said('spawn_agent', { wihs: 'x' })).toContain('spawn_agent has no argument wihs. It takes name, role, project, wish, call_id.')
    expect(await said('assign_task', { wish: 5 })).toContain('wish')
    await expect(room.call(ENV_TOKEN, 'spawn_agents')).rejects.toThrow('There is no tool spawn_agents; tools/list lists them.')
    await room.mcp.close()
  })

  it('writes every call into the audit, refused ones too, and no token with it', async () => {
    const room = await openMcpRoom(await open())
    const secret = await room.token(['read'])
    await room.call(secret, 'list_tasks')
    await room.call(secret, 'get_task', { task: 99 })
    const { rows } = await auditOf(room.db)
    expect(rows).toEqual([
      ['list_tasks', 'ok'],
      ['get_task', 'not-found'],
    ])
    expect(JSON.stringify(await auditOf(room.db))).not.toContain(secret)
    await room.mcp.close()
  })

  it('slows down a token that calls too often', async () => {
    const room = await openMcpRoom(await open())
    const secret = await room.token(['read'], { per_minute: 3 })
    const statuses: number[] = []
    for (let n = 0; n < 5; n += 1) statuses.push((await room.rpc(secret, 'tools/list')).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    await room.mcp.close()
  })
})

const Row = z.object({ tool: z.string(), outcome: z.string() })

async function auditOf(db: Sql): Promise<{ rows: string[][] }> {
  const found = await db.rows(Row, `select data->>'tool' as tool, data->>'outcome' as outcome from event where kind = 'mcp.called' order by id`)
  return { rows: found.map(({ tool, outcome }) => [tool, outcome]) }
}
