/**
 * One step of an agent, from one request of the model to the next, with a model that answers at once: what Lugh itself adds to every turn
 * (rows, card, tool, transcript). Beside it the same engine and tool in a bare loop that writes nothing down.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngines, createTools, type Engine, type Message, type ToolContext } from '#engines'
import { call, startModelServer, type Script } from '#simulator'
import { addProject, cardSays, wish } from '../test/support/desk.ts'
import { calls, says } from '../test/support/plays.ts'
import { makeRepository } from '../test/support/repositories.ts'
import { withSystem, type StoreKind } from '../test/support/system.ts'
import type { Bench, Figure, Row } from './support/figure.ts'

const FILE = 'src/index.js'
/** A line for each step: an agent that reads the same again and again would be held up. */
const TEXT = 'export const answer = 42\n'.repeat(200)
const WISH = 'Read it again and again'
/** A script's turns come to their end within a card's patience. */
const PATIENCE_MS = 120_000

export const figure: Figure = {
  name: 'step',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores)
      rows.push({
        name: 'step of an agent',
        store,
        unit: 'ms',
        lugh: await steps(bench, store),
        bare: { name: 'bare loop', samples: await bareSteps(bench) },
      })
    return rows
  },
}

/** Reads the file so many times and ends; `hear` is called with the time of every request. */
function reading(rounds: number, hear: (at: number) => void): Script {
  return {
    name: 'reads again and again',
    match: () => true,
    turns: ({ turn }) => {
      hear(performance.now())
      return turn < rounds ? calls(call('read_file', { path: FILE, from_line: turn + 1, to_line: turn + 1 })) : says('Read.')
    },
  }
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((at, n) => at - (times[n] ?? at))
}

async function steps(bench: Bench, store: StoreKind): Promise<number[]> {
  const times: number[] = []
  await withSystem({ store, scripts: [reading(bench.rounds(100, 15), (at) => times.push(at))] }, async (system) => {
    await addProject(system.person(), makeRepository(join(system.at.root, 'shop'), { [FILE]: TEXT }))
    await cardSays(system.person(), await wish(system.person(), WISH), 'answered', PATIENCE_MS)
  })
  return gaps(times)
}

async function bareSteps(bench: Bench): Promise<number[]> {
  const times: number[] = []
  const folder = mkdtempSync(join(tmpdir(), 'lugh-bench-'))
  writeFileSync(join(folder, 'index.js'), TEXT)
  const server = await startModelServer({ script: reading(bench.rounds(100, 15), (at) => times.push(at)) })
  try {
    const engine = createEngines({ anthropic: { apiKey: 'k', baseUrl: server.url }, openai: {} }).get('anthropic')
    if (engine !== undefined) await loop(engine, folder)
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return gaps(times)
}

async function loop(engine: Engine, worktree: string): Promise<void> {
  const tools = createTools()
  const { signal } = new AbortController()
  const unused = (): never => {
    throw new Error('nothing is run here')
  }
  const context: ToolContext = { worktree, signal, onOutput: unused, runCommand: unused, background: { start: unused, look: unused, stop: unused } }
  const transcript: Message[] = [{ role: 'user', content: [{ type: 'text', text: WISH }] }]
  for (;;) {
    const { message } = await engine.turn({ model: 'scripted', system: 'You read.', transcript, tools: tools.definitions, signal })
    const asked = message.content.flatMap((block) => (block.type === 'tool_call' ? [block] : []))
    if (asked.length === 0) return
    const results = await Promise.all(
      asked.map(async ({ id, name }) => ({
        type: 'tool_result' as const,
        id,
        ...(await tools.run(name, { path: 'index.js', from_line: 1, to_line: 1 }, context)),
      })),
    )
    transcript.push(message, { role: 'user', content: results })
  }
}
