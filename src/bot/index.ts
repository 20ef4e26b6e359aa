/** Telegram in and out. The only room that speaks grammY; it knows nothing of tasks. */
export { createBot, type Bot, type BotOptions, type BotStatus } from './create-bot.ts'
export type { Webhook } from './announce.ts'
export { admitUsers, createPairing, hasOwner, type NewPairing } from './pairing.ts'
export type { BotContext, BotLog, BotPorts, Said } from './ports.ts'
export { TELEGRAM_LIMITS, type RateLimits } from './rates.ts'
