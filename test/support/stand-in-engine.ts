/**
 * An engine that is a program of its own, in small: a function in this process, started by the sandbox's door like a program, with the
 * run's way to its model and nothing else. For what the road makes of such engines; what walls do to them is shown elsewhere.
 */
import { createServer } from 'node:http'
import type { Session, SessionEngine } from '#engines'
import { GATEWAY_HOST } from '#models'
import type { Machinery } from '#orchestrator'
import type { Finished } from '#sandbox'

export const STAND_IN = 'stand-in'
const FINISHED: Finished = { exitCode: 0, signal: null, endedBy: null, stdout: '', stderr: '', truncated: false, ms: 1 }

/** Asks its model once; what comes back is the answer as the gateway gives it, a no included. */
export type AskModel = (words: string) => Promise<{ status: number; body: string }>
export type Program = (session: Session, ask: AskModel) => Promise<string>

/** What machinery needs so that its tasks are worked by this program on this model. */
export function standInMachinery(m: Machinery, program: Program): Machinery {
  let run: (url: string) => Promise<void> = () => Promise.resolve()
  const engine: SessionEngine = {
    name: STAND_IN,
    asks: true,
    defaultModel: m.facts.model,
    available: () => ({ ok: true }),
    models: () => Promise.resolve([]),
    work: async (session) => {
      let words = ''
      run = async (url) => {
        words = await program(session, (prompt) => askModel(session, url, prompt))
      }
      await session.launch({ argv: [STAND_IN] })
      session.signal.throwIfAborted()
      return { words }
    },
  }
  const launch: Machinery['sandbox']['run'] = async ({ network }) => {
    const handler = network?.internal?.get(GATEWAY_HOST)
    const server = createServer((request, response) => handler?.(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    try {
      await run(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`)
      return FINISHED
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  return {
    ...m,
    git: { ...m.git, mounts: () => ({ writable: [], readable: [] }) },
    sandbox: { ...m.sandbox, run: launch },
    sessions: new Map([[STAND_IN, engine]]),
    facts: { ...m.facts, engine: STAND_IN, engines: new Map([...m.facts.engines, [STAND_IN, { ...engine, own: { asks: true }, known: () => [] }]]) },
  }
}

async function askModel({ gateway, model, signal }: Session, url: string, words: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': gateway.token },
    body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: words }] }),
    signal,
  })
  return { status: answer.status, body: await answer.text() }
}
