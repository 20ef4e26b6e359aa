import { createServer, type IncomingMessage } from 'node:http'
import { Api, GrammyError } from 'grammy'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startSimulator, type Simulator } from './server.ts'

const YOU = 1001
let simulator: Simulator
let api: Api

beforeEach(async () => {
  simulator = await startSimulator({ limits: false })
  api = new Api(simulator.botToken, { apiRoot: simulator.apiRoot })
  return simulator.close
})

const say = (text: string): unknown => simulator.world.sendText(YOU, YOU, text)
const texts = (updates: readonly { message?: { text?: string } | undefined }[]): (string | undefined)[] =>
  updates.map((update) => update.message?.text)
const describeError = (error: unknown): string => (error instanceof GrammyError ? `${error.error_code} ${error.description}` : String(error))

/** Resolves when a long poll hangs on the server. */
async function polling(count: number): Promise<void> {
  await expect.poll(() => simulator.calls.filter((call) => call.method === 'getUpdates').length, { interval: 5 }).toBe(count)
}

describe('polling', () => {
  test('answers what waits, again until it is confirmed', async () => {
    say('one')
    say('two')
    const first = await api.getUpdates()
    expect(texts(first)).toEqual(['one', 'two'])
    expect(first[1]?.update_id).toBe((first[0]?.update_id ?? 0) + 1)
    expect(await api.getUpdates()).toEqual(first)
    expect(texts(await api.getUpdates({ offset: first[1]?.update_id ?? 0 }))).toEqual(['two'])
    expect(texts(await api.getUpdates())).toEqual(['two'])
    expect(texts(await api.getUpdates({ offset: (first[1]?.update_id ?? 0) + 1 }))).toEqual([])
  })

  test('gives the limit, and a negative offset forgets all but the last', async () => {
    for (const text of ['1', '2', '3']) say(text)
    expect(texts(await api.getUpdates({ limit: 2 }))).toEqual(['1', '2'])
    expect(texts(await api.getUpdates({ offset: -1 }))).toEqual(['3'])
    expect(texts(await api.getUpdates())).toEqual(['3'])
  })

  test('an offset far beyond the newest update confirms nothing', async () => {
    say('kept')
    expect(texts(await api.getUpdates({ offset: 2_000_000_000 }))).toEqual(['kept'])
  })

  test('waits for the next update', async () => {
    const poll = api.getUpdates({ timeout: 50 })
    await polling(1)
    say('at last')
    expect(texts(await poll)).toEqual(['at last'])
  })

  test('answers nothing when its time is over', async () => {
    expect(await api.getUpdates({ timeout: 0.05 })).toEqual([])
  })

  test('the older of two pollers is ended with a 409', async () => {
    const older = api.getUpdates({ timeout: 50 }).catch(describeError)
    await polling(1)
    const newer = api.getUpdates({ timeout: 50 })
    expect(await older).toBe('409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running')
    say('for the newer')
    expect(texts(await newer)).toEqual(['for the newer'])
    expect(simulator.breaches).toMatchObject([{ kind: 'conflict' }])
  })

  test('a poller that is gone does not hold the place', async () => {
    const gone = new AbortController()
    const poll = fetch(`${simulator.apiRoot}/bot${simulator.botToken}/getUpdates?timeout=50`, { signal: gone.signal }).catch(() => 'gone')
    await polling(1)
    gone.abort()
    await poll
    await expect.poll(() => simulator.calls[0]?.outcome, { interval: 5 }).not.toBe('open')
    say('x')
    expect(texts(await api.getUpdates())).toEqual(['x'])
    expect(simulator.breaches).toEqual([])
  })

  test('reactions come only to a bot that names them', async () => {
    say('/start')
    const { message_id: id } = await api.sendMessage(YOU, 'card')
    const card = simulator.world.message(YOU, id)
    if (card === undefined) throw new Error('no card')
    const react = (emoji: string): unknown => simulator.world.react(YOU, card, emoji)
    react('👍')
    await api.getUpdates({ offset: -1, allowed_updates: ['message', 'message_reaction'] })
    react('👎')
    simulator.world.pressButton(YOU, card, { data: 'x' }, { forged: true })
    const updates = await api.getUpdates()
    expect(updates.map((update) => Object.keys(update)[1])).toEqual(['message', 'message_reaction'])
    expect(updates[1]?.message_reaction).toMatchObject({
      message_id: id,
      user: { id: YOU },
      old_reaction: [{ type: 'emoji', emoji: '👍' }],
      new_reaction: [{ type: 'emoji', emoji: '👎' }],
    })
    await api.getUpdates({ allowed_updates: [] })
    expect(simulator.world.updates.allows('message_reaction')).toBe(false)
    expect(simulator.world.updates.allows('callback_query')).toBe(true)
  })
})

