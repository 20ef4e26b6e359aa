/** What Codex says over its app server, as far as Lugh listens, and what it is for Lugh. Pure; everything else it says is passed over. */
import { oneLine } from '#core'
import { z } from 'zod'
import type { EngineEvent, Permission } from './session-port.ts'
import { splitCommand } from './split-command.ts'

const LINE_MAX = 200
const text = z.string()
const unknown = z.unknown().transform(() => undefined)

const Item = z.discriminatedUnion('type', [
  z.object({ type: z.literal('agentMessage'), id: text, text }),
  z.object({ type: z.literal('reasoning'), id: text, summary: z.array(text), content: z.array(text) }),
  z.object({
    type: z.literal('commandExecution'),
    id: text,
    command: text,
    status: text,
    aggregatedOutput: text.nullish(),
    exitCode: z.number().nullish(),
  }),
  z.object({ type: z.literal('fileChange'), id: text, status: text, changes: z.array(z.object({ path: text })) }),
])
type Item = z.infer<typeof Item>
const WithItem = z.object({ item: Item.or(unknown) })
const Plan = z.object({ plan: z.array(z.object({ step: text, status: z.enum(['pending', 'inProgress', 'completed']) })) })
const Spent = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedInputTokens: z.number(),
  cacheWriteInputTokens: z.number().nullish(),
})
const Usage = z.object({ tokenUsage: z.object({ last: Spent }) })

/** A notification in Lugh's words, in order. */
export function codexEvents(method: string, params: unknown): EngineEvent[] {
  if (method === 'item/started') return started(WithItem.safeParse(params).data?.item)
  if (method === 'item/completed') return completed(WithItem.safeParse(params).data?.item)
  if (method === 'turn/plan/updated') {
    const plan = Plan.safeParse(params).data?.plan
    return plan === undefined ? [] : [{ type: 'plan', steps: plan.map(({ step, status }) => ({ text: step, state: STATES[status] })) }]
  }
  const spent = method === 'thread/tokenUsage/updated' ? Usage.safeParse(params).data?.tokenUsage.last : undefined
  if (spent === undefined) return []
  const { inputTokens, outputTokens, cachedInputTokens: cacheRead, cacheWriteInputTokens } = spent
  const cacheWrite = cacheWriteInputTokens ?? 0
  return [{ type: 'usage', usage: { input: Math.max(0, inputTokens - cacheRead - cacheWrite), output: outputTokens, cacheRead, cacheWrite } }]
}

const STATES = { pending: 'todo', inProgress: 'doing', completed: 'done' } as const

function started(item: Item | undefined): EngineEvent[] {
  if (item?.type === 'commandExecution') {
    const command = innerCommand(item.command)
    return [{ type: 'tool_call', id: item.id, tool: 'command', line: oneLine(command, LINE_MAX), input: { command } }]
  }
  if (item?.type !== 'fileChange') return []
  const paths = item.changes.map(({ path }) => path)
  return [{ type: 'tool_call', id: item.id, tool: 'edit', line: oneLine(`edit ${paths.join(', ')}`, LINE_MAX), input: { paths } }]
}

function completed(item: Item | undefined): EngineEvent[] {
  switch (item?.type) {
    case 'agentMessage':
      return [{ type: 'text', text: item.text }]
    case 'reasoning': {
      const thought = [...item.summary, ...item.content].join('\n')
      return thought === '' ? [] : [{ type: 'thinking', text: thought }]
    }
    case 'commandExecution':
      return [{ type: 'tool_result', id: item.id, output: item.aggregatedOutput ?? '', isError: item.status !== 'completed' }]
    case 'fileChange':
      return [{ type: 'tool_result', id: item.id, output: '', isError: item.status !== 'completed' }]
    default:
      return []
  }
}

const Approval = z.object({ command: text.nullish(), reason: text.nullish() })

/** What a request of it asks to be allowed; undefined for what it may never have here (the network, more room, other tools). */
export function codexPermission(method: string, params: unknown): Permission | undefined {
  if (method === 'item/fileChange/requestApproval') return { kind: 'edit', line: 'edit files' }
  if (method !== 'item/commandExecution/requestApproval') return undefined
  const asked = Approval.safeParse(params).data
  if (asked?.command === null || asked?.command === undefined)
    return { kind: 'other', line: oneLine(asked?.reason ?? 'something Codex does not name', LINE_MAX) }
  const command = innerCommand(asked.command)
  return { kind: 'command', line: oneLine(command, LINE_MAX), command, why: asked.reason ?? '' }
}

const SHELL = /^(?:\/(?:usr\/)?bin\/)?(?:ba|z|da)?sh$/u

/** It wraps every line into a shell of its own, `/bin/bash -lc 'touch x'`; what a person is asked about, and grants, is the line. */
function innerCommand(command: string): string {
  const words = splitCommand(command) ?? []
  const [shell = '', flag = '', line] = words
  return words.length === 3 && SHELL.test(shell) && (flag === '-lc' || flag === '-c') && line !== undefined ? line : command
}
