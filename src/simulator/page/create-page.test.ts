import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { KEY, openStage, type Stage } from '../../../test/support/stage.ts'
import { createPage } from './create-page.ts'

const ADA = 1001
const open: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

async function stage(): Promise<Stage> {
  const made = await openStage()
  open.push(made.close)
  return made
}

type Answer = { status: number; headers: IncomingHttpHeaders; body: string }
type Ask = { method?: string; headers?: Record<string, string>; body?: string }

/** A plain request: `fetch` would not let a test choose Host, Origin and Cookie. */
function ask({ port }: Stage, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    request.on('error', reject).end(body)
  })
}

/** The cookie a browser keeps after opening the printed link. */
async function enter(at: Stage): Promise<string> {
  const { headers } = await ask(at, `/?key=${KEY}`)
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

type Line = { id: string; event: string; data: unknown }

/** An open event stream whose lines can be awaited one by one. */
async function listen({ port }: Stage, headers: Record<string, string>) {
  const lines: Line[] = []
  const waiting: (() => void)[] = []
  let rest = ''
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path: '/page/events', headers: { host: `127.0.0.1:${port}`, ...headers } }, resolve)
    request.on('error', reject).end()
    open.push(() => void request.destroy())
  })
  response.on('error', () => undefined)
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    lines.push(...blocks.filter((block) => block.startsWith('id: ')).map(parse))
    for (const wake of waiting.splice(0)) wake()
  })
  async function next(): Promise<Line> {
    while (lines.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    return z.custom<Line>().parse(lines.shift())
  }
  return { status: response.statusCode, next }
}

function parse(block: string): Line {
  const field = (name: string): string =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? ''
  const data: unknown = JSON.parse(field('data'))
  return { id: field('id'), event: field('event'), data }
}

const ids = z.object({ messages: z.array(z.object({ id: z.number() })) }).transform(({ messages }) => messages.map(({ id }) => id))

