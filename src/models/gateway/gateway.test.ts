/** The gateway against the scripted providers: what passes, what is refused, and what it counts. */
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startModelServer, type ModelServer } from '../../simulator/model/index.ts'
import type { TokenUsage } from '../prices.ts'
import { createGateway } from './gateway.ts'
import type { ExpectedCall, GatewayDoor, Reservation } from './port.ts'

const KEY = 'sk-the-real-key-0123456789'
const MODEL = 'claude-sonnet-5-5'
const SCRIPT = { name: 'one', match: () => true, turns: [{ say: 'Hello from the model, in several words.', usage: { input: 50, output: 20 } }] }

let model: ModelServer
let door: GatewayDoor
let inside: Server
let url: string
let purse: { reserved: ExpectedCall[]; settled: TokenUsage[]; no: string | undefined }

beforeEach(async () => {
  model = await startModelServer({ script: SCRIPT, apiKey: KEY })
  purse = { reserved: [], settled: [], no: undefined }
  const reserve = async (call: ExpectedCall): Promise<Reservation> => {
    purse.reserved.push(call)
    return purse.no === undefined ? { ok: true, settle: async (usage) => void purse.settled.push(usage) } : { ok: false, why: purse.no }
  }
  const gateway = createGateway({ anthropic: { apiKey: KEY, baseUrl: model.url }, openai: { apiKey: KEY, baseUrl: `${model.url}/v1` } })
  door = gateway.open({ models: [MODEL], meter: { reserve } })
  inside = createServer((request, response) => door.handler(request, response))
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))
  const address = inside.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
afterEach(async () => {
  await door.close()
  inside.closeAllConnections()
  await new Promise((resolve) => inside.close(resolve))
  await model.close()
})

const message = { role: 'user', content: 'Hi' }
const BODIES = {
  '/v1/messages': { model: MODEL, max_tokens: 1000, messages: [message] },
  '/v1/responses': { model: MODEL, max_output_tokens: 1000, input: 'Hi', store: false },
  '/v1/chat/completions': { model: MODEL, max_completion_tokens: 1000, messages: [message] },
} as const
type Path = keyof typeof BODIES
const PATHS: Path[] = ['/v1/messages', '/v1/responses', '/v1/chat/completions']

function ask(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const token = path.startsWith('/v1/messages') ? { 'x-api-key': door.token } : { authorization: `Bearer ${door.token}` }
  const version = path.startsWith('/v1/messages') ? { 'anthropic-version': '2023-06-01' } : {}
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...version, ...token, ...headers },
    body: JSON.stringify(body),
  })
}

describe.each(PATHS)('the gateway at %s', (path) => {
  const body = BODIES[path]

  it('adds the key, passes the answer on and counts it, whole and streamed', async () => {
    const whole = await ask(path, body)
    expect(whole.status).toBe(200)
    expect(await whole.text()).toContain('Hello from the model')
    const streamed = await ask(path, { ...body, stream: true })
    expect(streamed.headers.get('content-type')).toContain('text/event-stream')
    expect(await streamed.text()).toContain('Hello')
    await expect.poll(() => purse.settled.length).toBe(2)
    expect(purse.settled.map(({ input, output }) => [input, output])).toEqual([
      [50, 20],
      [50, 20],
    ])
    expect(purse.reserved.map(({ model: name, outputTokens }) => [name, outputTokens])).toEqual([
      [MODEL, 1000],
      [MODEL, 1000],
    ])
    expect(model.requests.flatMap(({ refused }) => refused ?? [])).toEqual([])
  })

  it('refuses a token of another run, one that is over, and none at all, in the words of the provider', async () => {
    const other = createGateway({ anthropic: { apiKey: KEY }, openai: { apiKey: KEY } }).open({
      models: [MODEL],
      meter: { reserve: () => Promise.reject(new Error('never')) },
    })
    const header = path === '/v1/messages' ? 'x-api-key' : 'authorization'
    for (const shown of [other.token, `Bearer ${other.token}`, KEY, '', 'Bearer ']) {
      const answer = await ask(path, body, { [header]: shown })
      expect(answer.status).toBe(401)
      const said: unknown = await answer.json()
      expect(said).toMatchObject(
        path === '/v1/messages' ? { type: 'error', error: { type: 'authentication_error' } } : { error: { code: 'invalid_api_key' } },
      )
    }
    await door.close()
    expect((await ask(path, body)).status).toBe(401)
    expect([model.requests.length, purse.reserved]).toEqual([0, []])
  })

  it('refuses every model but the run’s own', async () => {
    const answer = await ask(path, { ...body, model: 'claude-opus-5-5' })
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining(`may ask ${MODEL} and no other`)])
    expect(model.requests.length).toBe(0)
  })

  it('asks the purse first, and says its no in a way no client repeats', async () => {
    purse.no = 'the budget of this task is used up'
    const answer = await ask(path, body)
    expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([402, 'false'])
    expect(await answer.text()).toContain('the budget of this task is used up')
    expect([model.requests.length, door.spent()]).toEqual([0, 'the budget of this task is used up'])
    // Whatever the run still asks hears the same, although the purse would now say something else.
    purse.no = undefined
    expect(await (await ask(path, body)).text()).toContain('the budget of this task is used up')
    expect([model.requests.length, purse.reserved.length]).toEqual([0, 1])
  })

  it('passes a no of the provider on with its status and the wait it asks for, without the key', async () => {
    model.misbehave({ kind: 'status', status: 429, retryAfter: 7, message: `slow down, ${KEY}` })
    const answer = await ask(path, body)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7'])
    const words = await answer.text()
    expect([words.includes('slow down'), words.includes(KEY)]).toEqual([true, false])
    expect(purse.settled).toEqual([{ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }])
  })

  it('hands a stream on while it comes, and cuts it where it was cut', async () => {
    model.misbehave({ kind: 'hang', begun: true })
    const leaving = new AbortController()
    const answer = await fetch(url + path, {
      method: 'POST',
      signal: leaving.signal,
      headers: { authorization: `Bearer ${door.token}`, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, stream: true }),
    })
    const first = await answer.body?.getReader().read()
    expect(first?.value?.length).toBeGreaterThan(0)
    leaving.abort()
    await expect.poll(() => model.requests[0]?.left).toBe(true)
    model.misbehave({ kind: 'cut', afterEvents: 4 })
    const cut = await ask(path, { ...body, stream: true })
    // The cut may be heard before or after the first words were passed on; an end is never made up.
    expect(['cut', 502]).toContain(
      await cut.text().then(
        () => cut.status,
        () => 'cut',
      ),
    )
    await expect.poll(() => purse.settled.length).toBe(2)
    expect(purse.settled[0]?.input).toBeGreaterThan(0)
  })

  it('ends what is under way when the run ends, and settles it', async () => {
    model.misbehave({ kind: 'hang' })
    const asked = ask(path, { ...body, stream: true }).then((answer) => answer.status)
    await expect.poll(() => model.requests.length).toBe(1)
    const began = performance.now()
    await door.close()
    expect(performance.now() - began).toBeLessThan(1000)
    expect([await asked, purse.settled.length]).toEqual([502, 1])
  })
})

