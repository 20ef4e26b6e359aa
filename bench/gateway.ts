/**
 * One call of a model from inside the walls, through Lugh's proxy and gateway, beside the same call from outside, straight to the provider:
 * a model that answers at once, so that what is measured is the way.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createGateway, GATEWAY_HOST } from '#models'
import { startModelServer } from '#simulator'
import { z } from 'zod'
import { says } from '../test/support/plays.ts'
import { plantMachine } from '../test/support/sandbox.ts'
import { inTurn, type Figure } from './support/figure.ts'

const ASK = fileURLToPath(new URL('support/ask-often.mjs', import.meta.url))
const MODEL = 'claude-sonnet-5-5'
const Taken = z.array(z.number())
const run = promisify(execFile)

export const figure: Figure = {
  name: 'gateway',
  measure: async (bench) => {
    const [lugh, bare] = [new Array<number>(), new Array<number>()]
    const calls = String(bench.rounds(100, 15))
    const model = await startModelServer({
      script: { name: 'at once', match: () => true, turns: () => says('Something.') },
      apiKey: 'k',
      paceMs: [0, 0],
    })
    const machine = await plantMachine({ mode: 'required' })
    const door = createGateway({ anthropic: { apiKey: 'k', baseUrl: model.url }, openai: {} }).open({
      models: [MODEL],
      meter: { reserve: async () => ({ ok: true, settle: async () => undefined }) },
    })
    const folder = mkdtempSync(join(tmpdir(), 'lugh-bench-'))
    copyFileSync(ASK, join(machine.worktree, 'ask.mjs'))
    const network = { rules: [], internal: new Map([[GATEWAY_HOST, door.handler]]) }
    try {
      await inTurn(
        bench.rounds(5, 1),
        async () => {
          const inside = await machine.sh(`node ask.mjs ${door.anthropicUrl} ${door.token} ${MODEL} ${calls}`, { network })
          if (inside.exitCode !== 0) throw new Error(inside.stderr)
          lugh.push(...Taken.parse(JSON.parse(inside.stdout)))
        },
        async () => {
          const { stdout } = await run(process.execPath, [ASK, model.url, 'k', MODEL, calls], { cwd: folder, env: {} })
          bare.push(...Taken.parse(JSON.parse(stdout)))
        },
      )
    } finally {
      await door.close()
      await machine.end()
      await model.close()
      rmSync(folder, { recursive: true, force: true })
    }
    return [{ name: 'model call from inside the walls', unit: 'ms', lugh, bare: { name: 'straight to the provider', samples: bare } }]
  },
}
