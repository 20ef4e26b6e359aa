/** The simulated Telegram as its users see it: what it holds, who watches, and what people can do. */
import type { Clock } from '#core'
import { personActs, type PersonActs } from './person-acts.ts'
import type { BotUser, User } from './world-types.ts'
import { WorldStore } from './world-store.ts'

export type World = WorldStore & PersonActs

/** The person a world holds when none is named. */
export const YOU: Omit<User, 'isBot'> = { id: 1001, firstName: 'You', username: 'you', languageCode: 'en' }

const BOT: BotUser = {
  id: 7_000_000_001,
  isBot: true,
  firstName: 'Lugh',
  username: 'lugh_simulated_bot',
  readsAllGroupMessages: false,
  hasTopics: false,
}

/** `after`: message and update numbers start beyond it, so that a bot which remembers an earlier world never meets the same number twice. */
export type WorldOptions = Readonly<{ bot?: Partial<Omit<BotUser, 'isBot'>>; users?: readonly Omit<User, 'isBot'>[]; clock?: Clock; after?: number }>

/** A world with a bot and its people (by default one, "You", with an unstarted private chat). */
export function createWorld(options: WorldOptions = {}): World {
  const store = new WorldStore({ ...BOT, ...options.bot }, options.clock, options.after)
  for (const user of options.users ?? [YOU]) store.addPerson(user)
  return Object.assign(store, personActs(store))
}
