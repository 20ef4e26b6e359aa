/** A secret that is changed in `.env` is used by the next call, without a restart, and the old one is still nowhere said. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchSecrets } from '#config'
import { redactKeys } from '#core'
import { createEngines } from '#engines'
import { startModelServer } from '#simulator'
import { afterEach, expect, test } from 'vitest'
import { createApp } from '#http'
import { learntSecrets } from './secrets.ts'

const [OLD, NEW] = ['the-key-of-before', 'the-key-from-now-on']
const folder = mkdtempSync(join(tmpdir(), 'lugh-keys-'))
const env = (text: string): void => writeFileSync(join(folder, '.env'), text)
afterEach(() => rmSync(join(folder, '.env'), { force: true }))

test('the next call after a change uses the new key; what is redacted only ever grows', async () => {
  env(`ANTHROPIC_API_KEY=${OLD}\n`)
  const { now: keys } = learntSecrets(watchSecrets([join(folder, '.env')], {}))
  const server = await startModelServer({ script: [{ name: 'all', match: () => true, turns: [{ say: 'Hello.' }] }], apiKey: NEW })
  const engine = createEngines({ anthropic: { apiKey: () => keys().anthropic, baseUrl: server.url }, openai: {} }).get('anthropic')
  const ask = (): unknown =>
    engine?.turn({
      model: 'claude-sonnet-5-5',
      system: 'You are a test.',
      transcript: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
      tools: [],
      signal: AbortSignal.timeout(20_000),
    })
  await expect(ask()).rejects.toMatchObject({ code: 'model.refused' })
  env(`ANTHROPIC_API_KEY=${NEW}\nOPENAI_API_KEY=\n`)
  await expect(ask()).resolves.toMatchObject({ stop: 'end' })
  expect(redactKeys(`${OLD} ${NEW}`)).toBe('⟦secret, 17 characters⟧ ⟦secret, 19 characters⟧')
  env('')
  await expect(ask()).rejects.toMatchObject({ code: 'model.no-key' })
  expect([engine?.available().ok, keys()]).toEqual([false, {}])
  await server.close()
})

test('what the environment sets wins over the file, whatever the file says later', () => {
  env(`ANTHROPIC_API_KEY=${OLD}\nOPENAI_API_KEY=${OLD}\n`)
  const { now: keys, changes } = watchSecrets([join(folder, '.env')], { ANTHROPIC_API_KEY: 'from outside' })
  expect(keys()).toEqual({ anthropic: 'from outside', openai: OLD })
  env(`ANTHROPIC_API_KEY=${NEW}\nOPENAI_API_KEY=${NEW}\n`)
  expect(keys()).toEqual({ anthropic: 'from outside', openai: NEW })
  rmSync(join(folder, '.env'))
  expect([keys(), changes().map(({ name }) => name)]).toEqual([{ anthropic: 'from outside' }, ['OPENAI_API_KEY']])
})

const [BOT, OTHER_BOT] = ['7000000001:the-first-token-of-the-bot', '7000000002:a-token-of-another-bot']
const RENEWED = '7000000001:the-second-token-of-the-bot'
const HOOK = ['the-first-secret-of-the-hook', 'the-second-secret-of-the-hook'] as const

test('what would make Lugh deaf is not taken over, what only a start can take up is said', () => {
  const at = new Date('2026-11-21T17:02:00Z')
  env(`TELEGRAM_BOT_TOKEN=${BOT}\nTELEGRAM_WEBHOOK_SECRET=${HOOK[0]}\nDATABASE_URL=postgres://a:old@x/y\n`)
  const watch = watchSecrets([join(folder, '.env')], {}, () => at)
  const first = { botToken: BOT, webhookSecret: HOOK[0] }
  expect([watch.now(), watch.changes()]).toEqual([first, []])
  for (const text of ['', 'TELEGRAM_BOT_TOKEN=7000000001:cut\nTELEGRAM_WEBHOOK_SECRET=short\n', `TELEGRAM_BOT_TOKEN=${OTHER_BOT}\n`]) {
    env(text)
    expect(watch.now(), text).toEqual(first)
    expect(watch.changes().map(({ used }) => used)).toEqual([false, false, false])
  }
  env(`TELEGRAM_BOT_TOKEN=${RENEWED}\nTELEGRAM_WEBHOOK_SECRET=${HOOK[1]}\nDATABASE_URL=postgres://a:new@x/y\n`)
  expect(watch.now()).toEqual({ botToken: RENEWED, webhookSecret: HOOK[1] })
  expect(watch.changes()).toEqual([
    { name: 'TELEGRAM_BOT_TOKEN', at, used: true },
    { name: 'TELEGRAM_WEBHOOK_SECRET', at, used: true },
    { name: 'DATABASE_URL', at, used: false },
  ])
})

test('the old secret of a webhook opens nothing from the moment it was changed', async () => {
  env(`TELEGRAM_WEBHOOK_SECRET=${HOOK[0]}\n`)
  const { now } = learntSecrets(watchSecrets([join(folder, '.env')], {}))
  const received: unknown[] = []
  const receive = (update: unknown): Promise<void> => Promise.resolve(void received.push(update))
  const secret = (): string => now().webhookSecret ?? ''
  const app = createApp({
    database: () => Promise.resolve(),
    pollerAgeMs: () => undefined,
    log: { warn: () => undefined },
    webhook: { secret, receive },
  })
  const post = async (with_: string): Promise<number> => {
    const headers = { 'x-telegram-bot-api-secret-token': with_ }
    return (await app.request('/telegram/webhook', { method: 'POST', headers, body: '{"update_id":1}' })).status
  }
  expect([await post(HOOK[0]), await post(HOOK[1]), await post('')]).toEqual([200, 401, 401])
  env(`TELEGRAM_WEBHOOK_SECRET=${HOOK[1]}\n`)
  expect([await post(HOOK[0]), await post(HOOK[1]), received.length]).toEqual([401, 200, 2])
  expect(redactKeys(HOOK.join(' '))).toBe('⟦secret, 28 characters⟧ ⟦secret, 29 characters⟧')
})
