/**
 * The tasks extension (io.modelcontextprotocol/tasks, protocol 2026-07-28): whoever has it is answered a wait at once, with a handle to ask again
 * by. The handle names Lugh's own task, and what the wait came to is a row, so that it outlives connections and Lugh itself.
 */
import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { digest } from '#core'
import { callAnswer, insertCall } from '#db'
import { z } from 'zod'
import { answerHere, askHere } from './ask-here.ts'
import { attempt, told, type Answered, type Arguments } from './call-tool.ts'
import type { Served } from './handlers.ts'
import { result } from './result.ts'
import { findTool, type Tool } from './tools.ts'

export const TASKS = 'io.modelcontextprotocol/tasks'
/** As long as the answer of a call is kept. */
const KEPT_MS = 7 * 24 * 60 * 60_000
/** As often as a wait looks by itself. */
const POLL_MS = 2000

const Envelope = z.looseObject({ [CLIENT_CAPABILITIES_META_KEY]: z.looseObject({ extensions: z.looseObject({ [TASKS]: z.object({}) }) }) })
const Waited = z.looseObject({ task: z.number() })
/** The number of the task, whether forms are to be shown (`q`: no), when the wait began, and what makes it one of its own. */
const HANDLE = /^T(\d{1,9})(q?)\.([0-9a-z]{1,11})\.([0-9a-f-]{36})$/u
const Ended = z.object({ status: z.enum(['completed', 'cancelled']), at: z.string(), result: z.looseObject({}).optional() })
type Ended = z.infer<typeof Ended>

export const HandleParams = z.looseObject({ taskId: z.string().max(200) })

/** Whether this request comes from a client that has the extension. */
export function hasTasks({ mcpReq }: ServerContext): boolean {
  return Envelope.safeParse(mcpReq.envelope).success
}

/** The handle for a wait whose task goes on. */
export function beginWait({ room }: Served, answer: Extract<Answered, { ok: true }>, input: Arguments) {
  const began = room.clock.now()
  const taskId = `T${Waited.parse(answer.output).task}${input['ask_here'] === false ? 'q' : ''}.${began.getTime().toString(36)}.${room.ids.uuid()}`
  return { content: [], resultType: 'task', status: 'working' as const, ...frame(taskId, began, began) }
}

function frame(taskId: string, began: Date, updated: Date | string) {
  const lastUpdatedAt = typeof updated === 'string' ? updated : updated.toISOString()
  return { taskId, createdAt: began.toISOString(), lastUpdatedAt, ttlMs: KEPT_MS, pollIntervalMs: POLL_MS }
}

type Wait = {
  readonly tool: Tool
  readonly input: Arguments
  readonly taskId: string
  readonly key: string
  readonly began: Date
  readonly ended?: Ended
}

/** The wait that a handle names, as far as it has come. Throws where the client lacks the extension, and for what is no handle of this token. */
async function waitOf({ room, who }: Served, context: ServerContext, taskId: string): Promise<Wait> {
  if (!hasTasks(context)) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } })
  const [, number, quiet, began] = HANDLE.exec(taskId) ?? []
  const tool = findTool(room.tools, 'wait_for_task')
  if (number === undefined || began === undefined || tool === undefined) throw unknown()
  const key = `wait:${taskId}`
  const known = Ended.safeParse((await callAnswer(room.db, who.key, key))?.answer)
  const input = { task: Number(number), timeout_seconds: 0, ask_here: quiet === '' }
  return { tool, input, taskId, key, began: new Date(Number.parseInt(began, 36)), ...(known.success ? { ended: known.data } : {}) }
}

function unknown(): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such task of this token. Tasks of the protocol are begun by wait_for_task.')
}

/** How it stands. Once ended it stays so: what its task does later is another wait's. */
export async function getWait(served: Served, server: Server, context: ServerContext, taskId: string) {
  const wait = await waitOf(served, context, taskId)
  if (wait.ended !== undefined) return detailed(wait, wait.ended)
  const answer = await attempt(served.room, served.who, wait.tool, wait.input)
  if (!answer.ok && answer.code === 'not-found') throw unknown()
  if (answer.ok && wait.tool.door.wait?.done(answer.output) !== true)
    return {
      status: 'working' as const,
      statusMessage: wait.tool.door.wait?.step(answer.output) ?? '',
      ...frame(taskId, wait.began, served.room.clock.now()),
    }
  const form = await askHere(served, server, wait.input, context)(answer)
  if (form?.inputRequests !== undefined)
    return { status: 'input_required' as const, inputRequests: form.inputRequests, ...frame(taskId, wait.began, served.room.clock.now()) }
  return detailed(wait, await end(served, wait, answer))
}

function detailed({ taskId, began }: Wait, { status, at, result: came }: Ended) {
  const by = frame(taskId, began, at)
  return status === 'cancelled' ? { status: 'cancelled' as const, ...by } : { status: 'completed' as const, result: came ?? { content: [] }, ...by }
}

/** Carries out what forms were answered with; one that was put away is not shown again, and the wait ends with what it is about. */
export async function updateWait(served: Served, context: ServerContext, taskId: string) {
  const wait = await waitOf(served, context, taskId)
  if (wait.ended !== undefined) return {}
  const inputResponses = context.mcpReq.inputResponses ?? {} // the SDK takes them out of the parameters
  await answerHere(served, inputResponses)
  const putAway = Object.values(inputResponses).some((one) => z.looseObject({ action: z.enum(['decline', 'cancel']) }).safeParse(one).success)
  if (putAway) await end(served, wait, await attempt(served.room, served.who, wait.tool, wait.input))
  return {}
}

/** Nobody waits any more; the task itself goes on (stop_task stops it). */
export async function cancelWait(served: Served, context: ServerContext, taskId: string) {
  const wait = await waitOf(served, context, taskId)
  if (wait.ended === undefined) await end(served, wait, undefined)
  return {}
}

/** Writes how it ended, once; answers what stands there. */
async function end({ room, who }: Served, { tool, taskId, key }: Wait, answer: Answered | undefined): Promise<Ended> {
  const at = room.clock.now().toISOString()
  const ended: Ended = answer === undefined ? { status: 'cancelled', at } : { status: 'completed', at, result: result(answer) }
  const first = await room.db.tx((tx) => insertCall(tx, { token: who.key, key, digest: digest('mcp-wait', [taskId]), answer: ended }))
  if (first === 0) return Ended.parse((await callAnswer(room.db, who.key, key))?.answer)
  await told(room, who, tool.name, answer === undefined ? 'cancelled' : answer.ok ? 'ok' : answer.code, 0)
  return ended
}
