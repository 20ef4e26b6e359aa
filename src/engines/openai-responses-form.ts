/** Lugh's messages as input items of OpenAI's Responses API. The only place that knows both forms; it decides nothing else. */
import { reasoningOf, type ResponseInputItem, type ResponsesRequest } from '#models'
import { mendTranscript } from './mend-transcript.ts'
import { MAX_OUTPUT_TOKENS, type Block, type Message, type Picture, type TurnRequest } from './port.ts'
import { inputFields, storableText } from './storable.ts'

/** The request of one turn. Nothing is stored at the provider: its own reasoning comes back encrypted and is sent along. */
export function toResponses(turn: Pick<TurnRequest, 'model' | 'system' | 'transcript' | 'tools'>): ResponsesRequest {
  return {
    model: turn.model,
    instructions: storableText(turn.system),
    input: mendTranscript(turn.transcript).flatMap(toItems),
    max_output_tokens: MAX_OUTPUT_TOKENS,
    include: ['reasoning.encrypted_content'],
    parallel_tool_calls: true,
    ...(turn.tools.length === 0
      ? {}
      : {
          tools: turn.tools.map((tool) => ({
            type: 'function' as const,
            name: tool.name,
            description: tool.description,
            parameters: { ...tool.input, type: 'object' },
            // Strict schemas know no optional fields and no defaults; Lugh parses every input itself.
            strict: false,
          })),
        }),
  }
}

function toItems(message: Message): ResponseInputItem[] {
  return message.role === 'user' ? userItems(message.content) : message.content.flatMap(answerItem)
}

type Said = { type: 'input_text'; text: string } | { type: 'input_image'; detail: 'auto'; image_url: string }

/** Results are items of their own, before what the person says in the same breath. */
function userItems(content: readonly Block[]): ResponseInputItem[] {
  const results = content.flatMap((block): ResponseInputItem[] =>
    block.type === 'tool_result' ? [{ type: 'function_call_output', call_id: block.id, output: outputOf(block) }] : [],
  )
  const said = content.flatMap((block): Said[] => {
    if (block.type === 'text') return [{ type: 'input_text' as const, text: storableText(block.text) }]
    return block.type === 'picture' ? [imageOf(block)] : []
  })
  return said.length === 0 ? results : [...results, { role: 'user', content: said }]
}

type Output = Extract<ResponseInputItem, { type: 'function_call_output' }>['output']

function outputOf(block: Extract<Block, { type: 'tool_result' }>): Output {
  const text = block.isError ? `Error: ${storableText(block.output)}` : storableText(block.output)
  const pictures = block.pictures ?? []
  return pictures.length === 0 ? text : [{ type: 'input_text', text }, ...pictures.map(imageOf)]
}

function imageOf({ mediaType, base64 }: Picture): { type: 'input_image'; detail: 'auto'; image_url: string } {
  return { type: 'input_image', detail: 'auto', image_url: `data:${mediaType};base64,${base64}` }
}

function answerItem(block: Block): ResponseInputItem[] {
  if (block.type === 'text') return [{ role: 'assistant', content: storableText(block.text) }]
  if (block.type === 'tool_call')
    return [{ type: 'function_call', call_id: block.id, name: block.name, arguments: JSON.stringify(inputFields(block.input)) }]
  const reasoning = block.type === 'thinking' && block.signature !== undefined ? reasoningOf(block.signature) : undefined
  if (block.type !== 'thinking' || reasoning === undefined) return []
  const summary = block.thinking === '' ? [] : [{ type: 'summary_text' as const, text: block.thinking }]
  return [{ type: 'reasoning', id: reasoning.id, summary, encrypted_content: reasoning.encrypted }]
}
