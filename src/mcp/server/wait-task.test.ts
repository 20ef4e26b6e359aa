/** The tasks extension: a wait is a handle at once, which any connection and any Lugh asks again by, and what it came to stays. */
import {
  CancelTaskResultV2Schema,
  CreateTaskResultV2Schema,
  GetTaskResultV2Schema,
  UpdateTaskResultV2Schema,
} from '@modelcontextprotocol/ext-tasks/core/v2'
import { createMcp } from '#mcp'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { ENV_TOKEN, lastOf, modern, openMcpRoom, type McpRoom } from '../../../test/support/mcp-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
const FORMS = { ...TASKS, elicitation: { form: {} } }
const Handle = z.looseObject({ taskId: z.string() })

/** Begins a wait for T1 and answers its handle, as a client that has the extension does. */
async function begin(room: McpRoom, secret: string, capabilities: object = TASKS, more: object = {}): Promise<string> {
  const { result } = await room.rpc(secret, 'tools/call', { name: 'wait_for_task', arguments: { task: 1, ...more } }, capabilities)
  expect(CreateTaskResultV2Schema.safeParse(result).error).toBeUndefined()
  return Handle.parse(result).taskId
}

/** How it stands, in the extension's own words. */
async function get(room: McpRoom, secret: string, taskId: string, capabilities: object = TASKS) {
  const { result } = await room.rpc(secret, 'tasks/get', { taskId }, capabilities)
  expect(GetTaskResultV2Schema.safeParse(result).error).toBeUndefined()
  return result
}

describeEachStore('a wait as a task of the protocol', (open) => {
  it('is told of and given to clients that have the extension alone', async () => {
    const room = await openMcpRoom(await open(), 1)
    const { result } = await room.rpc(ENV_TOKEN, 'server/discover')
    expect(result).toMatchObject({ capabilities: TASKS })
    const plain = await room.call(ENV_TOKEN, 'wait_for_task', { task: 1, timeout_seconds: 0 })
    expect([plain.structuredContent?.['done'], plain.whole['resultType']]).toEqual([false, 'complete'])
    const taskId = await begin(room, ENV_TOKEN)
    for (const [method, params] of [
      ['tasks/get', { taskId }],
      ['tasks/update', { taskId, inputResponses: {} }],
      ['tasks/cancel', { taskId }],
    ] as const)
      expect((await room.rpc(ENV_TOKEN, method, params)).error?.code).toBe(-32_021)
    for (const guess of ['T1', 'nothing', taskId.replace('T1', 'T99')])
      expect((await room.rpc(ENV_TOKEN, 'tasks/get', { taskId: guess }, TASKS)).error?.code).toBe(-32_602)
    await room.mcp.close()
  })

  it('ends with what the task waits for, the same for ever after, also with the next Lugh', async () => {
    const room = await openMcpRoom(await open(), 1)
    const taskId = await begin(room, ENV_TOKEN)
    expect(await get(room, ENV_TOKEN, taskId)).toMatchObject({ status: 'working', taskId })
    const { approval, digest } = await room.askApproval(1)
    const ended = await get(room, ENV_TOKEN, taskId)
    expect(ended).toMatchObject({ status: 'completed', result: { structuredContent: { done: true, waits_for: [{ id: approval }] } } })
    await room.ask('decide_approval', { approval, digest, decision: 'allow' })
    await room.mcp.close()
    const next = createMcp(room.options)
    const { body, headers } = modern('tasks/get', { taskId }, TASKS)
    const again = await room.post(body, { authorization: `Bearer ${ENV_TOKEN}`, ...headers }, undefined, next)
    expect(lastOf(await again.text())).toMatchObject({ result: ended })
    await next.close()
  })

  it('asks the person in front of the client, whose answer decides; put away, it ends with the question', async () => {
    const room = await openMcpRoom(await open(), 1)
    const secret = await room.token(['read', 'approve'])
    const [taskId, other, quiet] = [
      await begin(room, secret, FORMS),
      await begin(room, secret, FORMS),
      await begin(room, secret, FORMS, { ask_here: false }),
    ]
    const { approval, digest } = await room.askApproval(1)
    const key = `approval:${approval}:${digest}`
    expect(await get(room, secret, taskId, FORMS)).toMatchObject({
      status: 'input_required',
      inputRequests: { [key]: { method: 'elicitation/create' } },
    })
    expect(await get(room, secret, quiet, FORMS)).toMatchObject({ status: 'completed' })
    const update = async (id: string, answer: object): Promise<unknown> => {
      const { result } = await room.rpc(secret, 'tasks/update', { taskId: id, inputResponses: { [key]: answer } }, FORMS)
      return UpdateTaskResultV2Schema.parse(result)
    }
    await update(other, { action: 'decline' })
    expect(await get(room, secret, other, FORMS)).toMatchObject({ status: 'completed', result: { structuredContent: { state: 'waiting' } } })
    await update(taskId, { action: 'accept', content: { decision: 'allow' } })
    await update(taskId, { action: 'accept', content: { decision: 'deny' } })
    expect(await room.db.rows(z.object({ state: z.string() }), 'select state from approval')).toEqual([{ state: 'allowed' }])
    expect(await get(room, secret, taskId, FORMS)).toMatchObject({ status: 'working' })
    await room.mcp.close()
  })

  it('is cancelled without its task, and is nobody’s but its token’s', async () => {
    const room = await openMcpRoom(await open(), 1)
    const taskId = await begin(room, ENV_TOKEN)
    const other = await room.token(['read'])
    const cancel = async (secret: string): Promise<unknown> =>
      CancelTaskResultV2Schema.parse((await room.rpc(secret, 'tasks/cancel', { taskId }, TASKS)).result)
    // Another token that may read the task has, at most, a wait of its own under that name.
    await cancel(other)
    expect(await get(room, ENV_TOKEN, taskId)).toMatchObject({ status: 'working' })
    await cancel(ENV_TOKEN)
    await cancel(ENV_TOKEN)
    expect(await get(room, ENV_TOKEN, taskId)).toMatchObject({ status: 'cancelled' })
    expect((await room.call(ENV_TOKEN, 'get_task', { task: 1 })).structuredContent).toMatchObject({ state: 'running' })
    await room.mcp.close()
  })
})
