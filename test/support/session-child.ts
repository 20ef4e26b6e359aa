/**
 * One life of a task that an engine of its own works at, as a process that can be killed while the engine's question is open. The engine
 * wants to run one command, and writes down what it was started with and what it was answered. Its first argument is JSON.
 */
import { appendFileSync } from 'node:fs'
import { TaskId, sleep } from '#core'
import { openDb, pendingApprovals } from '#db'
import { z } from 'zod'
import { silent } from './sandbox.ts'
import { standInMachinery, type Program } from './stand-in-engine.ts'
import { machineryFor, workOnce } from './work-room.ts'

const Life = z.object({
  home: z.string(),
  databaseUrl: z.string().optional(),
  task: TaskId,
  command: z.string(),
  /** Where it writes, a line of JSON each: `began` with the conversation it was to go on with, and `heard`. */
  diary: z.string(),
})
export type SessionLife = z.infer<typeof Life>

const LOOK_MS = 50

const life = Life.parse(JSON.parse(process.argv[1] ?? ''))
const db = await openDb({ home: life.home, databaseUrl: life.databaseUrl, log: { ...silent, error: () => undefined } })
const write = (entry: Record<string, unknown>): void => appendFileSync(life.diary, `${JSON.stringify(entry)}\n`)

const program: Program = async (session) => {
  write({ began: session.resume })
  session.on({ type: 'session', id: session.resume ?? 'conversation-1' })
  const answer = await session.ask({ kind: 'command', line: life.command, command: life.command, why: 'to see' })
  write({ heard: answer.answer })
  return answer.answer === 'allowed' ? 'It was run.' : 'It was not run.'
}

const over = new AbortController()
const watching = (async () => {
  while (!over.signal.aborted && (await pendingApprovals(db)).length === 0) await sleep(LOOK_MS, over.signal).catch(() => undefined)
  if (!over.signal.aborted) process.stdout.write('asked\n')
})()
const { state, reason } = await workOnce(standInMachinery(machineryFor(db, { url: 'http://127.0.0.1:9' }), program), life.task)
over.abort()
await watching
process.stdout.write(`${state}: ${reason ?? ''}\n`)
await db.close()
