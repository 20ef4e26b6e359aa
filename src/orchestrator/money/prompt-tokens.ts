/** How many tokens a request's prompt has, counted before anybody is asked: at most, for money, and likely, for what a model takes. Never shown to people. */
import type { Block, TurnRequest } from '#engines'

/**
 * Bytes of UTF-8 per token, from below: English prose has four, source and JSON three, and the densest text there is in practice (base64,
 * rare scripts) not much less than two.
 */
const BYTES_PER_TOKEN = 2
/** What most of an agent's conversation is: source, JSON and English. A guess; a model that finds it too long says so. */
export const LIKELY_BYTES_PER_TOKEN = 3
/** What the dearest provider counts for the largest picture it takes unscaled (1,568 pixels a side: 1,600 tokens), with room. */
const TOKENS_PER_PICTURE = 2500
/** What a provider adds around messages and tools. */
const AROUND = 1000

type Prompt = Pick<TurnRequest, 'system' | 'transcript' | 'tools'>

/** Tokens, rounded up: more than there can be. */
export function promptTokensAtMost(request: Prompt): number {
  return AROUND + tokensIn(request, BYTES_PER_TOKEN)
}

/** Tokens, rounded up: about as many as there are. */
export function likelyTokens(request: Prompt): number {
  return tokensIn(request, LIKELY_BYTES_PER_TOKEN)
}

function tokensIn({ system, tools, transcript }: Prompt, bytesPerToken: number): number {
  const bytes = Buffer.byteLength(system) + (tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools)))
  const blocks = transcript.flatMap(({ content }) => content)
  return Math.ceil(bytes / bytesPerToken) + blocks.reduce((sum, block) => sum + blockTokens(block, bytesPerToken), 0)
}

function blockTokens(block: Block, bytesPerToken: number): number {
  const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / bytesPerToken) + 8
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
