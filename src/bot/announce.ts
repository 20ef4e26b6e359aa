/** What Telegram itself is told about the bot: its command menu, and whether updates come by webhook. Changed only when different. */
import { sleep } from '#core'
import type { BotLog, BotPorts } from './ports.ts'
import { telegramDoor } from './act.ts'
import { ALLOWED_UPDATES } from './arrival.ts'
import type { Answer, Ask } from './telegram.ts'

/** The menu of a phone holds this many without scrolling for ever; the rest is in /help. */
const MENU_MAX = 15
const DESCRIPTION_MAX = 256

/** The secret may be another one the next time it is asked for. */
export type Webhook = { readonly url: string; readonly secret: () => string }

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
    return ask((api, signal) => api.setWebhook({ url: webhook.url, secret_token: webhook.secret(), allowed_updates: ALLOWED_UPDATES }, signal))
  const info = await ask((api, signal) => api.getWebhookInfo(signal))
  if (!info.ok || (info.value.url ?? '') === '') return info
  return ask((api, signal) => api.deleteWebhook({}, signal))
}

/** Telegram is away or refuses: asking at once again would not help. */
const WEBHOOK_AGAIN_MS = 5000
/** How often it is looked whether the secret is another one. Until Telegram knows it, what it posts is refused and posted again. */
const SECRET_LOOK_MS = 500

/** Tells Telegram the secret of the webhook whenever it was changed, until the signal aborts. */
export async function keepSecret(ask: Ask, webhook: Webhook, told: string, log: BotLog, signal: AbortSignal): Promise<void> {
  for (let known = told; !signal.aborted; await sleep(SECRET_LOOK_MS, signal)) {
    const secret = webhook.secret()
    if (secret === known) continue
    const door = await chooseDoor(ask, webhook)
    if (door.ok) {
      known = secret
      log.info({}, 'bot.webhook-secret-changed')
    } else {
      log.warn({ say: door.say }, 'bot.webhook-not-set')
      await sleep(WEBHOOK_AGAIN_MS, signal)
    }
  }
}
