/** Full-text search over what was wished, said, asked, decided and shown. The same statement on both stores; what is large has an index of words. */
import { TaskId } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'

const Hit = z.object({
  /** What was found: a wish, words to or from an agent, a command that was asked about, a question, a message or diff of ours. */
  kind: z.enum(['task', 'said', 'talk', 'command', 'question', 'shown']),
  taskId: TaskId,
  task: z.number(),
  title: z.string(),
  project: z.string(),
  at: z.date(),
  words: z.string(),
})
export type Hit = z.infer<typeof Hit>

/** Of one task, the newest of each kind is enough: its card leads to the rest. */
const HEADLINE = 'MaxFragments=1, MaxWords=16, MinWords=8, StartSel="", StopSel=""'

/**
 * The newest first, one for each task and kind; `words` as people write them in search boxes (`websearch_to_tsquery`: quotes, or, a minus).
 * Indexes message_words and outbox_words; tasks, steers, approvals and questions are as many as people make.
 */
export function searchRows(sql: Sql, words: string, page: { limit: number; offset: number }): Promise<Hit[]> {
  return sql.rows(
    Hit,
    `with q as (select websearch_to_tsquery('simple', $1::text) as q),
     found as (
       select 'task' as kind, id as task_id, created_at as at, concat_ws(' · ', title, wish, summary, reason) as words from task, q
         where to_tsvector('simple', left(concat_ws(' ', title, wish, summary, reason), 20000)) @@ q.q
       union all select 'said', task_id, created_at, text from steer, q where person_id is not null and to_tsvector('simple', left(text, 20000)) @@ q.q
       union all select 'talk', task_id, created_at, replace(left(content::text, 20000), '\\n', ' ') from message, q
         where to_tsvector('simple', replace(left(content::text, 20000), '\\n', ' ')) @@ q.q
       union all select 'command', task_id, created_at, concat_ws(' · ', action ->> 'command', why, comment) from approval, q
         where to_tsvector('simple', left(concat_ws(' ', action ->> 'command', why, comment), 20000)) @@ q.q
       union all select 'question', task_id, created_at, concat_ws(' · ', text, answer) from question, q
         where to_tsvector('simple', left(concat_ws(' ', text, answer), 20000)) @@ q.q
       union all select 'shown', task_id, created_at, replace(left(body::text, 20000), '\\n', ' ') from outbox, q
         where kind in ('text', 'document') and task_id is not null and to_tsvector('simple', replace(left(body::text, 20000), '\\n', ' ')) @@ q.q
     ),
     newest as (select distinct on (task_id, kind) kind, task_id, at, words from found order by task_id, kind, at desc)
     select n.kind, n.task_id as "taskId", t.number as task, t.title, p.name as project, n.at,
       ts_headline('simple', left(n.words, 20000), q.q, '${HEADLINE}') as words
     from newest n join task t on t.id = n.task_id join project p on p.id = t.project_id, q
     order by n.at desc, t.number desc, n.kind limit $2::integer offset $3::integer`,
    [words, page.limit, page.offset],
  )
}
