/** Rows of `steer`: what a person says to an agent at work, kept until the agent's next step takes it. */
import type { PersonId, TaskId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

const Steer = z.object({ id: z.number(), text: z.string(), byPerson: z.boolean() })

export function insertSteer(tx: Tx, s: { taskId: TaskId; personId: PersonId | null; text: string }): Promise<number> {
  return tx
    .row(z.object({ id: z.number() }), `insert into steer (task_id, person_id, text) values ($1::uuid, $2::uuid, $3::text) returning id`, [
      s.taskId,
      s.personId,
      s.text,
    ])
    .then((row) => row?.id ?? 0)
}

/** What has not been taken yet, in order (index steer_open). */
export function openSteers(sql: Sql, taskId: TaskId): Promise<z.infer<typeof Steer>[]> {
  return sql.rows(
    Steer,
    `select id, text, person_id is not null as "byPerson" from steer where task_id = $1::uuid and taken_seq is null order by id`,
    [taskId],
  )
}

export function takeSteers(tx: Tx, taskId: TaskId, upTo: number, seq: number): Promise<number> {
  return tx.run(`update steer set taken_seq = $3::integer where task_id = $1::uuid and id <= $2::bigint and taken_seq is null`, [taskId, upTo, seq])
}
