/** The simulator's page in a real browser, for tests and pictures. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'
import type { Entity, Markup, Message, World } from '#simulator'
import { KEY, openStage, type Stage } from './stage.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where chromium is on this machine, or undefined. */
export function findChromium(): string | undefined {
  return PLACES.find((place) => existsSync(place))
}

/** Starts chromium with a profile of its own; throws when there is none. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium() ?? 'chromium', headless: true, args: FLAGS })
}

export type PhoneOptions = {
  /** A running browser to open a fresh context in; one is started (and closed) when left out. */
  browser?: Browser
  colorScheme?: 'light' | 'dark'
  viewport?: { width: number; height: number }
  touch?: boolean
  stage?: Stage
}
export type Phone = Awaited<ReturnType<typeof openPhone>>

/** Opens the page as a new visitor. `faults` collects what the page's console and the policy complain about. */
export async function openPhone({ colorScheme = 'light', viewport = { width: 390, height: 844 }, touch = true, ...given }: PhoneOptions = {}) {
  const stage = given.stage ?? (await openStage())
  const browser = given.browser ?? (await launchBrowser())
  const context = await browser.newContext({ viewport, colorScheme, hasTouch: touch, isMobile: touch, locale: 'en-GB' })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto(`${stage.origin}/?key=${KEY}`)
  await page.locator('#foot').waitFor()
  const close = async (): Promise<void> => {
    await context.close()
    if (given.browser === undefined) await browser.close()
    await stage.close()
  }
  return { stage, world: stage.world, page, faults, close }
}

/** What the bot says, as its Bot API calls would make it. */
export function botSays(world: World, text: string, more: Partial<Omit<Message, 'id' | 'from'>> = {}): Message {
  return world.addMessage(world.bot, 1001, { text, ...more })
}

/** Entities by the words they cover: `['bold', 'Lugh']`, `['pre', code, 'ts']`. */
export function marks(text: string, ...list: readonly (readonly [type: string, words: string, extra?: string])[]): Entity[] {
  let from = 0
  return list.map(([type, words, extra]) => {
    const offset = Math.max(text.indexOf(words, from), text.indexOf(words))
    from = offset
    const more = extra === undefined ? {} : type === 'pre' ? { language: extra } : { url: extra }
    return { type, offset, length: words.length, ...more }
  })
}

/** An inline keyboard from labels, row by row. */
export function keys(...rows: readonly (readonly string[])[]): Markup {
  return { kind: 'inline', rows: rows.map((row) => row.map((text) => ({ text, callback_data: text }))) }
}

/** Waits until the page shows these words. */
export async function sees(page: Page, words: string | RegExp): Promise<void> {
  await page.locator('#phone').getByText(words).filter({ visible: true }).first().waitFor()
}
