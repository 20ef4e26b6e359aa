/** Engines that are programs of their own: the same road, behind the same walls, with a model but without its key. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '#simulator'
import { addProject, cardSays, sees, wish } from '../support/desk.ts'
import { calls, play, runs, says } from '../support/plays.ts'
import { processesNamed } from '../support/remains.ts'
import { noWalls } from '../support/sandbox.ts'
import { describeSideBySide, withSystem, type StoreKind, type System } from '../support/system.ts'
import { doThreeTasks, MERGED, mergedFiles, shopRepository, THREE_TASKS } from '../support/three-tasks.ts'
import { eventually } from '../support/eventually.ts'

const OPENAI_KEY = 'sk-canary-openai-0000000000'
const AGENT = { 'tiny-agent.mjs': readFileSync(new URL('../support/agents/tiny-agent.mjs', import.meta.url), 'utf8') }
const SCRIPTS = [
  ...THREE_TASKS,
  play('Look for keys', calls(runs('env; cat /proc/*/environ | tr "\\0" "\\n"; cat ~/.env ../../.env 2>/dev/null; echo looked')), says('Looked.')),
  play('Never end', calls(runs('sleep 600.25'))),
]

async function withCommand(store: StoreKind, run: (system: System, openai: ModelServer, path: string) => Promise<void>): Promise<void> {
  const openai = await startModelServer({ script: SCRIPTS, apiKey: OPENAI_KEY, models: ['gpt-test'] })
  try {
    await withSystem({ store, scripts: SCRIPTS, stopped: true }, async (system) => {
      await system.start({
        OPENAI_API_KEY: OPENAI_KEY,
        OPENAI_BASE_URL: `${openai.url}/v1`,
        LUGH_ENGINE: 'command',
        LUGH_MODEL: 'gpt-test',
        LUGH_ENGINE_COMMAND: 'node tiny-agent.mjs {prompt} {model}',
      })
      const path = shopRepository(system.at.root, AGENT)
      await addProject(system.person(), path)
      await run(system, openai, path)
      expect(openai.requests.flatMap(({ refused }) => refused ?? [])).toEqual([])
    })
  } finally {
    await openai.close()
  }
}

describeSideBySide('a command line as an engine', (store) => {
  test.skipIf(noWalls('e2e: own engines') !== undefined)('three tasks end in the same merged files, counted and without a key inside', () =>
    withCommand(store, async (system, openai, path) => {
      const you = system.person()
      you.say('/engine')
      await sees(you, 'command (gpt-test) · cannot ask: sandbox and review alone bind it')
      await doThreeTasks(you)
      expect(mergedFiles(path)).toEqual(MERGED)
      expect([system.model.requests.length, openai.requests.length]).toEqual([0, 8])
      you.say('/cost')
      await sees(you, /tokens|\$/)
      const looking = await wish(you, 'Look for keys')
      await cardSays(you, looking, 'Looked.')
      const seen = JSON.stringify(openai.requests.at(-1)?.request)
      expect([seen.includes('looked'), seen.includes(OPENAI_KEY), seen.includes('lugh-run-')]).toEqual([true, false, true])
    }),
  )

  test.skipIf(noWalls('e2e: own engines') !== undefined)('Stop ends it with all it started, within two seconds', () =>
    withCommand(store, async (system, openai) => {
      const you = system.person()
      const task = await wish(you, 'Never end')
      await eventually(
        () => openai.requests.length,
        (count) => count > 0,
        30_000,
      )
      const began = performance.now()
      you.say('/stop T1')
      await cardSays(you, task, /paused|stopped/i)
      await eventually(() => processesNamed('600.25'), [], 5000)
      expect(performance.now() - began).toBeLessThan(4_000)
    }),
  )
})
