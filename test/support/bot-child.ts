/**
 * A bot alone, as a process of its own that can be killed: every message it handles is one row of `effect`, which has no key that would
 * hide a second. Arguments: the store (a home or a database URL), the token and the root of the Bot API. Prints `ready` when it works.
 */
import { createPainter } from '#media'
import { randomIds, systemClock } from '#core'
import { createBot, type BotPorts } from '#bot'
import { migrate, openDb } from '#db'
import { z } from 'zod'
import { answerTo, meaningOfEmoji, meaningOfWords } from '../../src/orchestrator/answers.ts'
import { callCapability } from '../../src/orchestrator/call-capability.ts'
import { capability } from '../../src/orchestrator/capability.ts'
import { FACTS, NO_GIT } from './no-git.ts'

const [where = '', token = '', apiRoot = ''] = process.argv.slice(2)
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const UNLIMITED = { chatPerSecond: 1e6, chatBurst: 1e6, groupPerMinute: 1e6, overallPerSecond: 1e6, editMs: 0, groupEditMs: 0 }
/** The next life must not wait long for the killed one's. */
const LEASE_MS = 1500

const note = capability({
  name: 'assign_task',
  describe: 'Note that this was handled.',
  input: z.object({ wish: z.string() }),
  output: z.object({}),
  kind: 'request',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: { telegram: { command: 'new', parse: (wish: string) => ({ wish }) }, cli: { none: 'a test has no console' }, mcp: { none: 'a fake' } },
  act: async (act, { wish }) => {
    await act.tx.run(`insert into effect (what) values ($1::text)`, [wish])
    return {}
  },
  say: () => undefined,
})
const ports: BotPorts = {
  capabilities: [note],
  capabilityByName: (name) => (name === note.name ? note : undefined),
  resolveCommand: () => undefined,
  nearestCommands: () => [],
  answerTo,
  meaningOfEmoji,
  meaningOfWords,
  wordsFor: ({ text }) => ({ capability: note.name, input: { wish: text } }),
  callCapability,
  renderCard: () => Promise.resolve(undefined),
}

const server = where.startsWith('postgres')
const db = await openDb({ home: where, databaseUrl: server ? where : undefined, log: silent })
await migrate(db, { log: silent })
const bot = createBot({
  db,
  ports,
  log: silent,
  facts: { ...FACTS, home: `child-${process.pid}` },
  git: NO_GIT,
  clock: systemClock,
  ids: randomIds,
  painter: createPainter(),
  api: { token, apiRoot },
  leaseMs: LEASE_MS,
  limits: UNLIMITED,
})
await bot.start()
process.stdout.write('ready\n')
