/**
 * What every built-in engine promises, as one suite. A new engine is added by passing it against a stand-in of its provider; the
 * suite knows the engine's port and nothing of any provider.
 */
import { LughError } from '#core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Block, Engine, Message, TurnRequest } from './port.ts'

/** One answer the stand-in is told to give. */
export type StandInAnswer = {
  readonly think?: string
  readonly say?: string
  readonly calls?: readonly { readonly name: string; readonly input: Readonly<Record<string, unknown>>; readonly id?: string }[]
  readonly cut?: 'length' | 'refusal'
  readonly usage?: { readonly input: number; readonly output: number }
}

/** Ways in which providers and networks fail. */
export type Trouble =
  | 'rate limited for 7 seconds'
  | 'rate limited for an hour'
  | 'overloaded'
  | 'server error'
  | 'error inside the stream'
  | 'stream cut'
  | 'stream ended early'
  | 'broken JSON'
  | 'connection dropped'
  | 'no answer'
  | 'answer stalls'
  | 'characters split'
  | 'a page instead of an answer'
  | 'empty answer'
  | 'bad key'
  | 'no credit'

/** A provider's stand-in and the engine that talks to it. */
export type StandIn = {
  /** Waits are not waited but noted in `pauses`. */
  readonly engine: Engine
  /** The same with real waits. */
  readonly patient: Engine
  /** Without a key. */
  readonly keyless: Engine
  readonly key: string
  readonly model: string
  /** Whether thinking is part of its answers, and whether it is bound to all that stood before it. */
  readonly thinking: 'none' | 'free' | 'bound'
  readonly pauses: readonly number[]
  /** Answers in order, one for each answer already in the transcript. */
  readonly play: (answers: readonly StandInAnswer[]) => void
  readonly trouble: (what: Trouble, times: number) => void
  /** From now on the provider takes only so many tokens. */
  readonly shrink: () => void
  /** Requests seen so far; those the provider refused as malformed are named. */
  readonly seen: () => { readonly requests: number; readonly refused: readonly string[]; readonly pictures: number }
  readonly close: () => Promise<void>
}

const TOOL = { name: 'read_file', description: 'Reads a file.', input: { type: 'object', properties: { path: { type: 'string' } } } }
const WISH: Message = { role: 'user', content: [{ type: 'text', text: 'Fix it, please 🙏' }] }
const ABORT_MS = 1000