type Hit = { secret: unknown; text: unknown }

/** A bot's webhook that answers with the given statuses in turn, then 200. */
async function hook(statuses: number[] = []): Promise<{ url: string; hits: Hit[]; arrived: (count: number) => Promise<void> }> {
  const hits: Hit[] = []
  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const text = await readText(request)
      hits.push({ secret: request.headers['x-telegram-bot-api-secret-token'], text: JSON.parse(text).message?.text })
      response.writeHead(statuses.shift() ?? 200).end()
    }
    void take()
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${port}/hook`,
    hits,
    arrived: async (count) => {
      await expect.poll(() => hits.length, { interval: 5 }).toBe(count)
    },
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

describe('a webhook', () => {
  test('gets every update in order with its secret, again until it says yes', async () => {
    const { url, hits, arrived } = await hook([500, 503])
    say('first')
    await api.setWebhook(url, { secret_token: 'a_secret-0123456789' })
    say('second')
    await arrived(4)
    expect(hits).toEqual(['first', 'first', 'first', 'second'].map((text) => ({ secret: 'a_secret-0123456789', text })))
    await expect.poll(async () => (await api.getWebhookInfo()).pending_update_count, { interval: 5 }).toBe(0)
    expect(await api.getWebhookInfo()).toMatchObject({ url, last_error_message: 'Wrong response from the webhook: 503 Service Unavailable' })
  })

  test('and polling do not go together', async () => {
    const { url } = await hook()
    const poll = api.getUpdates({ timeout: 50 }).catch(describeError)
    await polling(1)
    await api.setWebhook(url)
    expect(await poll).toBe('409 Conflict: terminated by setWebhook request')
    expect(await api.getUpdates().catch(describeError)).toBe(
      "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    await api.deleteWebhook()
    say('polled')
    expect(texts(await api.getUpdates())).toEqual(['polled'])
  })

  test('elsewhere, or with a wrong secret, is refused', async () => {
    const refused = async (url: string, secret = ''): Promise<string> => api.setWebhook(url, { secret_token: secret }).then(() => 'ok', describeError)
    expect(await refused('https://example.com/hook')).toBe('400 Bad Request: bad webhook: the simulator delivers to this machine only')
    expect(await refused('nonsense')).toBe('400 Bad Request: invalid webhook URL specified')
    expect(await refused('http://127.0.0.1:1/', 'a b')).toBe('400 Bad Request: secret token contains unallowed characters')
  })

  test('can drop what waits', async () => {
    say('old')
    await api.deleteWebhook({ drop_pending_updates: true })
    expect(await api.getUpdates()).toEqual([])
  })
})

describe('misbehaviour', () => {
  beforeEach(() => say('/start'))
  const bot = async (): Promise<string> => api.sendMessage(YOU, 'x').then(() => 'ok', describeError)
  const inChat = (): number => simulator.world.messages(YOU).length - 1

  test('a server error happens as often as asked, and nothing else does', async () => {
    simulator.faults.add({ kind: 'server-error', code: 500, method: 'sendMessage', times: 2 })
    expect([await bot(), await bot(), inChat(), await bot(), inChat()]).toEqual([
      '500 Internal Server Error',
      '500 Internal Server Error',
      0,
      'ok',
      1,
    ])
    expect(simulator.breaches).toEqual([])
  })

  test('a gateway error is no JSON', async () => {
    simulator.faults.add({ kind: 'server-error', code: 502 })
    expect(await bot()).toMatch(/^HttpError/)
  })

  test('a flood names its time', async () => {
    simulator.faults.add({ kind: 'flood', retryAfter: 7 })
    expect([await bot(), inChat()]).toEqual(['429 Too Many Requests: retry after 7', 0])
  })

  test('what was accepted happened, though nobody said so', async () => {
    simulator.faults.add({ kind: 'timeout-after-accept' })
    expect([await bot(), inChat()]).toEqual([expect.stringMatching(/^HttpError/), 1])
    simulator.faults.add({ kind: 'cut' })
    const answer = await fetch(`${simulator.apiRoot}/bot${simulator.botToken}/sendMessage?chat_id=${YOU}&text=x`)
    await expect(answer.text()).rejects.toThrow('terminated')
    expect(inChat()).toBe(2)
    expect(simulator.calls.map((call) => [call.outcome, call.fault])).toEqual([
      ['effect-unanswered', 'timeout-after-accept'],
      ['effect-unanswered', 'cut'],
    ])
  })

  test('a dropped request has no answer and no effect', async () => {
    simulator.faults.add({ kind: 'drop' })
    const gone = new AbortController()
    const call = fetch(`${simulator.apiRoot}/bot${simulator.botToken}/sendMessage?chat_id=${YOU}&text=x`, { signal: gone.signal }).catch(() => 'gone')
    await expect.poll(() => simulator.calls[0]?.outcome, { interval: 5 }).toBe('unanswered')
    gone.abort()
    expect([await call, inChat()]).toEqual(['gone', 0])
  })

  test('a conflict and a delay can be played on polling', async () => {
    simulator.faults.add({ kind: 'conflict', method: 'getUpdates' })
    expect(await api.getUpdates().catch(describeError)).toMatch(/^409 Conflict/)
    simulator.faults.add({ kind: 'delay', ms: 30, method: 'getUpdates' })
    const before = performance.now()
    await api.getUpdates()
    expect(performance.now() - before).toBeGreaterThanOrEqual(29)
    expect(simulator.breaches).toEqual([])
  })

  test('chance is the same for the same seed', () => {
    const draw = (): (string | undefined)[] => {
      simulator.faults.seed(7)
      const stop = simulator.faults.add({ kind: 'drop', probability: 0.5, times: 1000 })
      const drawn = Array.from({ length: 50 }, () => simulator.faults.next('sendMessage', {})?.kind)
      stop()
      return drawn
    }
    const first = draw()
    expect(draw()).toEqual(first)
    expect(new Set(first)).toEqual(new Set(['drop', undefined]))
  })

  test('updates come again, shuffled, though they were confirmed', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => index + 1)
    for (const id of ids) say(String(id))
    simulator.faults.redeliver({ copies: 2, shuffle: true })
    const seen: (string | undefined)[] = []
    for (let offset = 0; ;) {
      const batch = await api.getUpdates({ offset, limit: 10 })
      if (batch.length === 0) break
      seen.push(...texts(batch))
      offset = Math.max(...batch.map((update) => update.update_id)) + 1
    }
    const counts = ids.map((id) => seen.filter((text) => text === String(id)).length)
    expect(counts).toEqual(ids.map(() => 3))
    expect(seen.slice(0, 10)).not.toEqual(seen.slice(0, 10).toSorted((a, b) => Number(a) - Number(b)))
  })

  test('a client that confirms the newest of a batch loses nothing, though an earlier one died with its batch', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => String(index + 1))
    for (const id of ids) say(id)
    simulator.faults.redeliver({ copies: 2, shuffle: true })
    await api.getUpdates({ limit: 20 }) // never confirmed
    const seen = new Set<string | undefined>()
    for (let offset = 0; ;) {
      const batch = await api.getUpdates({ offset, limit: 10 })
      if (batch.length === 0) break
      for (const text of texts(batch)) seen.add(text)
      offset = Math.max(...batch.map((update) => update.update_id)) + 1
    }
    expect(ids.filter((id) => !seen.has(id))).toEqual([])
  })
})
