/** Rows of `quiet` and `notice_rule`: when and for what a person wants to be disturbed. */
import { NOTICE_CLASSES, PersonId, RINGINGS, type NoticeClass, type ProjectId, type Ringing, type TaskId, type TelegramChatId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const Quiet = z.object({ personId: PersonId, from: z.number(), to: z.number(), zone: z.string(), since: z.date().nullable() })
export type Quiet = z.infer<typeof Quiet>
const QUIET = `person_id as "personId", from_minute as "from", to_minute as "to", zone, since`

/** Other hours begin anew: what is not over of the old ones is not summed up. */
export function setQuiet(tx: Tx, q: Omit<Quiet, 'since'>): Promise<number> {
  return tx.run(
    `insert into quiet (person_id, from_minute, to_minute, zone) values ($1::uuid, $2::integer, $3::integer, $4::text)
     on conflict (person_id) do update set from_minute = excluded.from_minute, to_minute = excluded.to_minute, zone = excluded.zone, since = null`,
    [q.personId, q.from, q.to, q.zone],
  )
}

export function dropQuiet(tx: Tx, personId: PersonId): Promise<number> {
  return tx.run(`delete from quiet where person_id = $1::uuid`, [personId])
}

export function quietOf(sql: Sql, personId: PersonId): Promise<Quiet | undefined> {
  return sql.row(Quiet, `select ${QUIET} from quiet where person_id = $1::uuid`, [personId])
}

/** Everybody's; a handful of rows. */
export function allQuiet(sql: Sql): Promise<Quiet[]> {
  return sql.rows(Quiet, `select ${QUIET} from quiet`)
}

/** The hours have begun (compare-and-set: of two processes one notes it). */
export function beginQuiet(tx: Sql, personId: PersonId): Promise<number> {
  return tx.run(`update quiet set since = now() where person_id = $1::uuid and since is null`, [personId])
}

/** The hours are over: answers since when they were, to the one process that ends them, and undefined to every other. */
export async function endQuiet(tx: Tx, personId: PersonId): Promise<Date | undefined> {
  const row = await tx.row(
    z.object({ since: z.date() }),
    `with old as (select person_id, since from quiet where person_id = $1::uuid and since is not null for update)
     update quiet set since = null from old where quiet.person_id = old.person_id returning old.since`,
    [personId],
  )
  return row?.since
}

const Counted = z.object({ class: z.enum(NOTICE_CLASSES), n: z.number() })

/** What would have rung in a chat since then, by its class (index outbox_rang). */
export function rangSince(sql: Sql, chatId: TelegramChatId, since: Date): Promise<z.infer<typeof Counted>[]> {
  return sql.rows(
    Counted,
    `select class, count(*)::integer as n from outbox where chat_id = $1::bigint and loud and class is not null and created_at >= $2::timestamptz
     group by class order by class`,
    [chatId, since],
  )
}

const Rule = z.object({
  scope: z.enum(['all', 'project', 'task']),
  name: z.string().nullable(),
  class: z.enum([...NOTICE_CLASSES, 'all']),
  how: z.enum(RINGINGS),
})
export type NoticeRule = z.infer<typeof Rule>
const RULE = `case when r.task_id is not null then 'task' when r.project_id is not null then 'project' else 'all' end as scope,
  coalesce('T' || t.number, p.name) as name, r.class, r.how`

export function rulesOf(sql: Sql, personId: PersonId): Promise<NoticeRule[]> {
  return sql.rows(
    Rule,
    `select ${RULE} from notice_rule r left join task t on t.id = r.task_id left join project p on p.id = r.project_id
     where r.person_id = $1::uuid order by 1, 2, 3`,
    [personId],
  )
}

export type RuleAbout = {
  readonly personId: PersonId
  readonly projectId: ProjectId | null
  readonly taskId: TaskId | null
  readonly class: NoticeClass | 'all'
}

/** Sets one rule; null takes it back. */
export function setRule(tx: Tx, r: RuleAbout, how: Ringing | null): Promise<number> {
  const about = [r.personId, r.projectId, r.taskId, r.class]
  if (how === null)
    return tx.run(
      `delete from notice_rule where person_id = $1::uuid and project_id is not distinct from $2::uuid and task_id is not distinct from $3::uuid and class = $4::text`,
      about,
    )
  return tx.run(
    `insert into notice_rule (person_id, project_id, task_id, class, how) values ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text)
     on conflict (person_id, project_id, task_id, class) do update set how = excluded.how`,
    [...about, how],
  )
}

/** The rules of whoever a private chat belongs to that concern a task's messages, and their quiet hours. */
export async function noticesFor(
  sql: Sql,
  chatId: TelegramChatId,
  taskId: TaskId | null,
): Promise<{ rules: NoticeRule[]; quiet: Quiet | undefined }> {
  const rules = await sql.rows(
    Rule,
    `select ${RULE} from notice_rule r join person o on o.id = r.person_id and o.telegram_user_id = $1::bigint
       left join task t on t.id = r.task_id left join project p on p.id = r.project_id
     where (r.task_id is null or r.task_id = $2::uuid) and (r.project_id is null or r.project_id = (select project_id from task where id = $2::uuid))`,
    [chatId, taskId],
  )
  const quiet = await sql.row(Quiet, `select ${QUIET} from quiet where person_id = (select id from person where telegram_user_id = $1::bigint)`, [
    chatId,
  ])
  return { rules, quiet }
}

/** Whether a message of this class has rung in the chat within the last milliseconds (index outbox_rang). */
export async function hasRung(sql: Sql, chatId: TelegramChatId, classes: readonly NoticeClass[], withinMs: number): Promise<boolean> {
  const row = await sql.row(
    z.object({ n: z.number() }),
    `select count(*)::integer as n from outbox where chat_id = $1::bigint and loud and class = any($2::text[]) and state = 'sent'
       and sent_at > now() - $3::integer * interval '1 millisecond'`,
    [chatId, classes, withinMs],
  )
  return (row?.n ?? 0) > 0
}
