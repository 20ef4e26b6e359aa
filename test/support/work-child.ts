/** One life of a task at work, as a process that can be killed: works until the task rests, resuming it at each cap as a person would. Its first argument is JSON. */
import { TaskId, armCrashPoint } from '#core'
import { openDb } from '#db'
import { z } from 'zod'
import { silent } from './sandbox.ts'
import { machineryFor, workOnce } from './work-room.ts'

const Life = z.object({ home: z.string(), databaseUrl: z.string().optional(), url: z.string(), task: TaskId, crashAt: z.string().optional() })
export type Life = z.infer<typeof Life>

const life = Life.parse(JSON.parse(process.argv[1] ?? ''))
if (life.crashAt !== undefined) armCrashPoint(life.crashAt)
const db = await openDb({ home: life.home, databaseUrl: life.databaseUrl, log: { ...silent, error: () => undefined } })
const m = machineryFor(db, { url: life.url })
for (;;) {
  const { state, reason } = await workOnce(m, life.task)
  process.stdout.write(`${state}: ${reason ?? ''}\n`)
  if (state !== 'paused' || !(reason ?? '').includes('▶️ Resume')) break
}
await db.close()
