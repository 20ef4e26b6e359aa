/** The web door: is it alive, is it ready, and Telegram's webhook. Nothing here trusts loopback or a forwarded header. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { LughError, errorText } from '#core'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'

/** Telegram's updates are a few kilobytes; a megabyte is far above any of them. */
const MAX_UPDATE_BYTES = 1024 * 1024
/** Older than this, the poller has missed several long polls. */
const POLLER_STALE_MS = 120_000

export type HttpPorts = {
  readonly database: () => Promise<void>
  /** Milliseconds since Telegram last answered; undefined under a webhook. */
  readonly pollerAgeMs: () => number | undefined
  /** The secret is asked for with every update: a changed one counts at once, and the old one no more. */
  readonly webhook?: { readonly secret: () => string; readonly receive: (update: unknown) => Promise<void> }
  /** The door for programs. It checks names, tokens and sizes itself. */
  readonly mcp?: { fetch(request: Request): Promise<Response>; metadata(request: Request): Promise<Response> }
  readonly log: { warn(fields: object, event: string): void }
}

/** The routes. `/healthz` says the process is alive; `/readyz` asks the database and looks at the poller. */
export function createApp(ports: HttpPorts): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.json({ ok: true }))
  app.get('/readyz', async (c) => {
    const age = ports.pollerAgeMs()
    const database = await ports.database().then(
      () => true,
      () => false,
    )
    const poller = age === undefined || age < POLLER_STALE_MS
    return c.json({ ok: database && poller, database, poller: { ok: poller, ageMs: age ?? null } }, database && poller ? 200 : 503)
  })
  const { mcp, webhook } = ports
  if (mcp !== undefined) {
    app.all('/mcp', (c) => mcp.fetch(c.req.raw))
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'])
      app.get(path, (c) => mcp.metadata(c.req.raw))
  }
  if (webhook !== undefined) {
    app.post(
      '/telegram/webhook',
      async (c, next) => {
        if (!sameSecret(c.req.header('x-telegram-bot-api-secret-token') ?? '', webhook.secret())) return c.json({ ok: false }, 401)
        return next()
      },
      bodyLimit({ maxSize: MAX_UPDATE_BYTES }),
      async (c) => {
        const update: unknown = await c.req.json().catch(() => undefined)
        if (update === undefined) return c.json({ ok: false }, 400)
        await webhook.receive(update)
        return c.json({ ok: true })
      },
    )
  }
  app.onError((error, c) => {
    ports.log.warn({ error: errorText(error) }, 'http.failed')
    return c.json({ ok: false }, 500)
  })
  return app
}

/** Compares in constant time, whatever the lengths. */
function sameSecret(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(wanted))
}

/** Listens; answers the port taken. Throws `config.invalid` when it is in use. */
export async function listenHttp(app: Hono, at: { host: string; port: number }): Promise<{ port: number; close(): Promise<void> }> {
  const answer = getRequestListener((request) => app.fetch(request))
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new LughError('config.invalid', `Port ${at.port} on ${at.host} is in use; set PORT to another one.`, { cause })),
    )
    server.listen(at.port, at.host, () => resolve())
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : at.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
