/** Prices, and what the errors and streams of the Messages API are taken for. */
import { APIError } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { judge } from './anthropic-errors.ts'
import { readAnswer } from './anthropic-stream.ts'
import type { Tally } from './answer.ts'
import { pricesOf, usd, type PriceRow } from './prices.ts'
import { retryAfterMs } from './verdict.ts'

const usage = (
  input: number,
  output = 0,
  cacheRead = 0,
  cacheWrite = 0,
): { input: number; output: number; cacheRead: number; cacheWrite: number } => ({ input, output, cacheRead, cacheWrite })

const { costOf, priceOf, countedCost, mostFor } = pricesOf()

describe('a cost', () => {
  it.each([
    ['claude-sonnet-5-5', usage(1_000_000, 1_000_000, 1_000_000, 1_000_000), 14_600_000],
    ['claude-opus-5-5', usage(1000, 1000), 24_000],
    ['claude-haiku-4-5-20251001', usage(1_000_000), 1_000_000],
    ['claude-haiku-5-5', usage(100_000, 1000), 10_500],
    ['claude-haiku-5-5', usage(1, 1000, 100_000), 7501],
    ['scripted', usage(1_000_000, 1_000_000), 0],
    ['claude-sonnet-5-5', usage(0, 0, 1), 1],
  ])('of %s is in whole micro-dollars, rounded up', (model, tokens, cost) => {
    expect(costOf(model, tokens)).toBe(cost)
  })

  it('of a model nobody listed is not known, and not guessed', () => {
    expect({ cost: costOf('claude-mythos-5-2', usage(1)), price: priceOf('gpt-9') }).toEqual({ cost: null, price: undefined })
  })

  it('that is not known is counted as that of the dearest model', () => {
    expect(countedCost('gpt-9', usage(1_000_000, 1_000_000))).toBe(60_000_000)
  })

  it('is never more than what was foreseen for the same tokens, however they were cached', () => {
    for (const model of ['claude-sonnet-5-5', 'claude-haiku-5-5', 'gpt-6-sol', 'gpt-9', 'scripted'])
      for (const of of [usage(300_000, 9), usage(0, 9, 300_000), usage(0, 9, 0, 300_000), usage(10, 0, 20, 30)])
        expect(countedCost(model, of)).toBeLessThanOrEqual(mostFor(model, of.input + of.cacheRead + of.cacheWrite, of.output))
  })

  it('is by the prices of the operator where there are some', () => {
    const own = pricesOf(
      () =>
        new Map<string, PriceRow>([
          ['claude-sonnet-5-5', usd(1, 1, 1, 1)],
          ['llama', { ...usd(0, 0, 0, 0), context: 8000 }],
        ]),
    )
    expect([own.costOf('claude-sonnet-5-5', usage(1_000_000)), own.costOf('llama', usage(9)), own.contextOf('llama')]).toEqual([1_000_000, 0, 8000])
  })
})

describe('an error', () => {
  const context = { model: 'm', secret: 'sk-secret' }
  const error = (status: number | undefined, type: string, message: string, details?: object): unknown =>
    APIError.generate(status, { type: 'error', error: { type, message, ...(details === undefined ? {} : { details }) } }, undefined, new Headers())

  it.each([
    [400, 'invalid_request_error', 'bad', 'The model provider refused the request: bad'],
    [403, 'permission_error', 'x', 'The API key may not use m'],
    [404, 'not_found_error', 'model: m', 'does not know m'],
    [413, 'request_too_large', 'x', 'grown too long'],
    [402, 'billing_error', 'x', 'out of credit'],
    [422, 'invalid_request_error', 'x', 'refused'],
  ])('%i is a no', (status, type, message, say) => {
    expect(judge(error(status, type, message), context)).toMatchObject({
      kind: 'refused',
      error: { code: status === 413 ? 'model.too-long' : 'model.refused', retryable: false, say: expect.stringContaining(say) },
    })
  })

  it.each([408, 409, 429, 500, 502, 503, 504, 529])('%i is worth another try', (status) => {
    expect(judge(error(status, 'api_error', 'x'), context)).toMatchObject({ kind: 'retry' })
  })

  it('that limits money is a no, although it is a 429', () => {
    expect(
      judge(error(429, 'rate_limit_error', 'You have reached your spend limit', { error_code: 'enforced_spend_limit_reached' }), context).kind,
    ).toBe('refused')
  })

  it('never quotes the key, hidden characters or more than a line', () => {
    const verdict = judge(error(400, 'invalid_request_error', `key sk-secret\n\u202e${'x'.repeat(1000)}`), context)
    if (verdict.kind !== 'refused') throw new Error('not refused')
    expect(verdict.error.say).toMatch(/^The model provider refused the request: key … ⟦U\+202E⟧x+…$/)
    expect(verdict.error.say.length).toBeLessThan(320)
    expect(`${verdict.error.message} ${verdict.error.stack}`).not.toContain('sk-secret')
  })

  it('says how long to wait as seconds, milliseconds or a date', () => {
    const at = Date.parse('2026-11-21T12:00:00Z')
    const wait = (headers: Record<string, string>): number | undefined => retryAfterMs(new Headers(headers), at)
    expect([
      wait({ 'retry-after': '7' }),
      wait({ 'retry-after-ms': '250', 'retry-after': '7' }),
      wait({ 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }),
      wait({ 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }),
      wait({ 'retry-after': 'soon' }),
      wait({}),
    ]).toEqual([7000, 250, 30_000, 0, undefined, undefined])
  })
})

