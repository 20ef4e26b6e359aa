/** What the console says when Lugh is ready: where to go, and how to become its owner. */
import type { Clock, Ids } from '#core'
import { createPairing, hasOwner, type Bot } from '#bot'
import type { Db } from '#db'
import type { Facts } from '#orchestrator'
import qr from 'qrcode-terminal'
import type { Outside } from './stand-ins.ts'

export type Greeting = {
  readonly facts: Facts
  readonly outside: Outside
  readonly bot: Bot
  readonly db: Db
  readonly clock: Clock
  readonly ids: Ids
}

export async function greet(terminal: { readonly print: (text: string) => void }, g: Greeting): Promise<void> {
  const { print } = terminal
  print(
    `\nLugh ${g.facts.version} is ready${g.facts.label === undefined ? '' : ` (${g.facts.label})`}. Store: ${g.facts.store}. Sandbox: ${g.facts.sandbox}.`,
  )
  const problem = g.facts.engineProblem?.()
  if (problem !== undefined) print(`⚠️ ${problem}`)
  if (g.outside.pageUrl !== undefined) {
    print(
      `\nOpen the phone page:\n\n  ${g.outside.pageUrl}\n\nEverything stays on this machine. With a bot token in .env the same runs in Telegram (README).`,
    )
    return
  }
  const username = g.bot.status().username ?? 'your_bot'
  print(`The bot is https://t.me/${username}`)
  if (await hasOwner(g.db)) return
  const { code, link } = await createPairing(g.db, g.clock, g.ids)
  print(`\nNobody owns this bot yet. Within 10 minutes send it\n\n  /start ${code}\n\nor open ${link(username)}\n`)
  qr.generate(link(username), { small: true }, print)
}
