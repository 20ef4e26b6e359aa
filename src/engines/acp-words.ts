/** What an ACP agent says, as far as Lugh listens, and what it is for Lugh. Pure; everything else an agent says is passed over. */
import { oneLine } from '#core'
import { z } from 'zod'
import type { EngineEvent, Permission } from './session-port.ts'

const LINE_MAX = 200
const text = z.string()
const some = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined)

const Kind = z.enum(['read', 'edit', 'delete', 'move', 'search', 'execute', 'think', 'fetch', 'switch_mode', 'other']).catch('other')
const Content = z.object({ type: z.literal('text'), text }).or(z.object({ type: z.string() }).transform(() => ({ type: 'other' as const, text: '' })))
const ToolContent = z
  .object({ type: z.literal('content'), content: Content })
  .or(z.object({ type: z.literal('diff'), path: text }))
  .or(z.unknown().transform(() => ({ type: 'other' as const })))
const ToolCall = z.object({
  toolCallId: text,
  title: some(text),
  kind: some(Kind),
  status: some(z.enum(['pending', 'in_progress', 'completed', 'failed'])),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  content: some(z.array(ToolContent)),
})
type ToolCall = z.infer<typeof ToolCall>
const PlanEntry = z.object({ content: text, status: z.enum(['pending', 'in_progress', 'completed']) })

const Update = z.discriminatedUnion('sessionUpdate', [
  z.object({ sessionUpdate: z.literal('agent_message_chunk'), content: Content }),
  z.object({ sessionUpdate: z.literal('agent_thought_chunk'), content: Content }),
  ToolCall.extend({ sessionUpdate: z.literal('tool_call') }),
  ToolCall.extend({ sessionUpdate: z.literal('tool_call_update') }),
  z.object({ sessionUpdate: z.literal('plan'), entries: z.array(PlanEntry) }),
])

/** A notification of what goes on; `update` is undefined where Lugh does not know its kind. */
export const Told = z.object({ sessionId: text, update: Update.or(z.unknown().transform(() => undefined)) })

const OptionKind = z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']).or(text)
export const Request = z.object({
  toolCall: ToolCall,
  options: z.array(z.object({ optionId: text, kind: OptionKind })),
})

type Known = { call: ToolCall; told: boolean; over: boolean }

export type Listening = {
  readonly hear: (update: z.infer<typeof Told>['update']) => EngineEvent[]
  /** The call with all that is known of it. */
  readonly full: (piece: ToolCall) => ToolCall
}

/** Listens to one conversation. Tool calls come in pieces, so the pieces are kept; a call is told of once it is known what it wants. */
export function listenTo(): Listening {
  const calls = new Map<string, Known>()
  const known = (piece: ToolCall): Known => {
    const said = Object.fromEntries(Object.entries(piece).filter(([, value]) => value !== undefined && value !== null))
    const now = calls.get(piece.toolCallId) ?? { call: piece, told: false, over: false }
    now.call = { ...now.call, ...said }
    calls.set(piece.toolCallId, now)
    return now
  }
  const hearCall = (piece: ToolCall): EngineEvent[] => {
    const it = known(piece)
    const ends = piece.status === 'completed' || piece.status === 'failed'
    const events: EngineEvent[] = []
    if (!it.told && (ends || hasInput(it.call))) {
      it.told = true
      events.push({ type: 'tool_call', id: piece.toolCallId, tool: it.call.kind ?? 'other', line: lineOf(it.call), input: it.call.rawInput ?? {} })
    }
    if (ends && !it.over) {
      it.over = true
      events.push({ type: 'tool_result', id: piece.toolCallId, output: outputOf(it.call), isError: piece.status === 'failed' })
    }
    return events
  }
  return {
    full: (piece) => known(piece).call,
    hear: (update) => {
      if (update === undefined) return []
      if (update.sessionUpdate === 'agent_message_chunk') return [{ type: 'text', text: update.content.text }]
      if (update.sessionUpdate === 'agent_thought_chunk') return [{ type: 'thinking', text: update.content.text }]
      if (update.sessionUpdate === 'plan') return [{ type: 'plan', steps: update.entries.map(planStep) }]
      const { sessionUpdate: _, ...piece } = update
      return hearCall(piece)
    },
  }
}

function hasInput({ rawInput }: ToolCall): boolean {
  return typeof rawInput === 'object' && rawInput !== null && Object.keys(rawInput).length > 0
}

function planStep({ content, status }: z.infer<typeof PlanEntry>): { text: string; state: 'todo' | 'doing' | 'done' } {
  return { text: content, state: status === 'completed' ? 'done' : status === 'in_progress' ? 'doing' : 'todo' }
}

/** What the agent wants to do, for the policy. Only what it gives as a command counts as one; its title is a claim. */
export function permissionOf(call: ToolCall): Permission {
  const line = lineOf(call)
  switch (call.kind) {
    case 'read':
    case 'search':
    case 'think':
      return { kind: 'read', line }
    case 'edit':
    case 'delete':
    case 'move':
      return { kind: 'edit', line } // its walls let it write nothing but the worktree
    case 'execute': {
      const command = commandOf(call.rawInput)
      return command === undefined ? { kind: 'other', line } : { kind: 'command', line, command, why: whyOf(call.rawInput) }
    }
    default:
      return { kind: 'other', line }
  }
}

const Line = z.object({ command: text })
const Words = z.object({ command: z.array(text).min(1) })

/** As agents give it: a line for a shell, or the words of one program. */
function commandOf(input: unknown): string | undefined {
  const line = Line.safeParse(input).data?.command
  if (line !== undefined) return line
  return Words.safeParse(input).data?.command.map(quoted).join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function whyOf(input: unknown): string {
  return z.object({ description: text }).safeParse(input).data?.description ?? z.object({ reason: text }).safeParse(input).data?.reason ?? ''
}

function lineOf(call: ToolCall): string {
  return oneLine(call.title ?? call.kind ?? 'a step', LINE_MAX)
}

function outputOf({ content, rawOutput }: ToolCall): string {
  const said = (content ?? []).flatMap((part) => (part.type === 'content' && part.content.text !== '' ? [part.content.text] : []))
  if (said.length > 0) return said.join('\n')
  return typeof rawOutput === 'string' ? rawOutput : ''
}
