/** The list of figures, each run as one test so that a failure names it; the table comes at the end. */
import { afterAll, test } from 'vitest'
import { figure as checkpoint, restoreFigure } from './checkpoint.ts'
import { figure as chat } from './chat.ts'
import { figure as coldStart } from './cold-start.ts'
import { figure as diff } from './diff.ts'
import { figure as picture } from './picture.ts'
import { figure as engineMemory } from './engine-memory.ts'
import { figure as eventAppend } from './event-append.ts'
import { figure as firstReply } from './first-reply.ts'
import { figure as gateway } from './gateway.ts'
import { figure as idleMemory } from './idle-memory.ts'
import { figure as mcp } from './mcp.ts'
import { figure as policy } from './policy.ts'
import { figure as preview } from './preview.ts'
import { figure as sandboxStart } from './sandbox-start.ts'
import { figure as snapshot } from './snapshot.ts'
import { figure as tapResumed } from './tap-resumed.ts'
import { figure as transcription } from './transcription.ts'
import { figure as step } from './step.ts'
import { figure as updates } from './updates.ts'
import { figure as warmStart } from './warm-start.ts'
import { figure as worktree } from './worktree.ts'
import { STORES } from '../test/support/stores.ts'
import { benchOf, type Row } from './support/figure.ts'
import { machine, tableOf, writeResults } from './support/report.ts'

const FIGURES = [
  firstReply,
  tapResumed,
  chat,
  step,
  policy,
  worktree,
  sandboxStart,
  snapshot,
  checkpoint,
  restoreFigure,
  diff,
  picture,
  preview,
  transcription,
  eventAppend,
  updates,
  coldStart,
  warmStart,
  idleMemory,
  gateway,
  engineMemory,
  mcp,
]

const short = process.env['LUGH_BENCH_SHORT'] === '1'
const store = STORES.find((one) => one === process.env['LUGH_BENCH_STORE'])
const names = (process.env['LUGH_BENCH'] ?? '').split(' ').filter((word) => word !== '')
const unknown = names.filter((name) => !FIGURES.some((figure) => figure.name === name))
if (unknown.length > 0) throw new Error(`There is no figure ${unknown.join(', ')}. There are: ${FIGURES.map(({ name }) => name).join(', ')}.`)

const rows: Row[] = []
const before = machine()

for (const figure of FIGURES.filter(({ name }) => names.length === 0 || names.includes(name)))
  test(`${figure.name} can be taken`, async () => {
    rows.push(...(await figure.measure(benchOf(short, store))))
  })

afterAll(() => {
  const command = [
    'npm run bench',
    ...(names.length > 0 || short ? ['--'] : []),
    ...names,
    ...(short ? ['--short'] : []),
    ...(store === undefined ? [] : [`--${store}`]),
  ].join(' ')
  console.log(`\n${tableOf(rows)}\n\n\`${command}\`, ${new Date().toISOString().slice(0, 10)}\nbefore: ${before}\nafter:  ${machine()}`)
  console.log(writeResults(rows, command))
})
