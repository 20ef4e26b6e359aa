/** The stand-in's strictness: what the real API refuses is refused here, in its words. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startModelServer, type ModelServer } from './server.ts'
import { call, scriptOf } from './script.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer({ script: scriptOf([{ say: 'Hi.' }]), apiKey: 'right', models: ['m'], limits: { contextTokens: 5000 } })
})
afterAll(() => server.close())

const HEADERS = { 'x-api-key': 'right', 'anthropic-version': '2026-10-21', 'content-type': 'application/json' }
const user = (content: unknown): object => ({ role: 'user', content })
const assistant = (...content: object[]): object => ({ role: 'assistant', content })
const use = (id: string, extra: object = {}): object => ({ type: 'tool_use', id, name: 'x', input: {}, ...extra })
const result = (id: string): object => ({ type: 'tool_result', tool_use_id: id, content: 'ok' })
const text = (words: string): object => ({ type: 'text', text: words })
const tool = (extra: object = {}): object => ({ name: 't', input_schema: { type: 'object' }, ...extra })
const marked = { cache_control: { type: 'ephemeral' } }

async function post(
  body: unknown,
  headers: Record<string, string> = HEADERS,
  path = '/v1/messages',
  method = 'POST',
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(server.url + path, {
    method,
    headers,
    ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  })
  const answer: unknown = await response.json()
  return { status: response.status, body: answer }
}
const ask = (extra: object): Promise<{ status: number; body: unknown }> => post({ model: 'm', max_tokens: 10, messages: [user('Hi')], ...extra })
const refusal = (status: number, type: string, message: string | RegExp): object => ({
  status,
  body: {
    type: 'error',
    error: { type, message: typeof message === 'string' ? message : expect.stringMatching(message) },
    request_id: expect.any(String),
  },
})

describe('the door', () => {
  it.each([
    ['no key', { 'anthropic-version': '2023-06-01' }, 401, 'authentication_error', 'x-api-key header is required'],
    ['a wrong key', { ...HEADERS, 'x-api-key': 'wrong' }, 401, 'authentication_error', 'invalid x-api-key'],
    ['no version', { 'x-api-key': 'right' }, 400, 'invalid_request_error', 'anthropic-version: header is required'],
    ['a made-up version', { ...HEADERS, 'anthropic-version': '1999-01-01' }, 400, 'invalid_request_error', /is not a valid version/],
  ])('refuses %s', async (_, headers, status, type, message) => {
    expect(await post({}, headers)).toEqual(refusal(status, type, message))
  })

  it('takes a key as bearer too, and knows no other place', async () => {
    expect(
      (await post({ model: 'm', max_tokens: 1, messages: [user('Hi')] }, { authorization: 'Bearer right', 'anthropic-version': '2026-10-21' }))
        .status,
    ).toBe(200)
    expect(await post({}, HEADERS, '/v1/complete')).toEqual(refusal(404, 'not_found_error', 'Not Found'))
    expect(await post({}, HEADERS, '/v1/messages', 'GET')).toEqual(refusal(405, 'invalid_request_error', 'Method Not Allowed'))
    expect(await ask({ model: 'nope' })).toEqual(refusal(404, 'not_found_error', 'model: nope'))
  })

  it('refuses a body that is no JSON, or holds half a character', async () => {
    expect(await post('{"model":')).toEqual(refusal(400, 'invalid_request_error', /not valid JSON/))
    expect(await ask({ messages: [user('x\ud83d')] })).toEqual(refusal(400, 'invalid_request_error', /no low surrogate/))
  })
})

describe('a request is refused', () => {
  it.each<[string, object, string | RegExp]>([
    ['without max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['without messages', { messages: undefined }, 'messages: Field required'],
    ['with no message', { messages: [] }, 'messages: at least one message is required'],
    ['with a field nobody knows', { temprature: 1 }, 'temprature: Extra inputs are not permitted'],
    ['with sampling parameters, which are gone', { temperature: 1 }, 'temperature: Extra inputs are not permitted'],
    ['with too many output tokens', { max_tokens: 200_000 }, /^max_tokens: 200000 > 128000/],
    ['that is too long', { messages: [user('x'.repeat(30_000))] }, /^prompt is too long: \d+ tokens > 5000 maximum$/],
    ['with an unknown role', { messages: [{ role: 'tool', content: 'x' }] }, /Unexpected role "tool"/],
    ['that begins with a system message', { messages: [{ role: 'system', content: 'x' }, user('y')] }, /Unexpected role "system"/],
    ['that begins with an answer', { messages: [assistant(text('x')), user('y')] }, 'messages: first message must use the "user" role'],
    ['that ends with an answer', { messages: [user('x'), assistant(text('y'))] }, /does not support assistant message prefill/],
    ['with an empty message', { messages: [user([])] }, /^messages.0: all messages must have non-empty content/],
    ['with empty words', { messages: [user([text('')])] }, 'messages: text content blocks must be non-empty'],
    ['with blank words', { messages: [user([text(' \n')])] }, 'messages: text content blocks must contain non-whitespace text'],
    [
      'with a call left open',
      { messages: [user('x'), assistant(use('a'), use('b')), user([result('a')])] },
      /^messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: b\./,
    ],
    ['with words before a result', { messages: [user('x'), assistant(use('a')), user([text('y'), result('a')])] }, /immediately after: a\./],
    [
      'with a result of nothing',
      { messages: [user([result('zzz')])] },
      /^messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: zzz\./,
    ],
    [
      'with two results of one call',
      { messages: [user('x'), assistant(use('a')), user([result('a'), result('a')])] },
      /each tool_use must have a single result/,
    ],
    [
      'with one id twice',
      { messages: [user('x'), assistant(use('a'), use('a')), user([result('a')])] },
      'messages.1.content.1: `tool_use` ids must be unique',
    ],
    ['with an odd id', { messages: [user('x'), assistant(use('a b')), user([result('a b')])] }, /tool_use.id: String should match pattern/],
    [
      'with tool input that is no object',
      { messages: [user('x'), assistant(use('a', { input: [1] })), user([result('a')])] },
      /input: Input should be a valid dictionary$/,
    ],
    [
      'that ends an answer with thinking',
      { messages: [user('x'), assistant({ type: 'thinking', thinking: 'Hm', signature: 'sim_x' }), user('y')] },
      /final block in an assistant message cannot be `thinking`/,
    ],
    [
      'with thinking it never signed',
      { messages: [user('x'), assistant({ type: 'thinking', thinking: 'Hm', signature: 'forged' }, text('y')), user('z')] },
      /Invalid `signature` in `thinking` block/,
    ],
    ['with two tools of one name', { tools: [tool(), tool()] }, 'tools: Tool names must be unique.'],
    ['with a tool name with a slash', { tools: [tool({ name: 'a/b' })] }, /^tools.0.custom.name: String should match pattern/],
    ['with a tool without a schema type', { tools: [tool({ input_schema: {} })] }, 'tools.0.custom.input_schema.type: Field required'],
    ['with alternatives at the top of a schema', { tools: [tool({ input_schema: { type: 'object', oneOf: [] } })] }, /does not support oneOf/],
    [
      'with five cache marks',
      { messages: [user(Array.from({ length: 5 }, () => ({ ...text('x'), ...marked })))] },
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    ],
  ])('%s', async (_, extra, message) => {
    expect(await ask(extra)).toEqual(refusal(400, 'invalid_request_error', message))
  })
})

describe('an answer', () => {
  it('comes whole to those who do not stream', async () => {
    expect(await ask({})).toMatchObject({
      status: 200,
      body: { type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: 'Hi.' }], stop_reason: 'end_turn' },
    })
  })

  it('depends on the conversation alone', async () => {
    const messages = [user('Again'), assistant(use('a')), user([result('a')])]
    server.play(scriptOf([{ say: 'never' }, { calls: [call('x', {})] }]))
    expect(await ask({ messages })).toEqual(await ask({ messages }))
    server.play(scriptOf([{ say: 'Hi.' }]))
  })

  it('is remembered with what was asked, and the key is not', async () => {
    await ask({})
    const last = server.requests.at(-1)
    expect(last).toMatchObject({ conversation: { wish: 'Hi', turn: 0 }, answer: { say: 'Hi.' }, left: false })
    expect(JSON.stringify(server.requests)).not.toContain('right')
  })
})
