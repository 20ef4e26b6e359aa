/** Rows of `log`: what a command printed, head and tail of it where it was too much. Lets go of what is old, or beyond what all may take. */
import { redactKeys, type TaskId } from '#core'
import { z } from 'zod'
import { storableText } from './outbox-body.ts'
import type { Sql } from './port.ts'

/** As long as messages are kept that could be answered with `/log`. */
const LOG_DAYS = 30
/** Of all logs of one store together: 256 of the longest, and as a rule, compressed by the database, a quarter of this on the disk. */
export const LOGS_BYTES = 256 * 1024 * 1024

const Log = z.object({ text: z.string(), printed: z.number() })
export type Log = z.infer<typeof Log>

/** Kept once a call; a run of the same call again, as of tests after a kill, takes the place of the first. */
export function insertLog(sql: Sql, log: Log & { readonly taskId: TaskId; readonly callId: string }): Promise<number> {
  const text = redactKeys(storableText(log.text))
  return sql.run(
    `insert into log (task_id, call_id, text, printed, kept) values ($1::uuid, $2::text, $3::text, $4::bigint, $5::integer)
     on conflict (task_id, call_id) do update set text = excluded.text, printed = excluded.printed, kept = excluded.kept, created_at = now()`,
    [log.taskId, log.callId, text, log.printed, Buffer.byteLength(text)],
  )
}

export function logOf(sql: Sql, taskId: TaskId, callId: string): Promise<Log | undefined> {
  return sql.row(Log, `select text, printed from log where task_id = $1::uuid and call_id = $2::text`, [taskId, callId])
}

const RanCommand = z.object({ callId: z.string(), tool: z.string(), command: z.string(), output: z.string().nullable() })
export type RanCommand = z.infer<typeof RanCommand>

/** The newest commands of a task that were run and of which there is something to see, newest first; `words`: those that hold them. */
export function commandsOfTask(sql: Sql, taskId: TaskId, limit: number, words?: string): Promise<RanCommand[]> {
  return sql.rows(
    RanCommand,
    `select s.call_id as "callId", s.tool, s.input ->> 'command' as command, s.output from step s
     where s.task_id = $1::uuid and s.input ->> 'command' is not null and s.state not in ('denied', 'withheld')
       and ($3::text is null or strpos(lower(s.input ->> 'command'), lower($3::text)) > 0)
       and (s.output is not null or exists (select from log l where l.task_id = s.task_id and l.call_id = s.call_id))
     order by s.id desc limit $2::integer`,
    [taskId, limit, words ?? null],
  )
}

/** Deletes logs that are old, and of the rest the oldest beyond what all of them may take; answers how many. */
export function pruneLogs(sql: Sql, most: number = LOGS_BYTES): Promise<number> {
  return sql.run(
    `delete from log where created_at < now() - $1::integer * interval '1 day' or (task_id, call_id) in (
       select task_id, call_id from (
         select task_id, call_id, sum(kept) over (order by created_at desc, task_id, call_id) as so_far from log) as newest
       where so_far > $2::bigint)`,
    [LOG_DAYS, most],
  )
}
