/** The bot about itself: getMe, the command menu, its descriptions. */
import { z } from 'zod'
import { badRequest } from '../refusal.ts'
import { botJson } from '../telegram-json.ts'
import type { World } from '../world.ts'
import type { JsonObject } from '../world-types.ts'
import type { Method } from './method.ts'

const MAX_COMMANDS = 100

export const getMe: Method = ({ world }) => botJson(world.bot)

const Place = z.object({ scope: z.record(z.string(), z.unknown()).default({ type: 'default' }), language_code: z.string().default('') })
const Commands = z.object({ commands: z.array(z.object({ command: z.string(), description: z.string() })) })
export type BotCommand = Readonly<{ command: string; description: string }>

const menus = new WeakMap<World, Map<string, readonly BotCommand[]>>()

function menuOf(world: World): Map<string, readonly BotCommand[]> {
  const menu = menus.get(world) ?? new Map<string, readonly BotCommand[]>()
  menus.set(world, menu)
  return menu
}

function place(parameters: JsonObject): string {
  const { scope, language_code: language } = Place.parse(parameters)
  return JSON.stringify([language, Object.entries(scope).toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

/** The commands of the default menu: what a phone offers after `/`. */
export function defaultCommands(world: World): readonly BotCommand[] {
  return menuOf(world).get(place({})) ?? []
}

export const setMyCommands: Method = ({ world }, parameters) => {
  const { commands } = Commands.parse(parameters)
  if (commands.length > MAX_COMMANDS) throw badRequest('BOT_COMMANDS_TOO_MUCH')
  for (const { command, description } of commands) {
    if (command === '') throw badRequest('command must be non-empty')
    if (description === '') throw badRequest('command description must be non-empty')
    if (!/^\/?[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID')
    if (Array.from(description).length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
  }
  menuOf(world).set(
    place(parameters),
    commands.map(({ command, description }) => ({ command: command.replace('/', ''), description })),
  )
  return true
}

export const getMyCommands: Method = ({ world }, parameters) => menuOf(world).get(place(parameters)) ?? []

export const deleteMyCommands: Method = ({ world }, parameters) => {
  menuOf(world).delete(place(parameters))
  return true
}

const abouts = new WeakMap<World, Map<string, string>>()

/** What the bot said of itself in the default language: a phone shows it in the empty chat. */
export function aboutBot(world: World): string | undefined {
  return abouts.get(world)?.get('description')
}

/** A text of the bot about itself, in the default language; others are not played. */
function textAbout(field: string, max: number): { set: Method; get: Method } {
  const set: Method = ({ world }, parameters) => {
    const text = z.string().default('').parse(parameters[field])
    if (Array.from(text).length > max) throw badRequest(`${field} is too long`)
    if (parameters['language_code'] !== undefined) throw badRequest('the simulator plays the default language only')
    const all = abouts.get(world) ?? new Map<string, string>()
    abouts.set(world, all)
    if (text === '') all.delete(field)
    else all.set(field, text)
    return true
  }
  return { set, get: ({ world }) => ({ [field]: abouts.get(world)?.get(field) ?? (field === 'name' ? world.bot.firstName : '') }) }
}

export const { set: setMyName, get: getMyName } = textAbout('name', 64)
export const { set: setMyDescription, get: getMyDescription } = textAbout('description', 512)
export const { set: setMyShortDescription, get: getMyShortDescription } = textAbout('short_description', 120)
