import { request as httpRequest } from 'node:http'
import { Api } from 'grammy'
import { beforeEach, describe, expect, test } from 'vitest'
import { startBot, told, type SimulatedBot } from '../../test/support/simulated-bot.ts'
import { startSimulator, type SimulatorOptions } from './server.ts'

const YOU = 1001
let simulator: SimulatedBot['simulator']
let api: SimulatedBot['api']
let raw: SimulatedBot['raw']

async function start(options: SimulatorOptions = {}): Promise<void> {
  ;({ simulator, api, raw } = await startBot(options))
}

describe('starting', () => {
  test('is refused where an environment label is set', async () => {
    await expect(startSimulator({ label: 'prod' })).rejects.toMatchObject({ code: 'config.invalid' })
  })

  test('listens on loopback only', async () => {
    await start()
    expect(simulator.apiRoot).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  test('is refused on a port that is taken', async () => {
    await start()
    await expect(startSimulator({ port: Number(new URL(simulator.apiRoot).port) })).rejects.toMatchObject({ code: 'internal' })
  })
})

describe('asking', () => {
  beforeEach(() => start())

  test('with another token is unauthorized', async () => {
    const other = new Api('123:another-token-of-some-length', { apiRoot: simulator.apiRoot })
    expect(await told(other.getMe())).toBe('401 Unauthorized')
    expect(simulator.breaches).toMatchObject([{ kind: 'unauthorized' }])
  })

  test('for a method nobody documented is 404, for one not played 400', async () => {
    expect(await raw('sendMesage')).toEqual({ ok: false, error_code: 404, description: 'Not Found: method not found' })
    expect(await raw('getStarTransactions')).toEqual({
      ok: false,
      error_code: 400,
      description: 'Bad Request: the simulator does not play the method getStarTransactions',
    })
    expect(simulator.breaches.map(({ kind }) => kind)).toEqual(['unknown-method', 'bad-request'])
  })

  test('with an undocumented parameter is refused and noted', async () => {
    simulator.world.sendText(YOU, YOU, '/start')
    const answer = await raw('sendMessage', JSON.stringify({ chat_id: YOU, text: 'x', keyboard: [] }))
    expect(answer).toMatchObject({ ok: false, error_code: 400 })
    expect(simulator.breaches).toMatchObject([{ kind: 'unknown-parameter', method: 'sendMessage' }])
    expect(simulator.world.messages(YOU)).toHaveLength(1)
  })

  test.each([
    ['GET', async () => raw(`sendMessage?chat_id=${YOU}&text=hi`)],
    ['JSON', async () => raw('sendmessage', JSON.stringify({ chat_id: String(YOU), text: 'hi' }))],
    [
      'a form',
      async () => raw('SendMessage', new URLSearchParams({ chat_id: String(YOU), text: 'hi' }).toString(), 'application/x-www-form-urlencoded'),
    ],
  ])('works by %s', async (_way, ask) => {
    simulator.world.sendText(YOU, YOU, '/start')
    expect(await ask()).toMatchObject({ ok: true, result: { message_id: 2, text: 'hi', chat: { id: YOU, type: 'private' } } })
  })

  test('with what is no JSON is refused', async () => {
    expect(await raw('getMe', '{"a"')).toMatchObject({ ok: false, error_code: 400, description: "Bad Request: can't parse JSON object" })
  })

  test('for itself tells who the bot is', async () => {
    expect(await api.getMe()).toMatchObject({
      is_bot: true,
      id: simulator.world.bot.id,
      username: 'lugh_simulated_bot',
      can_read_all_group_messages: false,
    })
  })

  test('for nothing of the Bot API is 404', async () => {
    const answer = await fetch(`${simulator.apiRoot}/`)
    expect([answer.status, await answer.json()]).toEqual([404, { ok: false, error_code: 404, description: 'Not Found' }])
  })
})

test('what the bot says of itself is kept', async () => {
  await start()
  await api.setMyDescription('A coding team in your pocket.')
  expect(await api.getMyDescription()).toEqual({ description: 'A coding team in your pocket.' })
  expect(await api.getMyName()).toEqual({ name: 'Lugh' })
})

test('a page is asked before the Bot API, and told what the menu holds', async () => {
  const asked: unknown[] = []
  await start({
    page:
      ({ key, port, commands, about }) =>
      (request, response) => {
        asked.push([request.url, port() > 0, commands?.(), about?.()])
        if (!request.url?.startsWith(`/?key=${key}`)) return false
        response.end('page')
        return true
      },
  })
  await api.setMyCommands([{ command: 'stop', description: 'Stop it' }])
  await api.setMyDescription('Hi')
  expect(await (await fetch(simulator.pageUrl ?? '')).text()).toBe('page')
  expect(asked.at(-1)).toEqual([expect.stringMatching(/^\/\?key=[\w-]{22}$/), true, [{ command: 'stop', description: 'Stop it' }], 'Hi'])
})

test('too much too fast is a 429, and writing on through it a breach', async () => {
  let now = 1_800_000_000_000
  await start({ limits: { chat: { perSecond: 1, burst: 1 } }, clock: { now: () => new Date(now) } })
  simulator.world.sendText(YOU, YOU, '/start')
  expect(await told(api.sendMessage(YOU, '1'))).toBe('ok')
  const refused = await api.sendMessage(YOU, '2').catch((error: unknown) => error)
  expect(refused).toMatchObject({ error_code: 429, description: 'Too Many Requests: retry after 1', parameters: { retry_after: 1 } })
  expect(simulator.breaches).toEqual([])
  now += 900
  expect(await told(api.sendMessage(YOU, '3'))).toBe('429 Too Many Requests: retry after 1')
  expect(simulator.breaches).toMatchObject([{ kind: 'flood-ignored' }])
  now += 100
  expect(await told(api.sendMessage(YOU, '4'))).toBe('ok')
})

test('the log holds every call with what came of it', async () => {
  await start()
  simulator.world.sendText(YOU, YOU, '/start')
  await api.sendMessage(YOU, 'x')
  await told(api.deleteMessage(YOU, 9))
  expect(simulator.calls).toMatchObject([
    { method: 'sendMessage', parameters: { chat_id: YOU, text: 'x' }, outcome: 'ok', result: { message_id: 2 } },
    { method: 'deleteMessage', outcome: 'refused', error: { code: 400, description: 'Bad Request: message to delete not found' } },
  ])
})

test('a web page that rebound its name to loopback gets nothing', async () => {
  await start()
  const { port } = new URL(simulator.apiRoot)
  const status = await new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: `/bot${simulator.botToken}/getMe`, headers: { host: 'evil.example' } }
    httpRequest(options, (response) => resolve(response.statusCode))
      .on('error', reject)
      .end()
  })
  expect([status, simulator.calls]).toEqual([403, []])
})

test('an address that is no address is answered, and nothing falls over', async () => {
  await start()
  expect((await fetch(`${simulator.apiRoot}/bot%E0%A4%A/getMe`)).status).toBe(401)
  expect((await fetch(`${simulator.apiRoot}/%`)).status).toBe(404)
  expect(await api.getMe()).toMatchObject({ is_bot: true })
})

test('a body of more than an upload may hold is not read', async () => {
  await start()
  const { port } = new URL(simulator.apiRoot)
  const status = await new Promise((resolve) => {
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      path: `/bot${simulator.botToken}/sendDocument`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    request.on('response', (response) => resolve(response.statusCode))
    request.on('error', () => resolve('cut'))
    request.end(Buffer.alloc(52 * 1024 * 1024))
  })
  expect([413, 'cut']).toContain(status)
})
