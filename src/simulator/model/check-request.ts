/**
 * The rules of the Messages API beyond the form of a request, each refused in its own words. Stricter than a mock needs to be: a
 * transcript that passes here would pass there.
 */
import { invalid } from './api-refusal.ts'
import { staleThinking } from './thinking-signature.ts'
import { blocksOf, turnsOf, type Block, type Request, type Turn } from './wire.ts'

/** Cache marks of one request. */
const CACHE_MARKS_MAX = 4
const ID = /^[a-zA-Z0-9_-]+$/
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/

export type Limits = { readonly contextTokens: number; readonly outputTokens: number }
/** Those of the current models. */
export const LIMITS: Limits = { contextTokens: 1_000_000, outputTokens: 128_000 }

/** About how many tokens a text is. A quarter of its characters is near enough for limits and prices in play. */
export function tokensIn(text: string): number {
  return Math.ceil(text.length / 4)
}

/** A picture's bytes are no words: for `JSON.stringify`, wherever words are counted. */
export function withoutPictures(key: string, value: unknown): unknown {
  return key === 'data' && typeof value === 'string' ? '' : value
}

/** Throws the refusal of the first rule broken. */
export function checkRequest(request: Request, limits: Limits): void {
  checkNumbers(request, limits)
  checkTools(request)
  checkWords(request)
  const turns = turnsOf(request)
  checkOrder(request, turns)
  checkCalls(turns)
  checkResults(turns)
  checkCacheMarks(request)
  checkPictures(request)
  const stale = staleThinking(request)
  if (stale !== undefined) throw invalid(stale)
}

function checkNumbers(request: Request, limits: Limits): void {
  if (request.max_tokens < 1) throw invalid('max_tokens: must be greater than or equal to 1')
  if (request.max_tokens > limits.outputTokens)
    throw invalid(
      `max_tokens: ${request.max_tokens} > ${limits.outputTokens}, which is the maximum allowed number of output tokens for ${request.model}`,
    )
  const { thinking } = request
  if (thinking?.type === 'enabled' && (thinking.budget_tokens ?? 0) < 1024)
    throw invalid('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024')
  if (thinking?.type === 'enabled' && (thinking.budget_tokens ?? 0) >= request.max_tokens)
    throw invalid('`max_tokens` must be greater than `thinking.budget_tokens`.')
  const prompt = tokensIn(JSON.stringify([request.system, request.tools, request.messages], withoutPictures))
  if (prompt > limits.contextTokens) throw invalid(`prompt is too long: ${prompt} tokens > ${limits.contextTokens} maximum`)
}

