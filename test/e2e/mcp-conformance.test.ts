/**
 * The conformance suite of the protocol against `/mcp` as it is served: its front, its sessions, its streams, on a real port. The suite knows no
 * tokens, so one is put on each of its requests on their way in.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApp, listenHttp } from '#http'
import { afterAll, afterEach, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { mountFixtures } from '../support/mcp-fixtures.ts'
import { openMcpRoom } from '../support/mcp-room.ts'
import { testHome } from '../support/stores.ts'
import { describeBothStores } from '../support/system.ts'

const SUITE = join(dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')), 'dist/index.js')
const EXCEPTIONS = fileURLToPath(new URL('../fixtures/mcp-expected-failures.yaml', import.meta.url))

const Check = z.object({ id: z.string(), status: z.string(), errorMessage: z.string().optional() })

/** Passes every request on with a token. */
async function withToken(port: number, token: string): Promise<{ url: string; close(): void }> {
  const server: Server = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` }
    const call = request({ host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    call.on('error', () => answer.destroy())
    answer.on('close', () => call.destroy())
    incoming.pipe(call)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Runs scenarios in one process of the suite; answers each check that did not pass, and how many did. */
async function run(url: string, ...which: string[]): Promise<{ passed: number; failed: string[]; code: number }> {
  const results = mkdtempSync(join(tmpdir(), 'lugh-conformance-'))
  const args = [SUITE, 'server', '--url', url, '--expected-failures', EXCEPTIONS, '-o', results, ...which]
  const code = await new Promise<number>((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error) => resolve(error === null ? 0 : 1))
  })
  const checks = readdirSync(results, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('checks.json'))
    .flatMap((name) =>
      z
        .array(Check)
        .parse(JSON.parse(readFileSync(join(results, name), 'utf8')))
        .map((check) => ({ name: dirname(name), ...check })),
    )
  rmSync(results, { recursive: true, force: true })
  return {
    passed: checks.filter(({ status }) => status === 'SUCCESS').length,
    failed: checks.filter(({ status }) => status === 'FAILURE').map(({ name, id, errorMessage }) => `${name} ${id}: ${errorMessage ?? ''}`),
    code,
  }
}

describeBothStores('the conformance suite of the protocol', (store) => {
  const home = testHome(store)
  afterEach(() => home.settle())
  afterAll(() => home.end())
  it('is passed at both revisions, but for what is listed with its reason', { timeout: 120_000 }, async () => {
    const room = await openMcpRoom(await home.fresh(), 1, { mount: mountFixtures })
    const app = createApp({ database: () => Promise.resolve(), pollerAgeMs: () => undefined, mcp: room.mcp, log: { warn: () => undefined } })
    const served = await listenHttp(app, { host: '127.0.0.1', port: 0 })
    const door = await withToken(served.port, await room.token(['read', 'request'], { per_minute: 60_000 }))
    const { server: excepted } = z.object({ server: z.array(z.string()) }).parse(parse(readFileSync(EXCEPTIONS, 'utf8')))
    const runs = [
      ['--suite', 'active'],
      ['--requirements', '2025-11-25'],
      ['--requirements', '2026-07-28'],
    ].map(async (which) => ({ which, ...(await run(door.url, ...which)) }))
    for (const { which, passed, failed, code } of await Promise.all(runs)) {
      expect([which, code, failed.filter((line) => !excepted.some((name) => line.includes(name)))]).toEqual([which, 0, []])
      expect(passed).toBeGreaterThan(60)
    }
    door.close()
    await served.close()
    await room.mcp.close()
  })
})
