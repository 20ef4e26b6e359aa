/** What a watcher of the process is told at the web door. */
import { expect, it } from 'vitest'
import { createApp } from './app.ts'

const ready = async (pollerAgeMs: number | undefined, database: () => Promise<void> = () => Promise.resolve()) => {
  const app = createApp({ database, pollerAgeMs: () => pollerAgeMs, log: { warn: () => undefined } })
  const answer = await app.request('/readyz')
  return { status: answer.status, body: await answer.json() }
}

it('is ready by the age of the last answer to a poll, and nothing else of Telegram', async () => {
  expect(await ready(1500)).toEqual({ status: 200, body: { ok: true, database: true, poller: { ok: true, ageMs: 1500 } } })
  expect(await ready(120_000)).toEqual({ status: 503, body: { ok: false, database: true, poller: { ok: false, ageMs: 120_000 } } })
  expect(await ready(undefined)).toEqual({ status: 200, body: { ok: true, database: true, poller: { ok: true, ageMs: null } } })
})

it('is not ready without its database', async () => {
  const away = (): Promise<void> => Promise.reject(new Error('away'))
  expect(await ready(10, away)).toEqual({ status: 503, body: { ok: false, database: false, poller: { ok: true, ageMs: 10 } } })
})
