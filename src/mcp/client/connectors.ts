/**
 * The connections that are open: one to each server of each task, made when a tool is first called, ended with the task's stretch of work or
 * when nobody calls for a while. One that died is started again by the next call, after a pause that grows.
 */
import type { Called, CallRequest, Connectors, Listing, Looked, Server, ServerPlace } from '#orchestrator'
import { definitionDigest } from '#db'
import { CONNECT_MS, FIRST_PAUSE_MS, IDLE_MS, LONGEST_PAUSE_MS } from './caps.ts'
import { openToolsDoor } from './tools-door.ts'
import { NotConnected, connect, type Connection, type Room } from './connect.ts'

type Open = { readonly key: string; connection: Promise<Connection>; idle: NodeJS.Timeout | undefined; calls: number }
type Deaths = { readonly count: number; readonly until: number }

export function openConnectors(room: Room): Connectors {
  const open = new Map<string, Open>()
  const deaths = new Map<string, Deaths>()
  const closing = new AbortController()

  /** What is started or reached otherwise is another: the one that was there ends with the task, or when nobody calls it. */
  const nameOf = (server: Server, { key }: ServerPlace): string => `${key} ${server.id} ${definitionDigest(server.definition)}`
  const died = (name: string): void => {
    const count = (deaths.get(name)?.count ?? 0) + 1
    deaths.set(name, { count, until: Date.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - 1)) })
  }
  const drop = async (name: string): Promise<void> => {
    const entry = open.get(name)
    open.delete(name)
    clearTimeout(entry?.idle)
    await entry?.connection.then(({ close }) => close()).catch(() => undefined)
  }
  const enter = (name: string, server: Server, place: ServerPlace): Open => {
    const known = open.get(name)
    if (known !== undefined) return known
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(2 * CONNECT_MS)])
    const entry: Open = { key: place.key, connection: connect(room, server, place, signal), idle: undefined, calls: 0 }
    entry.connection.catch(() => undefined)
    open.set(name, entry)
    return entry
  }

  /** The open connection, or the sentence why there is none. */
  const reach = async (name: string, server: Server, place: ServerPlace): Promise<Open | Extract<Called, { outcome: 'failed' }>> => {
    const pause = deaths.get(name)
    const left = (pause?.until ?? 0) - Date.now()
    if (!open.has(name) && left > 0)
      return failed(
        `it has ended ${pause?.count ?? 1} times in a row; it is started again in ${Math.ceil(left / 1000)} s, so go on without it for now`,
      )
    const entry = enter(name, server, place)
    try {
      await entry.connection
      return entry
    } catch (error) {
      died(name)
      await drop(name)
      if (error instanceof NotConnected) return { outcome: 'failed', why: error.message, login: error.login }
      if (closing.signal.aborted) return failed('Lugh is stopping')
      return failed('it did not answer in time')
    }
  }

  const call = async ({ server, place, tool, digest, input, signal }: CallRequest): Promise<Called> => {
    const name = nameOf(server, place)
    const entry = await reach(name, server, place)
    if ('outcome' in entry) return entry
    clearTimeout(entry.idle)
    entry.calls += 1
    let lost = false
    try {
      const connection = await entry.connection
      const listing = await listed(connection)
      if (listing !== undefined && listing.tools.find((one) => one.name === tool)?.digest !== digest) return { outcome: 'changed', listing }
      const called =
        listing === undefined ? failed(connection.over()?.why ?? 'it no longer says which tools it has') : await connection.call(tool, input, signal)
      if (connection.over() === undefined) deaths.delete(name)
      lost = called.outcome === 'failed' && server.definition.kind === 'http'
      return called
    } finally {
      entry.calls -= 1
      await rest(name, entry, lost)
    }
  }

  /** After a call: gone if it died, else waiting for the next. */
  const rest = async (name: string, entry: Open, lost: boolean): Promise<void> => {
    const connection = await entry.connection
    // One at an address is reached anew: its session may be gone, or it is given another token by now.
    if (lost && entry.calls === 0) return drop(name)
    if (connection.over() !== undefined) {
      if (open.get(name) !== entry) return
      died(name)
      await drop(name)
    } else if (entry.calls === 0) entry.idle = setTimeout(() => void drop(name), IDLE_MS).unref()
  }

  return {
    look: async (server, place, signal): Promise<Looked> => {
      try {
        const connection = await connect(room, server, place, AbortSignal.any([signal, closing.signal, AbortSignal.timeout(2 * CONNECT_MS)]))
        const listing = await connection.list()
        await connection.close()
        return { ok: true, listing }
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof NotConnected) return { ok: false, login: error.login, why: error.message, blocked: error.blocked }
        return { ok: false, login: false, why: 'it did not answer in time', blocked: [] }
      }
    },
    call,
    door: (served) => Promise.resolve(openToolsDoor(room.version, served)),
    end: async (key) => {
      await Promise.all([...open].filter(([, entry]) => entry.key === key).map(([name]) => drop(name)))
      for (const name of deaths.keys()) if (name.startsWith(`${key} `)) deaths.delete(name)
    },
    close: async () => {
      closing.abort()
      await Promise.all([...open.keys()].map(drop))
    },
  }
}

async function listed(connection: Connection): Promise<Listing | undefined> {
  try {
    return await connection.list()
  } catch {
    return undefined
  }
}

function failed(why: string): Extract<Called, { outcome: 'failed' }> {
  return { outcome: 'failed', why, login: false }
}
