/** What Claude Code says over its SDK, as far as Lugh listens, and what it is for Lugh. Pure; everything else it says is passed over. */
import { oneLine } from '#core'
import { z } from 'zod'
import type { EngineEvent, Permission } from './session-port.ts'

const LINE_MAX = 200
const text = z.string()
const unknown = z.unknown().transform(() => undefined)

const Said = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text }),
  z.object({ type: z.literal('thinking'), thinking: text }),
  z.object({ type: z.literal('tool_use'), id: text, name: text, input: z.unknown().optional() }),
])
const Result = z.object({
  type: z.literal('tool_result'),
  tool_use_id: text,
  content: z.unknown().optional(),
  is_error: z.boolean().nullish(),
})
const Usage = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
})

/** One message of it; undefined for the many kinds that are of no concern here. */
export const ClaudeMessage = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('system'), subtype: z.literal('init'), session_id: text }),
    z.object({ type: z.literal('assistant'), message: z.object({ content: z.array(Said.or(unknown)) }), parent_tool_use_id: text.nullish() }),
    z.object({ type: z.literal('user'), message: z.object({ content: z.array(Result.or(unknown)).or(text.transform(() => [])) }) }),
    z.object({
      type: z.literal('result'),
      is_error: z.boolean(),
      result: text.nullish(),
      errors: z.array(text).nullish(),
      usage: Usage.nullish().catch(undefined),
    }),
  ])
  .or(unknown)
export type ClaudeMessage = Exclude<z.infer<typeof ClaudeMessage>, undefined>

const Todos = z.object({ todos: z.array(z.object({ content: text, status: z.enum(['pending', 'in_progress', 'completed']) })) })

/** Its events in Lugh's words, in order. */
export function eventsOf(message: ClaudeMessage): EngineEvent[] {
  if (message.type === 'system') return [{ type: 'session', id: message.session_id }]
  if (message.type === 'assistant') return message.message.content.flatMap((block) => (block === undefined ? [] : said(block)))
  if (message.type === 'user')
    return message.message.content.flatMap((block) =>
      block === undefined ? [] : [{ type: 'tool_result', id: block.tool_use_id, output: wordsOf(block.content), isError: block.is_error === true }],
    )
  const { usage } = message
  if (usage === null || usage === undefined) return []
  const { cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite } = usage
  return [
    { type: 'usage', usage: { input: usage.input_tokens, output: usage.output_tokens, cacheRead: cacheRead ?? 0, cacheWrite: cacheWrite ?? 0 } },
  ]
}

function said(block: z.infer<typeof Said>): EngineEvent[] {
  if (block.type === 'text') return [{ type: 'text', text: block.text }]
  if (block.type === 'thinking') return [{ type: 'thinking', text: block.thinking }]
  const call: EngineEvent = { type: 'tool_call', id: block.id, tool: block.name, line: lineOf(block.name, block.input), input: block.input }
  const plan = block.name === 'TodoWrite' ? Todos.safeParse(block.input).data : undefined
  return plan === undefined ? [call] : [call, { type: 'plan', steps: plan.todos.map(planStep) }]
}

function planStep({ content, status }: z.infer<typeof Todos>['todos'][number]): { text: string; state: 'todo' | 'doing' | 'done' } {
  return { text: content, state: status === 'completed' ? 'done' : status === 'in_progress' ? 'doing' : 'todo' }
}

const Parts = z.array(z.object({ type: z.literal('text'), text }).or(unknown))

function wordsOf(content: unknown): string {
  if (typeof content === 'string') return content
  return (Parts.safeParse(content).data ?? []).flatMap((part) => (part === undefined ? [] : [part.text])).join('\n')
}

const READS = new Set(['Read', 'Glob', 'Grep', 'LS', 'TodoWrite', 'Task', 'Agent', 'BashOutput', 'TaskOutput', 'KillShell', 'TaskStop'])
const EDITS = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit'])
const Command = z.object({ command: text, description: text.nullish() })

/** What a tool call of it wants, for the policy. */
export function claudePermission(tool: string, input: unknown): Permission {
  const line = lineOf(tool, input)
  if (READS.has(tool)) return { kind: 'read', line }
  if (EDITS.has(tool)) return { kind: 'edit', line }
  const run = tool === 'Bash' ? Command.safeParse(input).data : undefined
  return run === undefined ? { kind: 'other', line } : { kind: 'command', line, command: run.command, why: run.description ?? '' }
}

const Named = z
  .object({ command: text })
  .or(z.object({ file_path: text }))
  .or(z.object({ pattern: text }))
  .or(z.object({ description: text }))

function lineOf(tool: string, input: unknown): string {
  const named = Object.values(Named.safeParse(input).data ?? {})[0]
  return oneLine(named === undefined ? tool : `${tool} ${named}`, LINE_MAX)
}
