/** Lugh's messages as chat completions, in the plain form that compatible servers understand. It decides nothing else. */
import type { ChatCompletionMessageParam, ChatRequest } from '#models'
import { mendTranscript } from './mend-transcript.ts'
import type { Block, Message, Picture, TurnRequest } from './port.ts'
import { inputFields, storableText } from './storable.ts'

/** The request of one turn. No output cap: servers differ in its name and in what they allow, and most have their own. */
export function toChat(turn: Pick<TurnRequest, 'model' | 'system' | 'transcript' | 'tools'>): ChatRequest {
  return {
    model: turn.model,
    messages: [{ role: 'system', content: storableText(turn.system) }, ...mendTranscript(turn.transcript).flatMap(toMessages)],
    ...(turn.tools.length === 0
      ? {}
      : {
          tools: turn.tools.map((tool) => ({
            type: 'function' as const,
            function: { name: tool.name, description: tool.description, parameters: { ...tool.input, type: 'object' } },
          })),
        }),
  }
}

function toMessages(message: Message): ChatCompletionMessageParam[] {
  return message.role === 'user' ? userMessages(message.content) : [answerMessage(message.content)]
}

/** Results first, one message each. They hold words only in this format: their pictures come after them, as if the person showed them. */
function userMessages(content: readonly Block[]): ChatCompletionMessageParam[] {
  const results = content.filter((block) => block.type === 'tool_result')
  const pictures = [...results.flatMap((block) => block.pictures ?? []), ...content.filter((block) => block.type === 'picture')]
  const words = content.flatMap((block) => (block.type === 'text' ? [storableText(block.text)] : [])).join('\n\n')
  const said = words === '' && pictures.length > 0 ? 'The pictures of the results above.' : words
  return [
    ...results.map((block): ChatCompletionMessageParam => ({
      role: 'tool',
      tool_call_id: block.id,
      content: block.isError ? `Error: ${storableText(block.output)}` : storableText(block.output),
    })),
    ...(said === '' ? [] : [userMessage(said, pictures)]),
  ]
}

function userMessage(text: string, pictures: readonly Picture[]): ChatCompletionMessageParam {
  if (pictures.length === 0) return { role: 'user', content: text }
  const parts = pictures.map(({ mediaType, base64 }) => ({ type: 'image_url' as const, image_url: { url: `data:${mediaType};base64,${base64}` } }))
  return { role: 'user', content: [{ type: 'text', text }, ...parts] }
}

function answerMessage(content: readonly Block[]): ChatCompletionMessageParam {
  const text = content.flatMap((block) => (block.type === 'text' ? [storableText(block.text)] : [])).join('\n\n')
  const calls = content.flatMap((block) =>
    block.type === 'tool_call'
      ? [{ id: block.id, type: 'function' as const, function: { name: block.name, arguments: JSON.stringify(inputFields(block.input)) } }]
      : [],
  )
  return { role: 'assistant', content: text === '' && calls.length > 0 ? null : text, ...(calls.length === 0 ? {} : { tool_calls: calls }) }
}
