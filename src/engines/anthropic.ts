/** The built-in engine on Anthropic's Messages API: transcript in, one assistant message out. It runs no tool and decides nothing. */
import { LughError } from '#core'
import { addUsage, createAnthropicMessages, type AnthropicMessages, type MessagesAnswer, type Pace } from '#models'
import { callIds, fromAnswer, toRequest } from './anthropic-messages.ts'
import { NO_WORDS } from './mend-transcript.ts'
import type { Block, Engine, TurnRequest, TurnResult } from './port.ts'

/**
 * The newest Sonnet: a million tokens of context at 2 and 10 dollars a million, half the price of the newest Opus, and it is what the
 * provider offers for everyday agentic coding. A first run must not surprise by its bill; LUGH_MODEL is one line away.
 */
const DEFAULT_MODEL = 'claude-sonnet-5-5'

const NO_KEY = 'No model key is set: put ANTHROPIC_API_KEY into the environment or .env and restart Lugh.'

export type AnthropicEngineOptions = {
  readonly apiKey?: string | undefined
  readonly baseUrl?: string | undefined
  /** In place of the provider's: a stand-in says `scripted`, so that no card shows money nobody owes. */
  readonly defaultModel?: string | undefined
  readonly pace?: Partial<Pace>
}

/** Makes the engine. Without a key it exists, says so by `available()`, and every turn throws `model.no-key`. */
export function createAnthropicEngine(options: AnthropicEngineOptions): Engine {
  const { apiKey, baseUrl, pace } = options
  const messages = apiKey === undefined ? undefined : createAnthropicMessages({ apiKey, baseUrl, ...(pace === undefined ? {} : { pace }) })
  return {
    name: 'anthropic',
    defaultModel: options.defaultModel ?? DEFAULT_MODEL,
    available: () => (messages === undefined ? { ok: false, why: NO_KEY } : { ok: true }),
    turn: (request) => takeTurn(messages, request),
  }
}

async function takeTurn(messages: AnthropicMessages | undefined, request: TurnRequest): Promise<TurnResult> {
  request.signal.throwIfAborted()
  if (messages === undefined) throw new LughError('model.no-key', NO_KEY)
  const answer = await askForWords(messages, request)
  const stop = stopOf(answer)
  const content = stop === 'refusal' ? declined(answer) : spoken(fromAnswer(answer.content, callIds(request.transcript)))
  return { message: { role: 'assistant', content }, usage: answer.usage, stop: content.some((block) => block.type === 'tool_call') ? 'tools' : stop }
}

/** Models now and then end a turn without a word after tool results. Asking the very same again mostly mends it; once, then it is taken as it is. */
async function askForWords(messages: AnthropicMessages, turn: TurnRequest): Promise<MessagesAnswer> {
  const request = toRequest(turn)
  const options = { signal: turn.signal, onText: turn.onText }
  const first = await messages.ask(request, options)
  if (stopOf(first) !== 'end' || !isWordless(first)) return first
  const second = await messages.ask(request, options)
  return { ...second, usage: addUsage(first.usage, second.usage) }
}

function isWordless(answer: MessagesAnswer): boolean {
  return !answer.content.some((block) => block.type === 'tool_use' || (block.type === 'text' && block.text.trim() !== ''))
}

function stopOf(answer: MessagesAnswer): 'end' | 'length' | 'refusal' {
  if (answer.stop === 'refusal') return 'refusal'
  return ['max_tokens', 'model_context_window_exceeded', 'pause_turn'].includes(answer.stop) ? 'length' : 'end'
}

/** An answer without words or calls would be refused when sent back, and looks like a hang on a card: it gets words. */
function spoken(content: Block[]): Block[] {
  return content.some((block) => block.type !== 'thinking') ? content : [...content, { type: 'text', text: NO_WORDS }]
}

/** What came before the provider's classifiers stepped in is not to be used. */
function declined(answer: MessagesAnswer): Block[] {
  return [{ type: 'text', text: `The model declined to go on. ${answer.refusal ?? ''}`.trim() }]
}