describe('a stream', () => {
  const START = {
    type: 'message_start',
    message: { usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 5, cache_creation_input_tokens: null } },
  }
  const end = (stop: string): object[] => [
    { type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: 9 } },
    { type: 'message_stop' },
  ]
  const block = (index: number, content: object, ...deltas: object[]): object[] => [
    { type: 'content_block_start', index, content_block: content },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
  const TOOL = { type: 'tool_use', id: 'a', name: 'x', input: {} }
  const json = (part: string): object => ({ type: 'input_json_delta', partial_json: part })

  async function read(events: readonly object[]): Promise<{ answer: unknown; usage: unknown }> {
    const tally: Tally = { usage: usage(0) }
    async function* all(): AsyncGenerator {
      yield* events
    }
    const answer = await readAnswer(all(), tally, () => undefined).catch((error: unknown) => String(error))
    return { answer, usage: tally.usage }
  }

  it('is put together in order, unknown events and blocks passed over', async () => {
    const events = [
      START,
      { type: 'ping' },
      { type: 'something_new', x: 1 },
      ...block(0, { type: 'redacted_thinking', data: 'zzz' }),
      ...block(
        1,
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: 'Hm' },
        { type: 'signature_delta', signature: 's' },
      ),
      ...block(2, { type: 'server_tool_use', id: 's', name: 'web', input: {} }, json('{}')),
      ...block(
        3,
        { type: 'text', text: '' },
        { type: 'text_delta', text: 'He' },
        { type: 'citations_delta', citation: {} },
        { type: 'text_delta', text: 'y' },
      ),
      ...block(4, TOOL, json('{"a"'), json(':1}')),
      ...end('tool_use'),
    ]
    expect(await read(events)).toEqual({
      answer: {
        stop: 'tool_use',
        content: [
          { type: 'redacted_thinking', data: 'zzz' },
          { type: 'thinking', thinking: 'Hm', signature: 's' },
          { type: 'text', text: 'Hey' },
          { type: 'tool_use', id: 'a', name: 'x', input: { a: 1 } },
        ],
      },
      usage: { input: 10, output: 9, cacheRead: 5, cacheWrite: 0 },
    })
  })

  it('with a call without input gives it an empty one', async () => {
    expect((await read([START, ...block(0, TOOL), ...end('tool_use')])).answer).toMatchObject({ content: [{ input: {} }] })
  })

  it('cut by the output cap keeps words and whole calls, and no half one', async () => {
    const half = [
      { type: 'content_block_start', index: 2, content_block: { ...TOOL, id: 'b' } },
      { type: 'content_block_delta', index: 2, delta: json('{"path":"sr') },
    ]
    expect(
      (await read([START, ...block(0, { type: 'text', text: 'Hi' }), ...block(1, TOOL, json('{}')), ...half, ...end('max_tokens')])).answer,
    ).toEqual({
      stop: 'max_tokens',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 'a', name: 'x', input: {} },
      ],
    })
  })

  it.each<[string, object[]]>([
    ['ends early', [START, ...block(0, { type: 'text', text: 'Hi' })]],
    ['has broken tool input', [START, ...block(0, TOOL, json('{"a":')), ...end('tool_use')]],
    ['leaves a block open', [START, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'H' } }, ...end('end_turn')]],
    ['has no stop reason', [START, { type: 'message_stop' }]],
    ['makes no sense', [{ type: 'message_start', message: 7 }]],
    ['is not even events', [{ hello: 1 }]],
  ])('that %s is broken, and what it cost is still known', async (_, events) => {
    expect(await read(events)).toEqual({
      answer: expect.stringMatching(/^BrokenStream/),
      usage: expect.objectContaining({ input: events[0] === START ? 10 : 0 }),
    })
  })
})