function checkTools({ tools = [] }: Request): void {
  for (const [index, tool] of tools.entries()) {
    if (!TOOL_NAME.test(tool.name)) throw invalid(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
    if (tool.input_schema.type === undefined) throw invalid(`tools.${index}.custom.input_schema.type: Field required`)
    if (tool.input_schema.type !== 'object') throw invalid(`tools.${index}.custom.input_schema.type: Input should be 'object'`)
    if (['oneOf', 'allOf', 'anyOf'].some((key) => key in tool.input_schema))
      throw invalid(`tools.${index}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`)
  }
  if (new Set(tools.map(({ name }) => name)).size < tools.length) throw invalid('tools: Tool names must be unique.')
}

/** Empty words, wherever they stand. */
function checkWords(request: Request): void {
  if (typeof request.system === 'object' && request.system.some(({ text }) => text === ''))
    throw invalid('system: text content blocks must be non-empty')
  for (const [index, { content }] of request.messages.entries()) {
    if (content.length === 0 && !(index === request.messages.length - 1 && request.messages[index]?.role === 'assistant'))
      throw invalid(`messages.${index}: all messages must have non-empty content except for the optional final assistant message`)
    for (const block of blocksOf(content)) {
      if (block.type !== 'text') continue
      if (block.text === '') throw invalid('messages: text content blocks must be non-empty')
      if (block.text.trim() === '') throw invalid('messages: text content blocks must contain non-whitespace text')
    }
  }
}

function checkOrder(request: Request, turns: readonly Turn[]): void {
  if (request.messages.length === 0) throw invalid('messages: at least one message is required')
  for (const [index, { role }] of request.messages.entries())
    if (role !== 'user' && role !== 'assistant' && !(role === 'system' && index > 0))
      throw invalid(`messages: Unexpected role "${role}". Allowed roles are "user" or "assistant".`)
  if (turns[0]?.role !== 'user') throw invalid('messages: first message must use the "user" role')
  if (turns.at(-1)?.role === 'assistant')
    throw invalid('This model does not support assistant message prefill. The conversation must end with a user message.')
  for (const turn of turns) {
    if (turn.role === 'assistant' && ['thinking', 'redacted_thinking'].includes(turn.blocks.at(-1)?.type ?? ''))
      throw invalid(`messages.${turn.index}: The final block in an assistant message cannot be \`thinking\`.`)
    const misplaced = turn.blocks.find((block) => (turn.role === 'user' ? isAnswering(block) : block.type === 'tool_result'))
    if (misplaced !== undefined)
      throw invalid(`messages.${turn.index}: \`${misplaced.type}\` blocks can only be in \`${turn.role === 'user' ? 'assistant' : 'user'}\` messages`)
  }
}

function isAnswering(block: Block): boolean {
  return block.type === 'tool_use' || block.type === 'thinking' || block.type === 'redacted_thinking'
}

function checkCalls(turns: readonly Turn[]): void {
  const seen = new Set<string>()
  for (const turn of turns)
    for (const [at, block] of turn.blocks.entries()) {
      if (block.type !== 'tool_use') continue
      const where = `messages.${turn.index}.content.${at}`
      if (!ID.test(block.id)) throw invalid(`${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
      if (!TOOL_NAME.test(block.name)) throw invalid(`${where}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
      if (seen.has(block.id)) throw invalid(`${where}: \`tool_use\` ids must be unique`)
      seen.add(block.id)
    }
}

function checkResults(turns: readonly Turn[]): void {
  for (const [n, turn] of turns.entries()) {
    const before = n === 0 ? [] : idsOf(turns[n - 1])
    const answered = new Set<string>()
    for (const [at, block] of turn.blocks.entries()) {
      if (block.type !== 'tool_result') continue
      if (!before.includes(block.tool_use_id))
        throw invalid(
          `messages.${turn.index}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
        )
      if (answered.has(block.tool_use_id))
        throw invalid(
          `messages.${turn.index}.content.${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${block.tool_use_id}`,
        )
      answered.add(block.tool_use_id)
    }
    checkAnswered(turns[n - 1], turn, before, answered)
  }
}

/** Results come first in their message, and none is missing. */
function checkAnswered(previous: Turn | undefined, turn: Turn, wanted: readonly string[], answered: ReadonlySet<string>): void {
  const late = turn.blocks
    .slice(
      0,
      turn.blocks.findLastIndex((block) => block.type === 'tool_result'),
    )
    .some((block) => block.type !== 'tool_result')
  const missing = late ? wanted : wanted.filter((id) => !answered.has(id))
  if (previous === undefined || missing.length === 0) return
  throw invalid(
    `messages.${previous.index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  )
}

function idsOf(turn: Turn | undefined): string[] {
  return (turn?.blocks ?? []).flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
}

function checkCacheMarks(request: Request): void {
  const marked = [
    ...(request.tools ?? []),
    ...(typeof request.system === 'object' ? request.system : []),
    ...request.messages.flatMap(({ content }) => blocksOf(content)),
  ].filter((part) => 'cache_control' in part && part.cache_control !== undefined && part.cache_control !== null)
  if (marked.length > CACHE_MARKS_MAX)
    throw invalid(`A maximum of ${CACHE_MARKS_MAX} blocks with cache_control may be provided. Found ${marked.length}.`)
}

/** Largest picture, in characters of its base64. */
const PICTURE_MAX = 5 * 1024 * 1024
const PICTURES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

function checkPictures(request: Request): void {
  for (const [index, { content }] of request.messages.entries())
    for (const [at, block] of blocksOf(content).entries()) {
      const inside = block.type === 'tool_result' && typeof block.content === 'object' ? block.content : [block]
      for (const picture of inside) if (picture.type === 'image') checkPicture(picture, `messages.${index}.content.${at}.image.source.base64`)
    }
}

function checkPicture({ source }: Extract<Block, { type: 'image' }>, where: string): void {
  if (!PICTURES.includes(source.media_type))
    throw invalid(`${where}.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`)
  if (source.data.length > PICTURE_MAX) throw invalid(`${where}: image exceeds 5 MB maximum: ${source.data.length} bytes > ${PICTURE_MAX} bytes`)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(source.data)) throw invalid(`${where}.data: Invalid base64 data`)
}
