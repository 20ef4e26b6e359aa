/** The first person: by a one-time code shown at the console. The code itself is never stored, and tells nobody how near a guess was. */
import { timingSafeEqual } from 'node:crypto'
import { PersonId, TelegramUserId, oneLine, type Clock, type Ids } from '#core'
import {
  appendEvent,
  delistPerson,
  endPairing,
  listPeople,
  listPersons,
  lockPairing,
  lockPersons,
  pairedPersons,
  savePairing,
  savePerson,
  spendTry,
  type Db,
  type Person,
  type Sql,
  type Tx,
} from '#db'
import type { Incoming } from './arrival.ts'
import type { BotContext } from './ports.ts'
import { sha256 } from './receive.ts'

/** 128 bits: guessing is hopeless even without the other two limits. */
const CODE_BYTES = 16
const CODE_MS = 600_000
const CODE_TRIES = 5
const NAME_MAX = 64

export type NewPairing = {
  readonly code: string
  readonly expiresAt: Date
  /** The link that offers the code with one tap, for the bot of this name. */
  readonly link: (username: string) => string
}

/** Makes a new code, ending the one before. The code is answered once and kept nowhere. */
export async function createPairing(db: Sql, clock: Clock, ids: Ids): Promise<NewPairing> {
  const code = ids.token(CODE_BYTES)
  const expiresAt = new Date(clock.now().getTime() + CODE_MS)
  await savePairing(db, { codeSha256: sha256(code), expiresAt, triesLeft: CODE_TRIES })
  return { code, expiresAt, link: (username) => `https://t.me/${username}?start=${code}` }
}

/** Somebody offers a code. Answers the new owner, or undefined; a wrong code costs a try. Of two right ones at once the first wins. */
export async function tryPairing(tx: Tx, context: BotContext, offer: Extract<Incoming, { kind: 'pairing' }>): Promise<Person | undefined> {
  const pairing = await lockPairing(tx)
  if (pairing === undefined || pairing.triesLeft <= 0 || pairing.expiresAt <= context.clock.now()) return undefined
  if (!timingSafeEqual(Buffer.from(pairing.codeSha256, 'hex'), Buffer.from(offer.codeSha256, 'hex'))) {
    await spendTry(tx)
    context.log.warn({ triesLeft: pairing.triesLeft - 1 }, 'bot.pairing-wrong')
    return undefined
  }
  await endPairing(tx)
  const owner = await savePerson(tx, {
    id: PersonId.parse(context.ids.uuid()),
    telegramUserId: TelegramUserId.parse(offer.from),
    name: oneLine(offer.name, NAME_MAX) || String(offer.from),
    role: 'owner',
  })
  if (owner !== undefined) await appendEvent(tx, { personId: owner.id, door: 'telegram', kind: 'person.paired', data: { role: owner.role } })
  context.log.info({}, 'bot.paired')
  return owner
}

/**
 * Makes the list of persons be these numbers, the first the owner, the others approvers or what the owner made them.
 * Who is not among them loses access, but for an owner who paired and whom the owner listed by hand. Two starts at once wait for each other.
 */
export async function admitUsers(tx: Tx, telegramUserIds: readonly number[], ids: Ids): Promise<void> {
  await lockPersons(tx)
  const paired = await pairedPersons(tx)
  for (const person of await listPeople(tx))
    if (!telegramUserIds.includes(person.telegramUserId ?? 0) && !paired.has(person.id) && !person.admitted) await delistPerson(tx, person.id)
  const known = new Map((await listPeople(tx)).map((person) => [Number(person.telegramUserId), person]))
  for (const [index, number] of telegramUserIds.entries()) {
    const before = known.get(number)
    const role = index === 0 || (before !== undefined && paired.has(before.id)) ? 'owner' : before?.byHand === true ? before.role : 'approver'
    if (before?.role !== role) await savePerson(tx, { id: ids.uuid(), telegramUserId: TelegramUserId.parse(number), name: String(number), role })
  }
}

/** Whether anybody owns this bot; without one, a pairing code is due. */
export async function hasOwner(db: Pick<Db, 'rows'> & Sql): Promise<boolean> {
  return (await listPersons(db)).some((person) => person.role === 'owner')
}
