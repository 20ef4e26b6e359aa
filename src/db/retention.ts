/** What is kept for a time and then deleted: traffic that has been dealt with. Tasks, changes, costs and events are never deleted here. */
import type { Sql } from './port.ts'

/** Telegram delivers an update again for 24 hours at most; three times that, and an update number cannot come back. */
const INBOX_DAYS = 3
/** How far back a reply to a message of Lugh still finds its task. */
const OUTBOX_DAYS = 30

/** Deletes updates that were dealt with long ago; answers how many. */
export function pruneInbox(sql: Sql): Promise<number> {
  return sql.run(`delete from inbox where state <> 'received' and received_at < now() - $1::integer * interval '1 day'`, [INBOX_DAYS])
}

/** Deletes messages sent long ago, but for those that show a change somebody may still decide about; answers how many. */
export function pruneOutbox(sql: Sql): Promise<number> {
  return sql.run(
    `delete from outbox where state in ('sent', 'refused') and created_at < now() - $1::integer * interval '1 day'
       and not exists (select from change where change.id = outbox.change_id and change.state in ('proposed', 'landing'))`,
    [OUTBOX_DAYS],
  )
}

/** Deletes closed questions of forced replies; answers how many. */
export function prunePrompts(sql: Sql): Promise<number> {
  return sql.run(`delete from prompt where state <> 'open' and created_at < now() - $1::integer * interval '1 day'`, [OUTBOX_DAYS])
}

/** Deletes attention cards that a newer one of their chat took the place of long ago, with their buttons; answers how many. */
export function pruneAttention(sql: Sql): Promise<number> {
  return sql.run(
    `with old as (
       select a.id from attention a where a.created_at < now() - $1::integer * interval '1 day'
         and exists (select from attention b where b.conversation_id = a.conversation_id and b.created_at > a.created_at)),
       c as (delete from card where kind = 'attention' and subject_id in (select old.id::text from old) returning id),
       b as (delete from button where card_id in (select c.id from c))
     delete from attention where id in (select old.id from old)`,
    [OUTBOX_DAYS],
  )
}

/** What pieces of changes say, for cards that can no longer show them; the diff itself is in git. What was said to them stays. Answers how many. */
export function pruneHunkTexts(sql: Sql): Promise<number> {
  return sql.run(
    `update change_hunk h set text = '' from change c where c.id = h.change_id and h.text <> '' and c.state not in ('proposed', 'landing')
       and c.created_at < now() - $1::integer * interval '1 day'`,
    [OUTBOX_DAYS],
  )
}
