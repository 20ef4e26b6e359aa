/** Any transcript at all is mended into one that providers accept, and a longer one begins as the shorter did. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkRequest } from '../simulator/model/check-request.ts'
import { parseRequest } from '../simulator/model/wire.ts'
import { toRequest } from './anthropic-form.ts'
import { mendTranscript } from './mend-transcript.ts'
import type { Block, Message } from './port.ts'

const words = fc.constantFrom('', ' ', 'Hi', 'x\ud83d', 'a\0b', '🧑‍🚀')
/** Ids of an assistant's calls are distinct, as the engine makes them; everything else is arbitrary. */
function transcripts(): fc.Arbitrary<Message[]> {
  const block = fc.oneof(
    words.map((text): Block => ({ type: 'text', text })),
    fc.constant<Block>({ type: 'thinking', thinking: 'Hm' }),
    fc.constantFrom('call', 'call', 'call').map((): Block => ({ type: 'tool_call', id: '', name: 'x', input: {} })),
    fc.tuple(fc.nat(6), words).map(([n, output]): Block => ({ type: 'tool_result', id: `c${n}`, output, isError: false })),
  )
  return fc
    .array(fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const), content: fc.array(block, { maxLength: 4 }) }), {
      minLength: 1,
      maxLength: 8,
    })
    .map(numberCalls)
}

function numberCalls(messages: Message[]): Message[] {
  let next = 0
  return messages.map(({ role, content }) => ({
    role,
    content: content
      .filter((block) => role === 'assistant' || block.type !== 'tool_call')
      .map((block) => (block.type === 'tool_call' ? { ...block, id: `c${next++}` } : block)),
  }))
}

describe('mending', () => {
  it('makes every transcript one that the API takes', () => {
    fc.assert(
      fc.property(transcripts(), (transcript) => {
        const request = toRequest({ model: 'm', system: 's', transcript, tools: [] })
        const wire = parseRequest(JSON.parse(JSON.stringify(request)))
        expect(() => checkRequest(wire, { contextTokens: 1_000_000, outputTokens: 128_000 })).not.toThrow()
      }),
      { numRuns: 2000 },
    )
  })

  it('only ever appends: what was sent before an answer is sent again before it', () => {
    fc.assert(
      fc.property(transcripts(), (transcript) => {
        const whole = mendTranscript(transcript)
        transcript.forEach((message, at) => {
          if (message.role !== 'assistant') return
          const sent = mendTranscript(transcript.slice(0, at))
          expect(whole.slice(0, sent.length)).toEqual(sent)
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('changes nothing that needs no mending', () => {
    const transcript: Message[] = [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 's' },
          { type: 'tool_call', id: 'a', name: 'x', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', id: 'a', output: 'ok', isError: false },
          { type: 'text', text: 'And?' },
        ],
      },
    ]
    expect(mendTranscript(transcript)).toEqual(transcript)
  })
})
