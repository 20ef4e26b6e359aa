/** A request as a script looks at it: what was asked, what was done, what came of it. Read from the transcript alone, so that any process can resume. */
import { turnsOf, type Block, type Request } from './wire.ts'

export type Call = {
  readonly id: string
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly output: string
  readonly isError: boolean
}

/** What happened between one request of the user and the answer that finished it. */
export type Round = {
  /** What the user said to open the round: the wish, or what came after a finished answer. */
  readonly request: string
  /** The same, piece by piece as it was sent. */
  readonly words: readonly string[]
  /** What the user said while it went on. */
  readonly steers: readonly string[]
  readonly calls: readonly Call[]
  /** Answers given in it so far. */
  readonly turns: number
}

export type Conversation = {
  readonly model: string
  readonly system: string
  readonly tools: readonly string[]
  /** The first thing the user said. */
  readonly wish: string
  /** Answers given so far in all. */
  readonly turn: number
  readonly calls: readonly Call[]
  readonly rounds: readonly Round[]
  /** The round that is going on. */
  readonly now: Round
}

type OpenRound = { request: string; words: string[]; steers: string[]; calls: Call[]; turns: number }

/** Reads a conversation from a request. */
export function conversationOf(request: Request): Conversation {
  const rounds: OpenRound[] = []
  let finished = true
  let pending: Extract<Block, { type: 'tool_use' }>[] = []
  for (const turn of turnsOf(request)) {
    if (turn.role === 'user') {
      const words = turn.blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []))
      if (finished) rounds.push({ request: words.join('\n\n'), words, steers: [], calls: [], turns: 0 })
      else rounds.at(-1)?.steers.push(...words)
      rounds.at(-1)?.calls.push(...pending.map((call) => withResult(call, turn.blocks)))
      pending = []
    } else {
      pending = turn.blocks.filter((block) => block.type === 'tool_use')
      finished = pending.length === 0
      const round = rounds.at(-1)
      if (round !== undefined) round.turns++
    }
  }
  const now = rounds.at(-1) ?? { request: '', words: [], steers: [], calls: [], turns: 0 }
  return {
    model: request.model,
    system: typeof request.system === 'string' ? request.system : (request.system ?? []).map(({ text }) => text).join('\n'),
    tools: (request.tools ?? []).map(({ name }) => name),
    wish: rounds[0]?.request ?? '',
    turn: rounds.reduce((sum, round) => sum + round.turns, 0),
    calls: rounds.flatMap(({ calls }) => calls),
    rounds,
    now,
  }
}

function withResult(call: Extract<Block, { type: 'tool_use' }>, blocks: readonly Block[]): Call {
  const result = blocks.find((block) => block.type === 'tool_result' && block.tool_use_id === call.id)
  const content = result?.type === 'tool_result' ? result.content : undefined
  const output = typeof content === 'string' ? content : (content ?? []).map((part) => (part.type === 'text' ? part.text : '[picture]')).join('\n')
  return { id: call.id, name: call.name, input: call.input, output, isError: result?.type === 'tool_result' && result.is_error === true }
}
