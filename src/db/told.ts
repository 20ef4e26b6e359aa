/** Where a conversation that has grown too long begins when it is sent: rows of `message` with words in place of everything before them. */
import type { TaskId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'
import { MessageRow } from './run.ts'

/** From this message on a conversation is sent; `told` stands for what is before. Undefined when there is no such message. */
export async function tellInstead(tx: Tx, taskId: TaskId, seq: number, told: unknown): Promise<boolean> {
  return (await tx.run(`update message set told = $3::jsonb where task_id = $1::uuid and seq = $2::integer`, [taskId, seq, storableJson(told)])) === 1
}

/** The messages from `from` up to `before`, the oldest first, whether or not they are still sent (unique key of task and seq). */
export function messagesBetween(sql: Sql, taskId: TaskId, from: number, before: number): Promise<MessageRow[]> {
  return sql.rows(
    MessageRow,
    `select seq, role, content, made_under as "madeUnder", null as told from message
     where task_id = $1::uuid and seq >= $2::integer and seq < $3::integer order by seq`,
    [taskId, from, before],
  )
}

/** Which of these ids a call of the task has had already, in a message that is sent or in one that is not (unique key of task and call). */
export async function usedCallIds(sql: Sql, taskId: TaskId, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await sql.rows(z.object({ id: z.string() }), `select call_id as id from step where task_id = $1::uuid and call_id = any($2::text[])`, [
    taskId,
    ids,
  ])
  return new Set(rows.map(({ id }) => id))
}
