/**
 * Stands between Lugh and PostgreSQL and does what networks do, one connection at a time: loses notifications, slows answers down, goes
 * silent without closing (half-open), cuts. Reads the server's side of the protocol only so far as to know where a message ends.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** The server's message that carries a NOTIFY. */
const NOTIFICATION = 'A'.charCodeAt(0)
const HEAD_BYTES = 5

export type PgProxy = Readonly<{
  /** The same address, through the proxy. */
  url: string
  /** From now on no notification passes. Answers how many were lost so far, when asked. */
  loseNotifications: () => () => number
  /** Every answer of the server waits so many milliseconds. */
  delay: (ms: number) => void
  /** Connections that have said `listen` and are open now: nothing passes on them any more, in either direction, and nobody is told. */
  silenceListeners: () => void
  /** Resets every connection. */
  cut: () => void
  /** How many connections have said `listen` since the start. */
  listeners: () => number
  close: () => Promise<void>
}>

type Line = { near: Socket; far: Socket; rest: Buffer; listens: boolean; silent: boolean }

/** Starts a proxy before the server of `url`, on a free port of the loopback interface. */
export async function startPgProxy(url: string): Promise<PgProxy> {
  const target = new URL(url)
  const lines = new Set<Line>()
  let losing = false
  let lost = 0
  let delayMs = 0
  let heard = 0

  const toNear = (line: Line, chunk: Buffer): void => {
    if (line.silent) return
    line.rest = Buffer.concat([line.rest, chunk])
    const passed: Buffer[] = []
    while (line.rest.length >= HEAD_BYTES) {
      const end = 1 + line.rest.readInt32BE(1)
      if (line.rest.length < end) break
      const message = line.rest.subarray(0, end)
      line.rest = line.rest.subarray(end)
      if (losing && message[0] === NOTIFICATION) lost += 1
      else passed.push(message)
    }
    const bytes = Buffer.concat(passed)
    if (bytes.length === 0) return
    if (delayMs === 0) line.near.write(bytes)
    else setTimeout(() => line.near.writable && !line.silent && line.near.write(bytes), delayMs)
  }
  const toFar = (line: Line, chunk: Buffer): void => {
    if (line.silent) return
    if (!line.listens && /\blisten "/i.test(chunk.toString('latin1'))) {
      line.listens = true
      heard += 1
    }
    line.far.write(chunk)
  }
  const server = createServer((near) => {
    const far = connect({ host: target.hostname, port: Number(target.port || 5432) })
    const line: Line = { near, far, rest: Buffer.alloc(0), listens: false, silent: false }
    lines.add(line)
    const end = (): void => {
      lines.delete(line)
      near.destroy()
      far.destroy()
    }
    near.on('data', (chunk) => toFar(line, chunk))
    far.on('data', (chunk) => toNear(line, chunk))
    for (const socket of [near, far]) socket.on('error', () => undefined).on('close', end)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  return {
    url: through.href,
    loseNotifications: () => {
      losing = true
      return () => lost
    },
    delay: (ms) => void (delayMs = ms),
    silenceListeners: () => {
      for (const line of lines) if (line.listens) line.silent = true
    },
    cut: () => {
      for (const { near, far } of lines) for (const socket of [near, far]) socket.resetAndDestroy()
    },
    listeners: () => heard,
    close: async () => {
      for (const { near, far } of lines) for (const socket of [near, far]) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
