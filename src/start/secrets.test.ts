/** A key that is changed in `.env` is used by the next call, without a restart, and the old one is still nowhere said. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchModelKeys } from '#config'
import { redactKeys } from '#core'
import { createEngines } from '#engines'
import { startModelServer } from '#simulator'
import { afterEach, expect, test } from 'vitest'
import { learntKeys } from './secrets.ts'

const [OLD, NEW] = ['the-key-of-before', 'the-key-from-now-on']
const folder = mkdtempSync(join(tmpdir(), 'lugh-keys-'))
const env = (text: string): void => writeFileSync(join(folder, '.env'), text)
afterEach(() => rmSync(join(folder, '.env'), { force: true }))

test('the next call after a change uses the new key; what is redacted only ever grows', async () => {
  env(`ANTHROPIC_API_KEY=${OLD}\n`)
  const keys = learntKeys(watchModelKeys({}, folder))
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
  const keys = watchModelKeys({ ANTHROPIC_API_KEY: 'from outside' }, folder)
  expect(keys()).toEqual({ anthropic: 'from outside', openai: OLD })
  env(`ANTHROPIC_API_KEY=${NEW}\nOPENAI_API_KEY=${NEW}\n`)
  expect(keys()).toEqual({ anthropic: 'from outside', openai: NEW })
  rmSync(join(folder, '.env'))
  expect(keys()).toEqual({ anthropic: 'from outside' })
})
