/** What Telegram itself is told about the bot: its command menu, and whether updates come by webhook. Changed only when different. */
import type { BotLog, BotPorts } from './ports.ts'
import { telegramDoor } from './act.ts'
import { ALLOWED_UPDATES } from './arrival.ts'
import type { Answer, Ask } from './telegram.ts'

/** The menu of a phone holds this many without scrolling for ever; the rest is in /help. */
const MENU_MAX = 15
const DESCRIPTION_MAX = 256

export type Webhook = { readonly url: string; readonly secret: string }

/** The commands of the menu, each word once, in the registry's order. */
export function menuOf(ports: Pick<BotPorts, 'capabilities'>): { command: string; description: string }[] {
  const menu = new Map<string, string>()
  for (const capability of ports.capabilities) {
    const door = telegramDoor(capability)
    const command = door?.command?.split(' ')[0]
    if (door?.menu === true && command !== undefined && !menu.has(command)) menu.set(command, capability.describe.slice(0, DESCRIPTION_MAX))
  }
  return [...menu].slice(0, MENU_MAX).map(([command, description]) => ({ command, description }))
}

/** Sets the menu unless it is so already. A failure is logged: the bot works without it. */
export async function announceMenu(ask: Ask, ports: BotPorts, log: BotLog): Promise<void> {
  const menu = menuOf(ports)
  const now = await ask((api, signal) => api.getMyCommands({}, signal))
  if (now.ok && JSON.stringify(now.value) === JSON.stringify(menu)) return
  const set = now.ok ? await ask((api, signal) => api.setMyCommands({ commands: menu }, signal)) : now
  if (!set.ok) log.warn({ say: set.say }, 'bot.menu-not-set')
}

/** Makes updates come by webhook, or no longer. Waiting updates are kept. */
export async function chooseDoor(ask: Ask, webhook: Webhook | undefined): Promise<Answer<unknown>> {
  if (webhook !== undefined)
    return ask((api, signal) => api.setWebhook({ url: webhook.url, secret_token: webhook.secret, allowed_updates: ALLOWED_UPDATES }, signal))
  const info = await ask((api, signal) => api.getWebhookInfo(signal))
  if (!info.ok || (info.value.url ?? '') === '') return info
  return ask((api, signal) => api.deleteWebhook({}, signal))
}
