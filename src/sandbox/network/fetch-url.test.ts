/** A page is fetched from where people allowed, and from nowhere in the machine's own network, whatever names and redirects lead to. */
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchUrl, type Fetched, type FetchRequest } from './fetch-url.ts'

let server: Server
let port = 0
const paths: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    paths.push(`${request.headers.host ?? ''}${path}`)
    const to = decodeURIComponent(/^\/to\/(.*)$/.exec(path)?.[1] ?? '')
    if (to !== '') return void response.writeHead(302, { location: to }).end()
    if (path === '/loop') return void response.writeHead(302, { location: '/loop' }).end()
    if (path === '/long') return void response.writeHead(200, { 'content-type': 'text/plain' }).end(Buffer.alloc(6 * 1024 * 1024, 'x'))
    if (path === '/zip') return void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    if (path === '/hang') return undefined
    if (path === '/cut') return void response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
    return void response.writeHead(path === '/none' ? 404 : 200, { 'content-type': 'text/plain' }).end(`here: ${JSON.stringify(request.headers)}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address === 'object' && address !== null) port = address.port
})
afterAll(() => server.close())

/** Names and where they lead; the public address is the test's server. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'docs.example': ['93.184.216.34'],
  'other.example': ['93.184.216.34'],
  'inside.example': ['10.0.0.7'],
  'keys.example': ['169.254.169.254'],
  'both.example': ['93.184.216.34', '127.0.0.1'],
}

function fetch(url: string, hosts: readonly string[] = Object.keys(NAMES), more: Partial<FetchRequest> = {}): Promise<Fetched> {
  const rules = hosts.map((host) => ({ host, port }))
  const lookup = (host: string): Promise<readonly string[]> => Promise.resolve(NAMES[host] ?? [])
  return fetchUrl({ url, rules, lookup, dial: () => '127.0.0.1', signal: new AbortController().signal, ...more })
}
const at = (host: string, path = '/'): string => `http://${host}:${port}${path}`
const blockedAs = (fetched: Fetched): unknown => (fetched.kind === 'blocked' ? [fetched.blocked.host, fetched.blocked.reason] : fetched)

describe('a page', () => {
  it('is fetched from a host that is allowed, without cookie or credential, whatever its status', async () => {
    const page = await fetch(at('docs.example', '/a?b'))
    expect(page).toMatchObject({ kind: 'page', status: 200, type: 'text/plain', url: at('docs.example', '/a?b'), truncated: false })
    expect(page.kind === 'page' ? page.body.toString() : '').not.toMatch(/cookie|authorization/i)
    expect(await fetch(at('docs.example', '/none'))).toMatchObject({ kind: 'page', status: 404 })
  })

  it('of another host is not asked for, and its name not looked up', async () => {
    const seen = paths.length
    const lookup = (): never => {
      throw new Error('looked up')
    }
    expect(blockedAs(await fetch(at('docs.example'), [], { lookup }))).toEqual(['docs.example', 'not-listed'])
    expect(paths.length).toBe(seen)
  })

  it('that leads on is followed where that is allowed too, and decided anew each time', async () => {
    const on = (to: string): string => at('docs.example', `/to/${encodeURIComponent(to)}`)
    expect(await fetch(on(at('other.example', '/b')))).toMatchObject({ kind: 'page', url: at('other.example', '/b') })
    expect(await fetch(on(at('other.example')), ['docs.example'])).toMatchObject({
      kind: 'blocked',
      blocked: { host: 'other.example', reason: 'not-listed' },
      from: on(at('other.example')),
    })
    expect(blockedAs(await fetch(on('http://169.254.169.254/latest/meta-data')))).toEqual(['169.254.169.254', 'never'])
    expect(blockedAs(await fetch(on(at('keys.example'))))).toEqual(['keys.example', 'never'])
    expect(await fetch(on('file:///etc/passwd'))).toMatchObject({ kind: 'refused' })
    expect(await fetch(at('docs.example', '/loop'))).toMatchObject({ kind: 'refused', why: expect.stringContaining('more than 5 times') })
  })

  it.each([
    ['a literal of its own network', 'http://127.0.0.1:PORT/', ['127.0.0.1', 'private']],
    ['a literal in another spelling', 'http://0x7f.1:PORT/', ['127.0.0.1', 'private']],
    ['a mapped literal', 'http://[::ffff:169.254.169.254]:PORT/', ['::ffff:a9fe:a9fe', 'never']],
    ['a name that leads there', 'http://inside.example:PORT/', ['inside.example', 'private']],
    ['a name that leads to both', 'http://both.example:PORT/', ['both.example', 'private']],
    ['a name that nobody has', 'http://nobody.example:PORT/', ['nobody.example', 'unknown-name']],
  ])('is never fetched from %s, though a rule for commands allows it', async (_what, url, expected) => {
    const hosts = [...Object.keys(NAMES), 'nobody.example', '127.0.0.1', '::ffff:a9fe:a9fe']
    const own = hosts.map((host) => ({ host, port, private: true }))
    const seen = paths.length
    const rules = [...own, ...hosts.map((host) => ({ host, port }))]
    expect(blockedAs(await fetch(url.replace('PORT', String(port)), [], { rules }))).toEqual(expected)
    expect(paths.length).toBe(seen)
  })

  it('that is long is cut, and one that misbehaves is refused in words', async () => {
    const long = await fetch(at('docs.example', '/long'))
    expect(long.kind === 'page' && [long.truncated, long.body.length]).toEqual([true, 5 * 1024 * 1024])
    for (const [url, why] of [
      [at('docs.example', '/zip'), /compressed/],
      [at('docs.example', '/cut'), /aborted/],
      ['http://me:secret@docs.example/', /password/],
      ['ftp://docs.example/', /http/],
    ] as const)
      expect(await fetch(url)).toMatchObject({ kind: 'refused', why: expect.stringMatching(why) })
  })

  it('that never comes is given up within a second of a stop', async () => {
    const stop = new AbortController()
    const fetching = fetch(at('docs.example', '/hang'), undefined, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('stopped')), 50)
    await expect(fetching).rejects.toThrow('stopped')
  })
})