/** Runs the suite for one engine. `start` makes a fresh stand-in for every test. */
export function engineConformance(name: string, start: () => Promise<StandIn>): void {
  let standIn: StandIn
  const request = (transcript: readonly Message[], extra: Partial<TurnRequest> = {}): TurnRequest => ({
    model: standIn.model,
    system: 'You are an agent.',
    transcript,
    tools: [TOOL],
    signal: new AbortController().signal,
    ...extra,
  })
  const turn = (transcript: readonly Message[] = [WISH], extra: Partial<TurnRequest> = {}): ReturnType<Engine['turn']> =>
    standIn.engine.turn(request(transcript, extra))

  describe(`the engine ${name}`, () => {
    beforeEach(async () => {
      standIn = await start()
    })
    afterEach(() => standIn.close())

    describe('answers', () => {
      it('come back whole: words, parallel calls and tokens', async () => {
        standIn.play([
          {
            say: 'Looking.',
            calls: [
              { name: 'read_file', input: { path: 'a' } },
              { name: 'read_file', input: { path: 'b' } },
            ],
            usage: { input: 50, output: 20 },
          },
        ])
        const { message, stop, usage } = await turn()
        expect(message.content.map((block) => (block.type === 'tool_call' ? { ...block, id: 'x' } : block))).toEqual([
          { type: 'text', text: 'Looking.' },
          { type: 'tool_call', id: 'x', name: 'read_file', input: { path: 'a' } },
          { type: 'tool_call', id: 'x', name: 'read_file', input: { path: 'b' } },
        ])
        expect({ role: message.role, stop, input: usage.input, output: usage.output }).toEqual({
          role: 'assistant',
          stop: 'tools',
          input: 50,
          output: 20,
        })
      })

      it('stream their words as they come', async () => {
        standIn.play([{ say: 'One two three four five six seven eight nine ten eleven twelve.' }])
        const heard: string[] = []
        const { stop } = await turn([WISH], { onText: (delta) => heard.push(delta) })
        expect(heard.length).toBeGreaterThan(1)
        expect({ all: heard.join(''), stop }).toEqual({ all: 'One two three four five six seven eight nine ten eleven twelve.', stop: 'end' })
      })

      it('keep emoji and scripts whole when their bytes come apart', async () => {
        const words = 'Grüße 🧑‍🚀 née 日本語 שלום 🇫🇷 — done'
        standIn.play([{ say: words, calls: [{ name: 'read_file', input: { path: `📁/${words}` } }] }])
        standIn.trouble('characters split', 1)
        const { message } = await turn()
        expect(message.content.map((block) => (block.type === 'tool_call' ? block.input : block.type === 'text' ? block.text : ''))).toEqual([
          words,
          { path: `📁/${words}` },
        ])
      })

      it('keep tool input that fits no schema as it came', async () => {
        standIn.play([{ calls: [{ name: 'no_such_tool', input: { path: 7, deep: { list: [null, 'x'] } } }] }])
        const { message } = await turn()
        expect(message.content).toEqual([
          { type: 'tool_call', id: expect.any(String), name: 'no_such_tool', input: { path: 7, deep: { list: [null, 'x'] } } },
        ])
      })

      it('that hold nothing become words, after one more try, and the talk goes on', async () => {
        standIn.play([{ say: 'Here.' }, { say: 'And on.' }])
        standIn.trouble('empty answer', 2)
        const first = await turn()
        expect(first.stop).toBe('end')
        expect(first.message.content).toEqual([{ type: 'text', text: expect.stringMatching(/\S/) }])
        expect(standIn.seen().requests).toBe(2)
        await turn([WISH, first.message, { role: 'user', content: [{ type: 'text', text: 'And?' }] }])
        expect(standIn.seen().refused).toEqual([])
      })

      it('that come empty once are asked for again', async () => {
        standIn.play([{ say: 'Here.' }])
        standIn.trouble('empty answer', 1)
        expect((await turn()).message.content).toEqual([{ type: 'text', text: 'Here.' }])
      })

      it('cut by the output cap say so', async () => {
        standIn.play([{ say: 'Half of', cut: 'length' }])
        expect(await turn()).toMatchObject({ stop: 'length', message: { content: [{ type: 'text', text: 'Half of' }] } })
      })

      it('that decline say so, and nothing before it is used', async () => {
        standIn.play([{ say: 'Well, first', calls: [{ name: 'read_file', input: {} }], cut: 'refusal' }])
        const { message, stop } = await turn()
        expect({ stop, kinds: message.content.map((block) => block.type) }).toEqual({ stop: 'refusal', kinds: ['text'] })
        expect(JSON.stringify(message)).not.toContain('Well, first')
      })
    })

    describe('transcripts', () => {
      it('go on from where they stand, thinking included', async () => {
        standIn.play([
          { think: 'Hm.', say: 'I read it.', calls: [{ name: 'read_file', input: { path: 'a' } }] },
          { think: 'So.', calls: [{ name: 'read_file', input: { path: 'b' } }] },
          { say: 'Done.' },
        ])
        const transcript = [WISH]
        for (const expected of ['tools', 'tools', 'end']) {
          const { message, stop } = await turn(transcript)
          expect(stop).toBe(expected)
          transcript.push(message, { role: 'user', content: resultsFor(message) })
        }
        const { requests, refused } = standIn.seen()
        expect({ requests, refused }).toEqual({ requests: 3, refused: [] })
      })

      it('of another engine go on, its thinking left out', async () => {
        standIn.play([{ say: 'I go on.' }, { say: 'I go on.' }, { say: 'I go on.' }])
        const foreign: Message = {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'openai:{"id":"rs_1","encrypted":"enc_other"}' },
            { type: 'thinking', thinking: 'Hm.', signature: 'sim_of_another_model_and_provider_0123456789' },
            { type: 'thinking', thinking: 'Bare.' },
            { type: 'text', text: 'I began.' },
            { type: 'tool_call', id: 'call_9', name: 'read_file', input: {} },
          ],
        }
        const { message } = await turn([WISH, foreign, { role: 'user', content: [result('call_9')] }])
        expect({ said: message.content.at(-1), refused: standIn.seen().refused.filter((words) => !/signature|encrypted/i.test(words)) }).toEqual({
          said: { type: 'text', text: 'I go on.' },
          refused: [],
        })
      })

      it('show pictures, of the person and of tools', async () => {
        standIn.play([{ say: 'Seen.' }, { say: 'Seen.' }])
        const picture = { mediaType: 'image/png' as const, base64: 'iVBORw0KGgo=' }
        const shown: Message = {
          role: 'user',
          content: [
            { type: 'text', text: 'Like this' },
            { type: 'picture', ...picture },
          ],
        }
        const answered: Message = { role: 'user', content: [{ ...result('a'), pictures: [picture] }] }
        await turn([shown, callsOf('a'), answered])
        expect({ pictures: standIn.seen().pictures, refused: standIn.seen().refused }).toEqual({ pictures: 2, refused: [] })
      })

      it('report what the cache gave and took', async () => {
        standIn.play([{ calls: [{ name: 'read_file', input: {} }] }, { say: 'Done.' }])
        const first = await turn()
        const second = await turn([WISH, first.message, { role: 'user', content: resultsFor(first.message) }])
        expect(first.usage.cacheRead).toBe(0)
        expect(first.usage.cacheWrite).toBeGreaterThan(0)
        expect(second.usage.cacheRead).toBe(first.usage.cacheWrite)
      })

      it('whose system prompt changed under earlier thinking still go on', async () => {
        standIn.play([{ think: 'Hm.', calls: [{ name: 'read_file', input: {} }] }, { say: 'Done.' }])
        const first = await turn()
        const { message } = await turn([WISH, first.message, { role: 'user', content: resultsFor(first.message) }], {
          system: 'You are a newer agent.',
        })
        const requests = standIn.thinking === 'bound' ? 3 : 2
        expect({ content: message.content, requests: standIn.seen().requests }).toEqual({ content: [{ type: 'text', text: 'Done.' }], requests })
      })

      it.each<[string, Message[]]>([
        ['with a result missing', [WISH, callsOf('a', 'b'), { role: 'user', content: [result('a')] }]],
        ['with all results missing', [WISH, callsOf('a')]],
        ['with results missing before more words', [WISH, callsOf('a'), { role: 'user', content: [{ type: 'text', text: 'Stop that.' }] }]],
        ['with results missing before another answer', [WISH, callsOf('a'), { role: 'assistant', content: [{ type: 'text', text: 'Later.' }] }]],
        ['with results one by one', [WISH, callsOf('a', 'b'), { role: 'user', content: [result('a')] }, { role: 'user', content: [result('b')] }]],
        ['with words before results', [WISH, callsOf('a'), { role: 'user', content: [{ type: 'text', text: 'Hurry.' }, result('a')] }]],
        ['with a result of nothing', [WISH, { role: 'user', content: [result('zzz')] }]],
        ['with an empty answer', [WISH, { role: 'assistant', content: [] }, { role: 'user', content: [{ type: 'text', text: 'Well?' }] }]],
        [
          'with empty words',
          [WISH, { role: 'assistant', content: [{ type: 'text', text: ' ' }] }, { role: 'user', content: [{ type: 'text', text: '' }] }],
        ],
        ['with bare thinking', [WISH, { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.' }] }]],
        ['that end with an answer', [WISH, { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] }]],
        ['that begin with an answer', [{ role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] }, WISH]],
        ['with an empty result', [WISH, callsOf('a'), { role: 'user', content: [{ ...result('a'), output: '' }] }]],
        ['with half a character and a NUL', [WISH, callsOf('a'), { role: 'user', content: [{ ...result('a'), output: 'x\ud83d y\0' }] }]],
        [
          'with tool input that is no object',
          [WISH, { role: 'assistant', content: [{ type: 'tool_call', id: 'a', name: 'read_file', input: ['x'] }] }],
        ],
      ])('%s are mended and accepted', async (_, transcript) => {
        standIn.play([{ say: 'Fine.' }, { say: 'Fine.' }, { say: 'Fine.' }])
        const { message } = await turn(transcript)
        expect({ refused: standIn.seen().refused, content: message.content }).toEqual({ refused: [], content: [{ type: 'text', text: 'Fine.' }] })
      })

      it('never hold one call id twice', async () => {
        const same = { name: 'read_file', input: {}, id: 'call_1' }
        standIn.play([{ calls: [same] }, { calls: [same, same] }, { say: 'Done.' }])
        const first = await turn()
        const transcript = [WISH, first.message, { role: 'user' as const, content: resultsFor(first.message) }]
        const second = await turn(transcript)
        await turn([...transcript, second.message, { role: 'user', content: resultsFor(second.message) }])
        const ids = [...first.message.content, ...second.message.content].flatMap((block) => (block.type === 'tool_call' ? [block.id] : []))
        expect({ distinct: new Set(ids).size, refused: standIn.seen().refused }).toEqual({ distinct: 3, refused: [] })
      })
    })

    describe('when asking fails', () => {
      it.each<Trouble>([
        'overloaded',
        'server error',
        'error inside the stream',
        'stream cut',
        'stream ended early',
        'broken JSON',
        'connection dropped',
        'a page instead of an answer',
        'rate limited for 7 seconds',
      ])('asks again after "%s" and uses nothing of what was broken', async (trouble) => {
        standIn.play([{ say: 'Whole.', calls: [{ name: 'read_file', input: { path: 'src/a-long-enough-name.ts' } }] }])
        standIn.trouble(trouble, 2)
        const { message } = await turn()
        expect(message.content).toEqual([
          { type: 'text', text: 'Whole.' },
          { type: 'tool_call', id: expect.any(String), name: 'read_file', input: { path: 'src/a-long-enough-name.ts' } },
        ])
        expect(standIn.seen().requests).toBe(3)
        expect(standIn.pauses.length).toBe(2)
      })

      it('outlasts ten overloads, waiting longer each time', async () => {
        standIn.play([{ say: 'At last.' }])
        standIn.trouble('overloaded', 10)
        expect((await turn()).message.content).toEqual([{ type: 'text', text: 'At last.' }])
        expect(standIn.pauses.length).toBe(10)
        expect(standIn.pauses[9] ?? 0).toBeGreaterThan((standIn.pauses[0] ?? 0) * 10)
      })

      it('gives up on endless overload with a sentence, and can be resumed', async () => {
        standIn.trouble('overloaded', Number.POSITIVE_INFINITY)
        const error = await caught(turn())
        expect({ code: error.code, retryable: error.retryable }).toEqual({ code: 'model.unreachable', retryable: true })
        expect(error.say).toMatch(/resume the task/)
        expect(standIn.pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(6 * 60_000)
      })

      it('waits as long as the provider asks, and says so when that is too long', async () => {
        standIn.play([{ say: 'Now.' }])
        standIn.trouble('rate limited for 7 seconds', 1)
        await turn()
        expect(standIn.pauses).toEqual([7000])
        standIn.trouble('rate limited for an hour', 1)
        const error = await caught(turn())
        expect({ code: error.code, say: error.say }).toEqual({ code: 'model.unreachable', say: expect.stringContaining('60 minutes') })
      })

      it.each<[Trouble, RegExp]>([
        ['bad key', /key/i],
        ['no credit', /credit/i],
      ])('takes "%s" for a no, at once, and never says the key', async (trouble, say) => {
        standIn.trouble(trouble, Number.POSITIVE_INFINITY)
        const error = await caught(turn())
        expect({ code: error.code, retryable: error.retryable, requests: standIn.seen().requests }).toEqual({
          code: 'model.refused',
          retryable: false,
          requests: 1,
        })
        expect(error.say).toMatch(say)
        expect(`${error.say} ${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(standIn.key)
      })

      it('says in a sentence that a conversation has grown too long', async () => {
        standIn.shrink()
        const error = await caught(turn([{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(100_000) }] }]))
        expect({ code: error.code, say: error.say }).toEqual({ code: 'model.too-long', say: expect.stringContaining('too long') })
      })

      it('holds new turns back while the provider is down, and lets one look', async () => {
        standIn.trouble('overloaded', 12)
        await caught(turn())
        const before = standIn.pauses.length
        standIn.play([{ say: 'Back.' }])
        const { message } = await turn()
        expect({ content: message.content, held: (standIn.pauses[before] ?? 0) > 1000 }).toEqual({
          content: [{ type: 'text', text: 'Back.' }],
          held: true,
        })
      })

      it('gives up soon where another engine stands by', async () => {
        standIn.trouble('overloaded', Number.POSITIVE_INFINITY)
        const error = await caught(turn([WISH], { brief: true }))
        expect({ code: error.code, soon: standIn.pauses.reduce((sum, pause) => sum + pause, 0) <= 60_000 }).toEqual({
          code: 'model.unreachable',
          soon: true,
        })
        const asked = standIn.seen().requests
        await caught(turn([WISH], { brief: true }))
        expect(standIn.seen().requests).toBe(asked)
      })

      it('says which models there are', async () => {
        expect(await standIn.engine.models(new AbortController().signal)).toEqual([standIn.model])
      })

      it('without a key says what to do', async () => {
        expect(standIn.keyless.available()).toEqual({ ok: false, why: expect.stringContaining('_API_KEY') })
        expect((await caught(standIn.keyless.turn(request([WISH])))).code).toBe('model.no-key')
        expect(standIn.engine.available()).toEqual({ ok: true })
      })
    })

    describe('an abort', () => {
      it.each<Trouble>(['no answer', 'answer stalls', 'rate limited for 7 seconds'])('ends a turn within a second during "%s"', async (trouble) => {
        standIn.play([{ say: 'Never.' }])
        standIn.trouble(trouble, Number.POSITIVE_INFINITY)
        const controller = new AbortController()
        const ended = standIn.patient.turn(request([WISH], { signal: controller.signal })).catch((error: unknown) => String(error))
        while (standIn.seen().requests === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        const began = performance.now()
        controller.abort(new Error('stopped by a person'))
        expect(await ended).toContain('stopped by a person')
        expect(performance.now() - began).toBeLessThan(ABORT_MS)
      })

      it('before the turn asks nobody', async () => {
        await expect(turn([WISH], { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
        expect(standIn.seen().requests).toBe(0)
      })
    })
  })
}

function callsOf(...ids: string[]): Message {
  return { role: 'assistant', content: ids.map((id): Block => ({ type: 'tool_call', id, name: 'read_file', input: { path: 'a' } })) }
}

function result(id: string): Extract<Block, { type: 'tool_result' }> {
  return { type: 'tool_result', id, output: 'text', isError: false }
}

function resultsFor(message: Message): Block[] {
  const results = message.content.flatMap((block) => (block.type === 'tool_call' ? [result(block.id)] : []))
  return results.length === 0 ? [{ type: 'text', text: 'Thanks.' }] : results
}

async function caught(work: Promise<unknown>): Promise<LughError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof LughError) return error
  throw new Error(`expected a LughError, got ${String(error)}`)
}
