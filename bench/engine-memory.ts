/**
 * What an engine that is a program of its own holds in memory while it works: all its processes behind the walls, in the middle of a command
 * its model wanted. Beside it the walls with nothing but that command. The built-in engines are no processes: they are in Lugh's own memory.
 */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call, type ScriptedCall } from '#simulator'
import { createAcpEngine } from '../src/engines/acp.ts'
import { createClaudeCodeEngine } from '../src/engines/claude-code.ts'
import { createCodexEngine } from '../src/engines/codex.ts'
import { createCommandEngine } from '../src/engines/command.ts'
import type { SessionEngine } from '../src/engines/session-port.ts'
import { shelves } from '../test/support/heavy-engines.ts'
import { eventually } from '../test/support/eventually.ts'
import { calls, play } from '../test/support/plays.ts'
import { processesNamed } from '../test/support/remains.ts'
import { openSessionStand, type SessionStand } from '../test/support/session-stand-in.ts'
import type { Bench, Figure, Row } from './support/figure.ts'
import { megabytesBelow } from './support/memory.ts'

const PARTS = { defaultModel: 'm', models: async () => ['m'], ground: () => ({ ok: true as const }) }
const TINY = fileURLToPath(new URL('../test/support/agents/tiny-agent.mjs', import.meta.url))
/** No `sleep`: there are engines that will not have their time slept away. */
const SLEEP = 'tail --sleep-interval=613.75 -f /dev/null'
const PATIENCE_MS = 60_000

type Kind = { readonly engine: SessionEngine; readonly run: (command: string) => ScriptedCall }
const bash = (command: string): ScriptedCall => call('Bash', { command, description: 'to wait' })
const KINDS: readonly Kind[] = [
  { engine: createCommandEngine('node tiny-agent.mjs {prompt} {model}', PARTS), run: (command) => call('run_command', { command, why: 'to wait' }) },
  { engine: createClaudeCodeEngine(shelves, PARTS), run: bash },
  { engine: createAcpEngine('claude-agent-acp', shelves, PARTS), run: bash },
  { engine: createCodexEngine(shelves, PARTS), run: (command) => call('exec_command', { cmd: command }) },
]

export const figure: Figure = {
  name: 'engine-memory',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const kind of KINDS) if (kind.engine.available().ok) rows.push(await measure(bench, kind))
    return rows
  },
}

async function measure(bench: Bench, { engine, run }: Kind): Promise<Row> {
  const [lugh, bare] = [new Array<number>(), new Array<number>()]
  const stand = await openSessionStand((machine) => {
    copyFileSync(TINY, join(machine.worktree, 'tiny-agent.mjs'))
    return engine
  })
  try {
    for (let round = 0; round < bench.rounds(5, 1); round += 1) {
      stand.play(play('Wait for me', calls(run(SLEEP))))
      lugh.push(await held((signal) => stand.work({ prompt: 'Wait for me', signal })))
      bare.push(await held((signal) => walled(stand, signal)))
    }
  } finally {
    await stand.close()
  }
  return { name: `engine ${engine.name} at work`, unit: 'MB', lugh, bare: { name: 'walls and the command', samples: bare } }
}

function walled({ machine }: SessionStand, signal: AbortSignal): Promise<unknown> {
  return machine.sh(SLEEP, { signal, network: { rules: [] } })
}

/** How much more all processes below this one hold once the command runs; ends it then. */
async function held(start: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const children = (): number => megabytesBelow(process.pid)
  const before = children()
  const stop = new AbortController()
  const working = start(stop.signal).catch(() => undefined)
  await eventually(() => processesNamed(SLEEP).length > 0, true, PATIENCE_MS)
  const megabytes = children() - before
  stop.abort()
  await working
  return megabytes
}