describe('the gateway, besides', () => {
  it('keeps the chunk that only counts from an engine that did not ask for it', async () => {
    const body = { ...BODIES['/v1/chat/completions'], stream: true }
    const plain = await (await ask('/v1/chat/completions', body)).text()
    const asked = await (await ask('/v1/chat/completions', { ...body, stream_options: { include_usage: true } })).text()
    expect([plain.includes('"choices":[]'), asked.includes('"choices":[]')]).toEqual([false, true])
    expect(plain.trimEnd().endsWith('data: [DONE]')).toBe(true)
    await expect.poll(() => purse.settled.map(({ output }) => output)).toEqual([20, 20])
  })

  it('lists the run’s model to both kinds of client, and knows no other place', async () => {
    const get = (path: string, headers: Record<string, string>): Promise<Response> => fetch(url + path, { headers })
    const anthropic: unknown = await (await get('/v1/models', { 'x-api-key': door.token, 'anthropic-version': '2023-06-01' })).json()
    const openai: unknown = await (await get('/v1/models', { authorization: `Bearer ${door.token}` })).json()
    expect([anthropic, openai]).toMatchObject([
      { data: [{ id: MODEL, type: 'model' }], has_more: false },
      { object: 'list', data: [{ id: MODEL, object: 'model' }] },
    ])
    const one: unknown = await (await get(`/v1/models/${MODEL}`, { authorization: `Bearer ${door.token}` })).json()
    expect(one).toMatchObject({ id: MODEL })
    for (const path of ['/v1/files', '/v1/messages/batches', '/v1/responses/resp_1', '/']) expect((await ask(path, {})).status).toBe(404)
  })

  it.each([
    [{ tools: [{ type: 'web_fetch_20260209', name: 'web_fetch' }] }, 'web_fetch_20260209'],
    [{ tools: [{ type: 'namespace', name: 'own', tools: [{ type: 'web_search' }] }] }, 'web_search'],
    [{ mcp_servers: [{ type: 'url', url: 'https://evil.example', name: 'x' }] }, 'mcp_servers'],
    [{ background: true }, 'background'],
  ])('lets nothing run at the provider that the walls would stop: %j', async (more, named) => {
    const answer = await ask('/v1/messages', { ...BODIES['/v1/messages'], ...more })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(named)])
    expect(model.requests.length).toBe(0)
  })

  it('says what is wrong with a request that is no request', async () => {
    const answer = await fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': door.token }, body: 'not json' })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('no JSON object with a model')])
  })

  it('says which key is missing', async () => {
    const bare = createGateway({ anthropic: {}, openai: {} }).open({ models: [MODEL], meter: { reserve: () => Promise.reject(new Error('never')) } })
    door = bare
    const answer = await ask('/v1/messages', BODIES['/v1/messages'])
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('has no Anthropic key')])
  })
})
