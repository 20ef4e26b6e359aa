/** Rows of `person`: who is listed. Numbers decide, names are only shown. */
import { PersonId, ROLES, TelegramUserId, type Role } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const Person = z.object({
  id: PersonId,
  telegramUserId: TelegramUserId.nullable(),
  name: z.string(),
  role: z.enum(ROLES),
  /** Small letters; what Telegram called them when they wrote last. */
  username: z.string().nullable(),
})
export type Person = z.infer<typeof Person>

const COLUMNS = `id, telegram_user_id as "telegramUserId", name, role, username`

export function personByTelegramId(sql: Sql, id: TelegramUserId): Promise<Person | undefined> {
  return sql.row(Person, `select ${COLUMNS} from person where telegram_user_id = $1::bigint`, [id])
}

export function personById(sql: Sql, id: PersonId): Promise<Person | undefined> {
  return sql.row(Person, `select ${COLUMNS} from person where id = $1::uuid`, [id])
}

/** Which of these Telegram users are listed (unique index on telegram_user_id). */
export async function listedAmong(sql: Sql, ids: readonly number[]): Promise<Set<number>> {
  const rows = await sql.rows(z.object({ id: z.number() }), `select telegram_user_id as id from person where telegram_user_id = any($1::bigint[])`, [
    ids,
  ])
  return new Set(rows.map((row) => row.id))
}

/** Everybody listed, owners first. */
export function listPersons(sql: Sql): Promise<Person[]> {
  return sql.rows(Person, `select ${COLUMNS} from person where telegram_user_id is not null order by (role = 'owner') desc, created_at, id`)
}

/** Lists a person, or gives a listed one this role (unique telegram_user_id decides a race). A name once known stays. */
export function savePerson(tx: Sql, p: { id: string; telegramUserId: TelegramUserId; name: string; role: Role }): Promise<Person | undefined> {
  return tx.row(
    Person,
    `insert into person (id, telegram_user_id, name, role) values ($1::uuid, $2::bigint, $3::text, $4::text)
     on conflict (telegram_user_id) do update set role = excluded.role returning ${COLUMNS}`,
    [p.id, p.telegramUserId, p.name, p.role],
  )
}

const Listed = Person.extend({ username: z.string().nullable(), byHand: z.boolean(), admitted: z.boolean() })
export type Listed = z.infer<typeof Listed>
const LISTED = `${COLUMNS}, username, role_by is not null as "byHand", admitted`

/** Everybody listed, owners first, with whether somebody gave them their role, or their place on the list, by hand. */
export function listPeople(sql: Sql): Promise<Listed[]> {
  return sql.rows(Listed, `select ${LISTED} from person where telegram_user_id is not null order by (role = 'owner') desc, created_at, id`)
}

/** The listed person of this name at Telegram, without its @ (index person_username). */
export function personByUsername(sql: Sql, username: string): Promise<Listed | undefined> {
  return sql.row(Listed, `select ${LISTED} from person where username = $1::text and telegram_user_id is not null order by created_at desc limit 1`, [
    username.toLowerCase(),
  ])
}

/** Lists somebody with a role, or gives a listed person another, by a person's hand: a start keeps it. Never an owner (unique telegram_user_id decides a race). */
export function giveRole(
  tx: Tx,
  p: { id: string; telegramUserId: TelegramUserId; name: string; role: Role; by: PersonId },
): Promise<Person | undefined> {
  return tx.row(
    Person,
    `insert into person (id, telegram_user_id, name, role, role_by, admitted) values ($1::uuid, $2::bigint, $3::text, $4::text, $5::uuid, true)
     on conflict (telegram_user_id) do update set role = excluded.role, role_by = excluded.role_by where person.role <> 'owner' returning ${COLUMNS}`,
    [p.id, p.telegramUserId, p.name, p.role, p.by],
  )
}

/** What Telegram calls a listed person; somebody else who had the name has another by now. */
export async function setUsername(tx: Tx, { id, username: before }: Pick<Person, 'id' | 'username'>, username: string | null): Promise<void> {
  const name = username === null ? null : username.toLowerCase()
  if (name === before) return
  if (name !== null) await tx.run(`update person set username = null where username = $2::text and id <> $1::uuid`, [id, name])
  await tx.run(`update person set username = $2::text where id = $1::uuid`, [id, name])
}

/** Takes a person off the list: the row stays, for what refers to it; its number goes, so that nothing of theirs is let in. */
export function delistPerson(tx: Sql, id: PersonId): Promise<number> {
  return tx.run(`update person set telegram_user_id = null where id = $1::uuid`, [id])
}

export function namePerson(tx: Sql, id: PersonId, name: string): Promise<number> {
  return tx.run(`update person set name = $2::text where id = $1::uuid and name <> $2::text`, [id, name])
}

/** Makes one admission wait for another (two starts at once); held until the transaction ends. */
export function lockPersons(tx: Tx): Promise<number> {
  return tx.run(`lock table person in share row exclusive mode`)
}

/** Who speaks at the console of this machine: one person without a Telegram number, made when first needed. */
export async function consolePerson(tx: Tx, id: PersonId): Promise<Person> {
  const known = await tx.row(Person, `select ${COLUMNS} from person where telegram_user_id is null and role = 'owner' and name = 'console'`)
  if (known !== undefined) return known
  await tx.run(`insert into person (id, name, role) values ($1::uuid, 'console', 'owner')`, [id])
  return { id, telegramUserId: null, username: null, name: 'console', role: 'owner' }
}

/** Persons who paired by code, told by their event (index event_kind). */
export async function pairedPersons(sql: Sql): Promise<Set<PersonId>> {
  const rows = await sql.rows(
    z.object({ id: PersonId }),
    `select distinct person_id as id from event where kind = 'person.paired' and person_id is not null`,
  )
  return new Set(rows.map((row) => row.id))
}
