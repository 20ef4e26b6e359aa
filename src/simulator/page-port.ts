/** How the phone page hangs on the simulator's HTTP server: it is asked before the Bot API's own routes. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BotCommand } from './methods/commands.ts'
import type { World } from './world.ts'

/** Answers true when it took the request (and will end the response), false to leave it to the Bot API. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => boolean

/** What the page is given: the world it shows and acts on, the one-time key of its URL, the port to check Host against, and what the bot says of itself. */
export type PageInput = Readonly<{
  world: World
  key: string
  port: () => number
  commands?: () => readonly BotCommand[]
  about?: () => string | undefined
}>

export type MountPage = (input: PageInput) => PageHandler