function post(at: Stage, cookie: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(at, '/page/act', {
    method: 'POST',
    headers: { cookie, origin: `http://127.0.0.1:${at.port}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

test('the printed link shows the page and gives a cookie no script and no other site can use', async () => {
  const at = await stage()
  const { status, headers, body } = await ask(at, `/?key=${KEY}`)
  expect({ status, type: headers['content-type'], page: body.startsWith('<!doctype html>') }).toEqual({
    status: 200,
    type: 'text/html; charset=utf-8',
    page: true,
  })
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(/^lugh_page_[0-9a-f]{12}=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/),
  ])
})

test('without the link nobody sees or does anything', async () => {
  const at = await stage()
  const paths = [
    '/',
    '/?key=',
    `/?key=${'x'.repeat(32)}`,
    `/?key=${KEY}x`,
    `/?key=${KEY.slice(1)}`,
    '/page/events',
    '/page/older?before=9',
    '/page/file/SIM1-x',
  ]
  const answers = await Promise.all(paths.map((path) => ask(at, path, { headers: { cookie: 'lugh_page_000000000000=x' } })))
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 401, 401, 401])
  expect((await post(at, '', { act: 'send', text: 'hi' })).status).toBe(401)
  expect(at.world.messages(ADA)).toEqual([])
})

test('a reload works, with and without the key in the address', async () => {
  const at = await stage()
  const cookie = await enter(at)
  await listen(at, { cookie })
  const again = await Promise.all(['/', `/?key=${KEY}`].map((path) => ask(at, path, { headers: { cookie } })))
  expect(again.map(({ status, headers }) => [status, headers['set-cookie']])).toEqual([
    [200, undefined],
    [200, undefined],
  ])
})

test('a key found later opens nothing: the first browser that listens keeps the page', async () => {
  const at = await stage()
  const scanner = await enter(at)
  const browser = await enter(at)
  await listen(at, { cookie: browser })
  expect((await ask(at, `/?key=${KEY}`)).status).toBe(403)
  expect((await ask(at, '/', { headers: { cookie: scanner } })).status).toBe(403)
  expect((await ask(at, '/page/events', { headers: { cookie: scanner } })).status).toBe(401)
  expect((await post(at, browser, { act: 'send', text: 'hi' })).status).toBe(200)
})

test('a client that keeps no cookies cannot make sessions without end', async () => {
  const at = await stage()
  const statuses: number[] = []
  for (let turn = 0; turn < 40; turn += 1) statuses.push((await ask(at, `/?key=${KEY}`)).status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(32)
})

test('a key that could be guessed is not accepted at all', async () => {
  const { world } = await stage()
  expect(() => createPage({ world, key: 'short', port: () => 1 })).toThrow('at least 22 characters')
})

test('only loopback names with the right port are answered', async () => {
  const at = await stage()
  const hosts = [`127.0.0.1:${at.port}`, `localhost:${at.port}`, `[::1]:${at.port}`, `evil.example:${at.port}`, `127.0.0.1.evil.example:${at.port}`]
  const others = [`localhost:${at.port + 1}`, 'localhost', `user@localhost:${at.port}`]
  const answers = await Promise.all([...hosts, ...others].map((host) => ask(at, '/page/assets/main.js', { headers: { host } })))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 421, 421, 421, 421, 421])
})

test('an act counts only from this very page', async () => {
  const at = await stage()
  const cookie = await enter(at)
  const say = { act: 'send', text: 'hi' }
  const refused = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://localhost:${at.port}` },
    { origin: `http://127.0.0.1:${at.port + 1}` },
    { origin: `https://127.0.0.1:${at.port}` },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
  ]
  for (const headers of refused) expect([headers, (await post(at, cookie, say, headers)).status]).toEqual([headers, 403])
  const bare = await ask(at, '/page/act', { method: 'POST', headers: { cookie, 'content-type': 'application/json' }, body: JSON.stringify(say) })
  expect(bare.status).toBe(403)
  expect((await post(at, cookie, say, { 'content-type': 'text/plain' })).status).toBe(415)
  expect(at.world.messages(ADA)).toEqual([])
  expect((await post(at, cookie, say, { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
})

test('another page on this machine cannot read the stream or files', async () => {
  const at = await stage()
  const cookie = await enter(at)
  const refused = [{ origin: `http://127.0.0.1:${at.port + 1}` }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'cross-site' }]
  for (const headers of refused) expect((await ask(at, '/page/events', { headers: { cookie, ...headers } })).status).toBe(403)
})

test('every answer forbids foreign and inline script, sniffing, framing and caching', async () => {
  const at = await stage()
  const cookie = await enter(at)
  const paths = ['/', '/page/assets/main.js', '/page/assets/none.js', '/page/none', '/page/older?before=1']
  const answers = await Promise.all(paths.map((path) => ask(at, path, { headers: { cookie } })))
  const strict = {
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
      "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
  for (const { headers } of answers) expect(headers).toMatchObject(strict)
})

test('the page names nothing outside of this server and holds no inline script or style', async () => {
  const at = await stage()
  const { body } = await ask(at, `/?key=${KEY}`)
  expect(body.match(/(?:src|href)="[^"]*"/g)?.every((link) => /="\/page\/assets\/[\w.]+"$/.test(link))).toBe(true)
  expect(body).not.toMatch(/<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)/i)
})

test('only files of the assets folder are served', async () => {
  const at = await stage()
  const cookie = await enter(at)
  const paths = [
    '/page/assets/../create-page.ts',
    '/page/assets/%2e%2e%2fcreate-page.ts',
    '/page/assets/',
    '/page/assets/..%5cdoor.ts',
    '/page/assets/main.js%00',
  ]
  const answers = await Promise.all(paths.map((path) => ask(at, path, { headers: { cookie } })))
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
})

test('what is not the page is left to the Bot API', async () => {
  const at = await stage()
  expect(await ask(at, '/bot1:a/getMe')).toMatchObject({ status: 404, body: 'not the page' })
})

test('a phone that was away gets exactly what it missed', async () => {
  const at = await stage()
  const cookie = await enter(at)
  at.world.sendText(ADA, ADA, 'one')
  const first = await listen(at, { cookie })
  const state = await first.next()
  expect([state.event, ids.parse(state.data)]).toEqual(['state', [1]])
  const two = at.world.addMessage(at.world.bot, ADA, { text: 'two' })
  at.world.editContent(two, { text: 'two!', entities: [] })
  at.world.deleteMessage(two)
  const seen = [await first.next(), await first.next(), await first.next()]
  expect(seen.map(({ event }) => event)).toEqual(['message', 'message', 'gone'])
  const second = await listen(at, { cookie, 'last-event-id': seen[0]?.id ?? '' })
  expect([await second.next(), await second.next()]).toEqual(seen.slice(1))
  at.world.sendText(ADA, ADA, 'three')
  expect(await second.next()).toMatchObject({ event: 'message', data: { id: 3, text: 'three', out: true } })
})

test('a phone that missed too much, or knew another life of the server, gets the whole state', async () => {
  const at = await stage()
  const cookie = await enter(at)
  const first = await listen(at, { cookie })
  const { id } = await first.next()
  for (let turn = 0; turn < 501; turn += 1) at.world.sendText(ADA, ADA, `message ${turn}`)
  for (const last of [id, 'abcdef-1', 'nonsense', `${id.split('-')[0]}-99999`]) {
    const again = await listen(at, { cookie, 'last-event-id': last })
    const line = await again.next()
    expect([last, line.event, ids.parse(line.data).length]).toEqual([last, 'state', 100])
  }
})

test('older messages come page by page', async () => {
  const at = await stage()
  const cookie = await enter(at)
  for (let turn = 0; turn < 150; turn += 1) at.world.sendText(ADA, ADA, `message ${turn}`)
  const { body } = await ask(at, '/page/older?before=51', { headers: { cookie } })
  const all = z.object({ more: z.boolean(), messages: z.array(z.object({ id: z.number() })) }).parse(JSON.parse(body))
  expect([all.more, all.messages.length, all.messages[0]?.id, all.messages.at(-1)?.id]).toEqual([false, 50, 1, 50])
})

test('words are sent and edited, buttons pressed and reactions made as this person in this chat', async () => {
  const at = await stage()
  const cookie = await enter(at)
  at.world.updates.allow(['message', 'callback_query', 'message_reaction', 'edited_message'])
  expect(JSON.parse((await post(at, cookie, { act: 'send', text: '/start' })).body)).toEqual({ messageId: 1 })
  const markup = { kind: 'inline', rows: [[{ text: 'Go', callback_data: 'go-1' }]] } as const
  at.world.addMessage(at.world.bot, ADA, { text: 'Shall I?', markup })
  const { body } = await post(at, cookie, { act: 'press', messageId: 2, data: 'go-1' })
  expect(JSON.parse(body)).toEqual({ query: at.world.queries()[0]?.id })
  await post(at, cookie, { act: 'react', messageId: 2, emoji: ['👍'] })
  await post(at, cookie, { act: 'send', text: 'because', replyTo: 2 })
  await post(at, cookie, { act: 'edit', messageId: 3, text: 'because of it' })
  expect(at.world.updates.pending).toMatchObject([
    { message: { from: { id: ADA }, text: '/start' } },
    { callback_query: { from: { id: ADA }, data: 'go-1' } },
    { message_reaction: { user: { id: ADA }, new_reaction: [{ emoji: '👍' }] } },
    { message: { text: 'because', reply_to_message: { message_id: 2 } } },
    { edited_message: { message_id: 3, text: 'because of it' } },
  ])
})

test('what a phone would not let a person do is refused in one sentence', async () => {
  const at = await stage()
  const cookie = await enter(at)
  at.world.sendText(ADA, ADA, 'hi')
  const wrong = [
    { act: 'press', messageId: 1, data: 'no such' },
    { act: 'press', messageId: 99, data: 'x' },
    { act: 'edit', messageId: 99, text: 'x' },
    { act: 'react', messageId: 1, emoji: ['✅'] },
    { act: 'send', text: '   ' },
    { act: 'send', text: 'x'.repeat(5000) },
    { act: 'send', text: 'x', replyTo: 77 },
  ]
  for (const body of wrong) {
    const answer = await post(at, cookie, body)
    expect([body, answer.status, JSON.parse(answer.body)]).toEqual([body, 409, { say: expect.stringMatching(/\.$/) }])
  }
  const malformed = [{}, [], null, { act: 'fly' }, { act: 'send' }, { act: 'send', text: 'x', from: 7 }, { act: 'press', messageId: -1, data: 'x' }]
  for (const body of malformed) expect([body, (await post(at, cookie, body)).status]).toEqual([body, 400])
  expect((await post(at, cookie, { act: 'send', text: 'x'.repeat(200_000) })).status).toBe(413)
})

test('the answer to a press reaches the one who pressed, alert or toast', async () => {
  const at = await stage()
  const cookie = await enter(at)
  at.world.sendText(ADA, ADA, 'hi')
  const stream = await listen(at, { cookie })
  await stream.next()
  const query = { id: '5', from: at.world.mustPerson(ADA), chatId: ADA, messageId: 1, data: 'x', pressedAt: 0 }
  at.world.emit({ kind: 'callback.answered', query: { ...query, from: { ...query.from, id: 2 }, answer: { text: 'not yours', alert: false } } })
  at.world.emit({ kind: 'callback.answered', query: { ...query, answer: { text: 'Re\u202ead', alert: true } } })
  expect((await stream.next()).data).toEqual({ query: '5', text: 'Re⟦U+202E⟧ad', alert: true })
})

test('the phone learns of a new menu and a new pin', async () => {
  const commands = [{ command: 'help', description: 'Help' }]
  const at = await openStage({ commands: () => commands })
  open.push(at.close)
  const cookie = await enter(at)
  const stream = await listen(at, { cookie })
  await stream.next()
  commands.push({ command: 'new', description: 'A task' })
  const sent = at.world.sendText(ADA, ADA, 'pin me')
  expect(await stream.next()).toMatchObject({ event: 'chat', data: { commands } })
  await stream.next()
  at.world.putChat({ ...at.world.mustChat(ADA), pinned: [sent.id] })
  expect(await stream.next()).toMatchObject({ event: 'chat', data: { pinned: { id: sent.id, text: 'pin me' } } })
})

test('other chats stay unseen: messages, files, typing', async () => {
  const at = await stage()
  at.world.addPerson({ id: 2002, firstName: 'Eve' })
  const cookie = await enter(at)
  const stream = await listen(at, { cookie })
  await stream.next()
  const secret = at.world.sendDocument(2002, 2002, { bytes: Buffer.from('secret'), name: 's.txt' })
  at.world.emit({ kind: 'chat.action', chatId: 2002, action: 'typing' })
  at.world.sendText(ADA, ADA, 'mine')
  expect(await stream.next()).toMatchObject({ event: 'message', data: { text: 'mine' } })
  expect((await ask(at, `/page/file/${secret.media?.file.fileId}`, { headers: { cookie } })).status).toBe(404)
})

test('a file is shown in place only when its bytes are a picture; everything else is saved', async () => {
  const at = await stage()
  const cookie = await enter(at)
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=', 'base64')
  const script = Buffer.from('<script>alert(1)</script>')
  const files = [
    at.world.sendPhoto(ADA, ADA, { bytes: png }),
    at.world.sendPhoto(ADA, ADA, { bytes: script, mime: 'image/png' }),
    at.world.sendDocument(ADA, ADA, { bytes: script, name: 'a"\r\nx: y.html', mime: 'text/html' }),
    at.world.sendDocument(ADA, ADA, { bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), name: 'a.svg', mime: 'image/svg+xml' }),
  ]
  const answers = await Promise.all(files.map(({ media }) => ask(at, `/page/file/${media?.file.fileId}`, { headers: { cookie } })))
  expect(answers.map(({ headers }) => [headers['content-type'], headers['content-disposition']])).toEqual([
    ['image/png', undefined],
    ['application/octet-stream', "attachment; filename*=UTF-8''photo.jpg"],
    ['application/octet-stream', "attachment; filename*=UTF-8''a%22%0D%0Ax%3A%20y.html"],
    ['application/octet-stream', "attachment; filename*=UTF-8''a.svg"],
  ])
})

test('a recording is sent as a voice message with the words that a stand-in shall hear, by the page itself only', async () => {
  const at = await stage()
  const cookie = await enter(at)
  const origin = `http://127.0.0.1:${at.port}`
  const path = '/page/voice?kind=voice&says=approve%20T12&seconds=3.4'
  const own = { cookie, origin, 'content-type': 'audio/webm;codecs=opus' }
  const answers = [
    await ask(at, path, { method: 'POST', headers: { ...own, origin: 'http://evil.example' }, body: 'x' }),
    await ask(at, path, { method: 'POST', headers: { origin, 'content-type': 'audio/webm' }, body: 'x' }),
    await ask(at, '/page/voice?kind=voice&says=&seconds=1', { method: 'POST', headers: own }),
    await ask(at, path, { method: 'POST', headers: own, body: 'recorded' }),
    await ask(at, path, { method: 'POST', headers: own }),
  ]
  const sent = at.world.messages(ADA).flatMap(({ media }) => media ?? [])
  const [recorded, written] = sent.map(({ file }) => file.bytes)
  expect({
    statuses: answers.map(({ status }) => status),
    sent: sent.map(({ kind, duration, file }) => ({ kind, duration, mime: file.mime })),
    heard: [recorded, written].map((bytes) => at.world.saidIn(bytes ?? new Uint8Array())),
  }).toEqual({
    statuses: [403, 401, 409, 200, 200],
    sent: [
      { kind: 'voice', duration: 3, mime: 'audio/webm' },
      { kind: 'voice', duration: 3, mime: 'audio/webm' },
    ],
    heard: ['approve T12', 'approve T12'],
  })
})
