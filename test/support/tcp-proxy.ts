/** A TCP proxy on loopback that can go silent (half-open) or cut every connection, for what a network does to a database. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type TcpProxy = {
  port: number
  /** From now on nothing passes, in either direction, and nobody is told. */
  goSilent(): void
  /** New connections pass again; old ones stay as they are. */
  heal(): void
  /** Ends every connection. */
  cut(): void
  connections(): number
  close(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  /** Sockets that were open while the proxy was silent: they never speak again. */
  const silenced = new Set<Socket>()
  let silent = false
  const server = createServer((near) => {
    const far = connect(target)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => {
        if (!silenced.has(from)) to.write(chunk)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        if (!silenced.has(from)) to.destroy()
      })
    }
    if (silent) for (const socket of [near, far]) silenced.add(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    goSilent: () => {
      silent = true
      for (const socket of sockets) silenced.add(socket)
    },
    heal: () => {
      silent = false
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    connections: () => sockets.size / 2,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
