/** How many tokens a request's prompt has at most, counted before anybody is asked. An upper bound for money, never shown to people. */
import type { Block, TurnRequest } from '#engines'

/**
 * Bytes of UTF-8 per token, from below: English prose has four, source and JSON three, and the densest text there is in practice (base64,
 * rare scripts) not much less than two.
 */
const BYTES_PER_TOKEN = 2
/** What the dearest provider counts for the largest picture it takes unscaled (1,568 pixels a side: 1,600 tokens), with room. */
const TOKENS_PER_PICTURE = 2500
/** What a provider adds around messages and tools. */
const AROUND = 1000

/** Tokens, rounded up. */
export function promptTokensAtMost(request: Pick<TurnRequest, 'system' | 'transcript' | 'tools'>): number {
  const bytes = Buffer.byteLength(request.system) + Buffer.byteLength(JSON.stringify(request.tools))
  const blocks = request.transcript.flatMap(({ content }) => content)
  return AROUND + Math.ceil(bytes / BYTES_PER_TOKEN) + blocks.reduce((sum, block) => sum + blockTokens(block), 0)
}

/** Tokens of one block at most. */
function blockTokens(block: Block): number {
  switch (block.type) {
    case 'picture':
      return TOKENS_PER_PICTURE
    case 'tool_result':
      return tokensOf(block.output) + (block.pictures?.length ?? 0) * TOKENS_PER_PICTURE
    case 'tool_call':
      return tokensOf(JSON.stringify(block.input) ?? '') + tokensOf(block.name)
    case 'thinking':
      return tokensOf(block.thinking) + tokensOf(block.signature ?? '')
    case 'text':
      return tokensOf(block.text)
    default:
      return block satisfies never
  }
}

function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN) + 8
}
