/**
 * The thread in which the embedded store lives, so that a long statement never holds up the bot. Answers one request after another;
 * it must never be started twice on one folder: PGlite has no lock of its own, and two of them lose committed rows.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { createStatements } from './embedded-statements.ts'
import type { Answered, Failed, FromWorker, Request, Start } from './embedded-protocol.ts'

/**
 * Fewer buffers keep the whole process near 200 MB (300 and more by default); small WAL keeps the folder small, since nothing here
 * checkpoints in the background. PGlite writes this file anew on every start.
 */
const POSTGRESQL_CONF = ['shared_buffers = 16MB', 'max_wal_size = 64MB', 'min_wal_size = 32MB', "timezone = 'UTC'", 'autovacuum = off']

/** Out of disk, an input/output error: after these the engine may wait for itself for ever. */
const POISONED = /^(53100|58...)$/

const { dir, initOnly }: Start = workerData
const port = parentPort
if (port === null) throw new Error('embedded-worker.ts runs as a worker thread only')
const send = (message: FromWorker): void => port.postMessage(message)

const pg = await PGlite.create({ dataDir: dir, postgresqlconf: POSTGRESQL_CONF, extensions: { vector } })
if (initOnly) await pg.close()
const statements = createStatements(pg)
pg.onNotification((channel, payload) => send({ kind: 'heard', channel, payload }))
port.on('message', (request: Request) => void serve(request))
send({ kind: 'ready' })

async function serve(request: Request): Promise<void> {
  try {
    send({ kind: 'answer', id: request.id, ...(await perform(request)) })
  } catch (error) {
    send({ kind: 'failed', id: request.id, ...describe(error) })
  }
}

async function perform(request: Request): Promise<Answered> {
  if (request.kind === 'query') return statements.query(request.text, request.values)
  if (request.kind === 'script') await statements.script(request.text)
  else await pg.close()
  return { rows: [], fields: [], count: 0, command: '' }
}

/** An SQL error keeps its code; an error without one is the engine's own failure. */
function describe(error: unknown): Failed {
  if (!(error instanceof Error)) return { message: String(error), broken: true }
  const field = (name: string): string | undefined => {
    const value: unknown = Reflect.get(error, name)
    return typeof value === 'string' ? value : undefined
  }
  const { message } = error
  const code = field('code')
  const severity = field('severity')
  if (code === undefined || severity === undefined) return { message, broken: true }
  const broken = POISONED.test(code) || severity === 'FATAL' || severity === 'PANIC'
  return { message, sql: { code, constraint: field('constraint'), table: field('table') }, broken }
}
