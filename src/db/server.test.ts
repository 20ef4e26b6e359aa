import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { freshDatabaseUrl, heardLog, serverAvailable } from '../../test/support/stores.ts'
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.ts'
import { openDb } from './open.ts'
import { ServerListener } from './server-listener.ts'
import type { Store } from './store.ts'
import { PATIENCE_MS } from '../../test/support/eventually.ts'

const One = z.object({ one: z.number() })
const SELECT_ONE = 'select 1 as one'
const INSERT = `insert into setting (key, value) values ($1::text, '1'::jsonb)`

describe.skipIf(!serverAvailable)('the server home', () => {
  let database: { url: string; drop: () => Promise<void> }
  let proxy: TcpProxy
  let proxied = ''
  const closing: (() => Promise<void>)[] = []

  beforeEach(async () => {
    database = await freshDatabaseUrl()
    const url = new URL(database.url)
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) })
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    proxied = url.href
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    await proxy.close()
    await database.drop()
  })

  const open = async (url: string): Promise<Store> => {
    const db = await openDb({ home: '', databaseUrl: url, log: heardLog() })
    closing.push(() => db.close())
    return db
  }

  /** Ends every connection of the database but the asking one, as an administrator or a restart does. */
  const terminate = async (): Promise<void> => {
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
    await client.end()
  }

  test('a server that is not there is a retryable db.unavailable whose message holds no password', async () => {
    const error: unknown = await openDb({ home: '', databaseUrl: 'postgres://someone:s3cret@127.0.0.1:1/x', log: heardLog() }).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({ code: 'db.unavailable', retryable: true, message: expect.stringContaining('ECONNREFUSED') })
    expect(error instanceof Error ? `${error.message}${error.stack}${String(error.cause)}` : '').not.toContain('s3cret')
  })

  test('a wrong database is said, and not tried for ever', async () => {
    const url = new URL(database.url)
    url.pathname = '/not_there'
    await expect(openDb({ home: '', databaseUrl: url.href, log: heardLog() })).rejects.toMatchObject({
      message: expect.stringContaining('not_there'),
    })
  })

  test('after all connections were terminated the next statements run', async () => {
    const db = await open(database.url)
    await Promise.all(Array.from({ length: 5 }, () => db.row(One, SELECT_ONE)))
    await terminate()
    await vi.waitFor(async () => expect(await db.row(One, SELECT_ONE)).toEqual({ one: 1 }), PATIENCE_MS)
    await db.tx(async (tx) => expect(await tx.row(One, SELECT_ONE)).toEqual({ one: 1 }))
  })

  test('a connection that dies inside a transaction is db.unavailable, nothing is saved, and the next one runs', async () => {
    const db = await open(database.url)
    const dying = db.tx(async (tx) => {
      await tx.run(INSERT, ['a'])
      await terminate()
      await tx.run(INSERT, ['b'])
    })
    await expect(dying).rejects.toMatchObject({ code: 'db.unavailable', retryable: true })
    expect(await db.rows(z.object({ key: z.string() }), 'select key from setting')).toEqual([])
    await db.tx((tx) => tx.run(INSERT, ['c']))
    expect(await db.rows(z.object({ key: z.string() }), 'select key from setting')).toEqual([{ key: 'c' }])
  })

  test('a statement that may have been carried out is not sent again', async () => {
    const direct = await open(database.url)
    await direct.script('create table sent (n integer)')
    const working = `select 1 as one from pg_stat_activity where query like '%from pg_sleep(0.4)%' and state = 'active' and pid <> pg_backend_pid()`
    const db = await open(proxied)
    const running = db.run('insert into sent select 1 from pg_sleep(0.4)')
    const refused = expect(running).rejects.toMatchObject({ code: 'db.unavailable', retryable: true })
    await vi.waitFor(async () => expect(await direct.rows(One, working)).toEqual([{ one: 1 }]), PATIENCE_MS)
    proxy.cut()
    await refused
    // The server carries it out all the same: sending it again would have made two.
    await vi.waitFor(async () => expect(await direct.rows(One, working)).toEqual([]), PATIENCE_MS)
    expect(await direct.rows(z.object({ n: z.number() }), 'select n from sent')).toEqual([{ n: 1 }])
  })

  test('the listening connection is asked one thing at a time, however many channels come and go at once', async () => {
    const warned: string[] = []
    const hear = (warning: Error): void => void warned.push(warning.message)
    process.on('warning', hear)
    try {
      const db = await open(database.url)
      const stops = await Promise.all(['a', 'b', 'c', 'd'].map((channel) => db.listen(channel, () => undefined)))
      await Promise.all(stops.map((stop) => stop()))
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.removeListener('warning', hear)
    }
    expect(warned).toEqual([])
  })

  test('a listener whose connection was terminated is rung once it is back, and hears again', async () => {
    const db = await open(database.url)
    const heard: string[] = []
    const stop = await db.listen('c', (payload) => heard.push(payload))
    await db.notify('c', 'before')
    await vi.waitFor(() => expect(heard).toEqual(['before']), PATIENCE_MS)
    await terminate()
    await vi.waitFor(() => expect(heard).toEqual(['before', '']), PATIENCE_MS)
    await vi.waitFor(() => db.notify('c', 'after'), PATIENCE_MS)
    await vi.waitFor(() => expect(heard).toEqual(['before', '', 'after']), PATIENCE_MS)
    await stop()
  })

  test('a listener on a line that went silent finds out within two beats, reconnects and is rung', async () => {
    const log = heardLog()
    const listener = new ServerListener(proxied, log, { heartbeatMs: 100, answerMs: 200 })
    closing.push(() => listener.stop())
    const heard: string[] = []
    await listener.listen('c', (payload) => heard.push(payload))
    proxy.goSilent()
    proxy.heal()
    await vi.waitFor(() => expect(heard).toEqual(['']), PATIENCE_MS)
    expect(log.lines.map(({ event }) => event)).toEqual(['db.listener-lost', 'db.listener-back'])
    const direct = await open(database.url)
    await direct.notify('c', 'again')
    await vi.waitFor(() => expect(heard).toEqual(['', 'again']), PATIENCE_MS)
  })

  test('a listener that begins while the server is away is rung when it comes', async () => {
    const log = heardLog()
    const { port } = proxy
    proxy.goSilent()
    const listener = new ServerListener(proxied, log, { heartbeatMs: 100, answerMs: 200 })
    closing.push(() => listener.stop())
    const heard: string[] = []
    await listener.listen('c', (payload) => heard.push(payload))
    expect({ heard, port }).toEqual({ heard: [], port: proxy.port })
    proxy.heal()
    await vi.waitFor(() => expect(heard).toEqual(['']), PATIENCE_MS)
  })

  test('the production beats find a silent death within 15 s', () => {
    expect(ServerListener.slowestDiscoveryMs).toBeLessThanOrEqual(15_000)
  })
})
