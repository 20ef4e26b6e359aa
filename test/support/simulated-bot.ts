/** A simulator with a grammY client beside it, for tests of what the bot is told. Closed when the test ends. */
import { Api, GrammyError } from 'grammy'
import { onTestFinished } from 'vitest'
import { startSimulator, type Simulator, type SimulatorOptions } from '#simulator'

export type SimulatedBot = Readonly<{
  simulator: Simulator
  api: Api
  /** Asks without a client; answers the body. */
  raw: (path: string, body?: string, type?: string) => Promise<unknown>
}>

/** Starts without rate limits unless they are given. */
export async function startBot(options: SimulatorOptions = {}): Promise<SimulatedBot> {
  const simulator = await startSimulator({ limits: false, ...options })
  onTestFinished(simulator.close)
  const root = `${simulator.apiRoot}/bot${simulator.botToken}`
  const raw = async (path: string, body?: string, type = 'application/json'): Promise<unknown> => {
    const init = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': type } }
    return (await fetch(`${root}/${path}`, init)).json()
  }
  return { simulator, api: new Api(simulator.botToken, { apiRoot: simulator.apiRoot }), raw }
}

/** What the bot is told: `ok`, or code and description. */
export async function told(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (error instanceof GrammyError) return `${error.error_code} ${error.description}`
    throw error
  }
}
