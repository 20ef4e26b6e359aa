/** What the stand-in refuses in OpenAI's formats, in OpenAI's words; and that the official client reads what it answers. */
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startModelServer, type ModelServer } from '../index.ts'
import { call } from '../script.ts'

const MODEL = 'gpt-6.1-sol'
let server: ModelServer
beforeAll(async () => {
  server = await startModelServer({
    script: { name: 'x', match: () => true, turns: [{ say: 'Hi.', calls: [call('look', { at: 'a' })] }] },
    apiKey: 'sk-right-key-0123456789',
    models: [MODEL],
    limits: { contextTokens: 1000 },
  })
})
afterAll(() => server.close())

async function post(path: string, body: unknown, key: string | null = 'sk-right-key-0123456789'): Promise<{ status: number; error: unknown }> {
  const headers = { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) }
  const response = await fetch(`${server.url}/v1/${path}`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
  const answer: unknown = await response.json()
  const error: unknown = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  return { status: response.status, error }
}

const user = { role: 'user', content: 'Hi' }
const calls = { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }] }

describe('chat completions are refused', () => {
  it.each<[string, object, string]>([
    ['without messages', { model: MODEL, messages: [] }, 'empty array'],
    ['without a model', { messages: [user] }, "Missing required parameter: 'model'."],
    ['with a field nobody knows', { model: MODEL, messages: [user], extra: 1 }, "Unknown parameter: 'extra'."],
    ['with a call nobody answered', { model: MODEL, messages: [user, calls, user] }, 'did not have response messages: c1'],
    [
      'with an answer to no call',
      { model: MODEL, messages: [user, { role: 'tool', tool_call_id: 'c9', content: 'x' }] },
      "must be a response to a preceeding message with 'tool_calls'",
    ],
    [
      'with a strange tool name',
      { model: MODEL, messages: [user], tools: [{ type: 'function', function: { name: 'a/b' } }] },
      'does not match pattern',
    ],
    [
      'with stream options but no stream',
      { model: MODEL, messages: [user], stream_options: { include_usage: true } },
      "only allowed when 'stream' is enabled",
    ],
    [
      'with a picture that is none',
      { model: MODEL, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }] },
      'Expected a base64-encoded data URL',
    ],
    ['when too long', { model: MODEL, messages: [{ role: 'user', content: 'x'.repeat(9000) }] }, 'maximum context length is 1000 tokens'],
  ])('%s', async (_, body, words) => {
    expect(await post('chat/completions', body)).toMatchObject({
      status: 400,
      error: { type: 'invalid_request_error', message: expect.stringContaining(words) },
    })
  })
})

describe('responses are refused', () => {
  it.each<[string, object, string]>([
    ['without input', { model: MODEL, input: [] }, "Missing required parameter: 'input'."],
    ['with a field nobody knows', { model: MODEL, input: 'Hi', messages: [] }, "Unknown parameter: 'messages'."],
    [
      'with a call nobody answered',
      { model: MODEL, input: [user, { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' }] },
      'No tool output found for function call c1.',
    ],
    [
      'with an answer to no call',
      { model: MODEL, input: [user, { type: 'function_call_output', call_id: 'c9', output: 'x' }] },
      'No tool call found for function call output with call_id c9.',
    ],
    [
      'with reasoning of another model',
      { model: MODEL, input: [user, { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'enc_x' }] },
      'could not be verified',
    ],
    ['with too small a cap', { model: MODEL, input: 'Hi', max_output_tokens: 3 }, 'integer below minimum value'],
    ['when too long', { model: MODEL, input: 'x'.repeat(9000) }, 'exceeds the context window'],
  ])('%s', async (_, body, words) => {
    expect(await post('responses', body)).toMatchObject({
      status: 400,
      error: { type: 'invalid_request_error', message: expect.stringContaining(words) },
    })
  })
})

describe('the door', () => {
  it('wants the key, knows its models, and reads JSON only', async () => {
    const ask = { model: MODEL, messages: [user] }
    expect([
      await post('chat/completions', ask, null),
      await post('chat/completions', ask, 'sk-wrong-key-0123456789'),
      await post('responses', { model: 'gpt-0', input: 'Hi' }),
      await post('responses', '{"model"'),
    ]).toMatchObject([
      { status: 401, error: { message: expect.stringContaining("You didn't provide an API key.") } },
      { status: 401, error: { code: 'invalid_api_key', message: expect.not.stringContaining('wrong') } },
      { status: 404, error: { code: 'model_not_found' } },
      { status: 400, error: { message: expect.stringContaining('could not parse the JSON body') } },
    ])
  })
})

describe('the official client', () => {
  it('reads whole answers of both formats', async () => {
    const client = new OpenAI({ apiKey: 'sk-right-key-0123456789', baseURL: `${server.url}/v1`, maxRetries: 0 })
    const chat = await client.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'Hi' }] })
    const response = await client.responses.create({ model: MODEL, input: 'Hi' })
    const models = await client.models.list()
    expect({
      chat: [chat.choices[0]?.message.content, chat.choices[0]?.finish_reason],
      response: [response.output_text, response.output.map(({ type }) => type)],
      models: models.data.map(({ id }) => id),
    }).toEqual({ chat: ['Hi.', 'tool_calls'], response: ['Hi.', ['message', 'function_call']], models: [MODEL] })
  })
})
