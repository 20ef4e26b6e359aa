/** Rows of `steer`: what a person says to an agent at work, kept until the agent's next step takes it. */
import { TaskId, type ConversationId, type PersonId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

const Steer = z.object({ id: z.number(), text: z.string(), byPerson: z.boolean(), uploadId: z.string().nullable() })

/** Where somebody said it: a message of theirs, by which an edit of it finds this row. */
export type SaidIn = { readonly conversationId?: ConversationId; readonly messageId?: number }

/** `uploadId`: the pictures and files that go with the words. */
type NewSteer = { taskId: TaskId; personId: PersonId | null; text: string; uploadId?: string | undefined }

export function insertSteer(tx: Tx, s: NewSteer & SaidIn): Promise<number> {
  return tx
    .row(
      z.object({ id: z.number() }),
      `insert into steer (task_id, person_id, text, conversation_id, message_id, upload_id)
       values ($1::uuid, $2::uuid, $3::text, $4::uuid, $5::bigint, $6::uuid) returning id`,
      [s.taskId, s.personId, s.text, s.conversationId ?? null, s.messageId ?? null, s.uploadId ?? null],
    )
    .then((row) => row?.id ?? 0)
}

const OfMessage = z.object({ id: z.number(), taskId: TaskId, text: z.string(), taken: z.boolean() })

/** What a message said to an agent, if it did (index steer_message); locked, so that the agent does not take it meanwhile. */
export function steerOfMessage(tx: Tx, conversationId: ConversationId, messageId: number): Promise<z.infer<typeof OfMessage> | undefined> {
  return tx.row(
    OfMessage,
    `select id, task_id as "taskId", text, taken_seq is not null as taken from steer
     where conversation_id = $1::uuid and message_id = $2::bigint order by id desc limit 1 for update`,
    [conversationId, messageId],
  )
}

/** Other words in its place, as long as no agent has heard it (compare-and-set on that). */
export function rewordSteer(tx: Tx, id: number, text: string): Promise<number> {
  return tx.run(`update steer set text = $2::text where id = $1::bigint and taken_seq is null`, [id, text])
}

/** What has not been taken yet, in order (index steer_open). */
export function openSteers(sql: Sql, taskId: TaskId): Promise<z.infer<typeof Steer>[]> {
  return sql.rows(
    Steer,
    `select id, text, person_id is not null as "byPerson", upload_id as "uploadId" from steer where task_id = $1::uuid and taken_seq is null order by id`,
    [taskId],
  )
}

export function takeSteers(tx: Tx, taskId: TaskId, upTo: number, seq: number): Promise<number> {
  return tx.run(`update steer set taken_seq = $3::integer where task_id = $1::uuid and id <= $2::bigint and taken_seq is null`, [taskId, upTo, seq])
}
