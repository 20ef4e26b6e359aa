/** People and their roles. What a role may is each capability's own `may`; here the owner says who has which. */
import { LughError, ROLES, TelegramUserId, b, join, oneLine, type PersonId, type Role, type Text } from '#core'
import { appendEvent, delistPerson, giveRole, listPeople, personByUsername, type Listed } from '#db'
import { z } from 'zod'
import { capability, type Act, type Caller } from '../capability.ts'

const NAME_MAX = 64
const GIVEN = ['approver', 'member', 'viewer', 'none'] as const
const USAGE = 'Reply to somebody with /role member, or write /role @name member. Roles: approver, member, viewer, none.'
const none = 'who may do what is for the owner to say, at the phone or the console'

/** What each role may, in a line; the whole table is in docs/permissions.md. */
const MAY: Readonly<Record<Role, string>> = {
  owner: 'everything, and alone: projects, groups, roles, tokens',
  approver: 'allow, merge, undo, set modes and budgets; steer any task',
  member: 'start tasks, and steer their own',
  viewer: 'look, and nothing else',
}

export const people = capability({
  name: 'list_people',
  describe: 'Who may do what here.',
  input: z.object({}),
  output: z.object({
    people: z.array(z.object({ name: z.string(), username: z.string().nullable(), role: z.enum(ROLES), number: z.number().nullable() })),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'people', usage: '/people', example: '/people', parse: () => ({}) },
    cli: { verb: 'list_people', usage: 'list_people', parse: () => ({}) },
    mcp: { none },
  },
  act: async (act) => ({
    people: (await listPeople(act.tx)).map(({ name, username, role, telegramUserId }) => ({
      name,
      username,
      role,
      // Numbers are for who can use them.
      number: act.caller.role === 'owner' ? telegramUserId : null,
    })),
  }),
  say: (o) =>
    join([
      ...ROLES.flatMap((role): Text[] => {
        const names = o.people.filter((person) => person.role === role).map(lineOf)
        return names.length === 0 ? [] : [[b(role), ` · ${MAY[role]}`], ...names.map((name) => `  ${name}`)]
      }),
      'Whoever is not named here is answered once, and no more. /role changes who may what.',
    ]),
})

function lineOf({ name, username, number }: { name: string; username: string | null; number: number | null }): string {
  return [name, ...(username === null ? [] : [`@${username}`]), ...(number === null ? [] : [String(number)])].join(' · ')
}

const Wanted = z.object({
  who: z.string().max(80).optional(),
  user: z.number().int().positive().optional(),
  name: z.string().max(200).optional(),
  role: z.enum(GIVEN, USAGE),
})

/** Lists somebody with a role, changes it, or takes them off the list. */
export const setRole = capability({
  name: 'set_role',
  describe: 'Say what somebody may do here.',
  input: Wanted,
  output: z.object({ name: z.string(), role: z.enum(GIVEN), before: z.string(), back: z.boolean() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: { command: 'role', usage: '/role [@name] approver | member | viewer | none', example: '/role @anna member', parse: parseWords },
    cli: { verb: 'set_role', usage: 'set_role NUMBER|@name approver|member|viewer|none', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { none },
  },
  act: async (act, input) => {
    const known = await theListed(act, input)
    const number = known?.telegramUserId ?? (input.user === undefined ? undefined : TelegramUserId.parse(input.user))
    if (number === undefined || number === null) throw new LughError('not-found', notKnown(input.who))
    if (known?.role === 'owner') throw new LughError('conflict', `${known.name} owns this Lugh; an owner’s role cannot be changed here.`)
    const before = known?.role ?? 'none'
    const name = known?.name ?? (oneLine(input.name ?? '', NAME_MAX) || String(number))
    if (before === input.role)
      throw new LughError('conflict', before === 'none' ? `${name} is not on the list.` : `${name} is ${withArticle(before)} already.`)
    const person = await apply(act, { known, number, name, role: input.role })
    await appendEvent(act.tx, {
      personId: act.caller.personId,
      door: act.caller.door,
      kind: 'person.role-set',
      data: { person, from: before, to: input.role },
    })
    return { name, role: input.role, before, back: input.role === 'none' && known?.admitted === false }
  },
  say: (o) => {
    if (o.role !== 'none') return `${o.name} is ${withArticle(o.role)} now: ${MAY[o.role]}.`
    const gone = `${o.name} is off the list: nothing of theirs is let in any more.`
    return o.back ? `${gone} Where TELEGRAM_ALLOWED_USERS names them, take the number out there too, or the next start lists them again.` : gone
  },
})

async function apply(
  act: Act,
  { known, number, name, role }: { known: Listed | undefined; number: TelegramUserId; name: string; role: (typeof GIVEN)[number] },
): Promise<PersonId> {
  if (role === 'none') {
    if (known === undefined) throw new LughError('conflict', `${name} is not on the list.`)
    await delistPerson(act.tx, known.id)
    return known.id
  }
  const given = await giveRole(act.tx, { id: act.ids.uuid(), telegramUserId: number, name, role, by: act.caller.personId })
  if (given === undefined) throw new LughError('conflict', `${name} owns this Lugh; an owner’s role cannot be changed here.`)
  return given.id
}

async function theListed(act: Act, { who, user }: z.infer<typeof Wanted>): Promise<Listed | undefined> {
  if (who === undefined) return (await listPeople(act.tx)).find(({ telegramUserId }) => telegramUserId === user)
  if (who.startsWith('@')) return personByUsername(act.tx, who.slice(1))
  const named = (await listPeople(act.tx)).filter(({ name }) => name.toLowerCase() === who.toLowerCase())
  if (named.length > 1)
    throw new LughError(
      'input.invalid',
      `${named.length} people are called ${oneLine(who, 40)}. Use @name, a reply, or the number: /people shows both.`,
    )
  return named[0]
}

function notKnown(who: string | undefined): string {
  if (who === undefined) return USAGE
  return `I do not know ${oneLine(who, 40)}: Telegram tells a bot nobody’s number by their name. Reply to a message of theirs with the command, or give the number I told them when they wrote to me.`
}

function withArticle(role: string): string {
  return role === 'approver' || role === 'owner' ? `an ${role}` : `a ${role}`
}

/** The role is the last word; who is before it, or is whom the command points at. */
function parseWords(words: string, caller?: Pick<Caller, 'meant'>): z.input<typeof Wanted> {
  const all = words
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '')
  const role = GIVEN.find((one) => one === all.at(-1)?.toLowerCase())
  if (role === undefined) throw new LughError('input.invalid', USAGE)
  const who = all.slice(0, -1).join(' ')
  if (/^\d{1,15}$/u.test(who)) return { user: Number(who), role }
  if (who.startsWith('@')) return { who, role }
  const meant = caller?.meant
  if (meant === undefined) {
    if (who === '') throw new LughError('input.invalid', USAGE)
    return { who, role }
  }
  if (meant.isBot) throw new LughError('input.invalid', 'Programs have tokens, not roles: /token add.')
  return { user: meant.id, name: meant.name, role }
}
