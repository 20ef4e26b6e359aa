/** Without a bot token, a simulated Telegram with a phone page; without an API key there, a model that plays scripts. The same client code talks to both. */
import type { Config, Secrets } from '#config'
import type { Simulator } from '#simulator'

/** Any key does for a model that plays scripts. */
const SCRIPTED_KEY = 'scripted-model'
/** Nobody reads its history here. */
const REMEMBERED_REQUESTS = 10
/** The simulated chat begins anew with every start, the database does not: numbers grow by the second, so that none comes twice. */
const NUMBERS_SINCE = Date.UTC(2026, 0, 1)

type Provider = { readonly apiKey?: string | (() => string | undefined); readonly baseUrl?: string; readonly defaultModel?: string }

/** What the rest of the start needs, from the real services or the stand-ins. */
export type Outside = {
  readonly telegram: { readonly token: string | (() => string); readonly apiRoot?: string }
  readonly anthropic: Provider
  readonly openai: Provider
  readonly allowedUsers: readonly number[]
  readonly simulated: boolean
  readonly pageUrl?: string
  close(): Promise<void>
}

/** `secrets` are asked for with every call of a model or of Telegram: they may be changed while Lugh runs. */
export async function outsideOf(config: Config, secrets: () => Secrets): Promise<Outside> {
  const anthropic = { ...config.anthropic, apiKey: () => secrets().anthropic }
  const openai = { ...config.openai, apiKey: () => secrets().openai }
  const { token, apiRoot, allowedUsers } = config.telegram
  if (token !== undefined) {
    return {
      telegram: { token: () => secrets().botToken ?? token, ...(apiRoot === undefined ? {} : { apiRoot }) },
      anthropic,
      openai,
      allowedUsers,
      simulated: false,
      close: () => Promise.resolve(),
    }
  }
  // Loaded only where it is used: with a real bot it would be 20 MB and a fifth of the start for nothing.
  const { createPage, defaultCommands, DEMO_PACE_MS, demoScript, startModelServer, startSimulator, YOU } = await import('#simulator')
  const simulator = await startSimulator({
    page: (input) => createPage({ ...input, commands: () => defaultCommands(input.world) }),
    label: config.label,
    rich: true,
    after: Math.floor((Date.now() - NUMBERS_SINCE) / 1000),
  })
  // With any provider of one's own nothing is played: a task must never change from a real model to a pretended one.
  const scripted = config.anthropic.apiKey === undefined && config.openai.apiKey === undefined && config.openai.baseUrl === undefined
  const model = scripted
    ? await startModelServer({
        hears: ({ bytes }) => simulator.world.saidIn(bytes),
        script: demoScript(),
        paceMs: DEMO_PACE_MS,
        remember: REMEMBERED_REQUESTS,
      })
    : undefined
  return {
    telegram: { token: simulator.botToken, apiRoot: simulator.apiRoot },
    anthropic: model === undefined ? anthropic : { apiKey: SCRIPTED_KEY, baseUrl: model.url, defaultModel: 'scripted' },
    openai: model === undefined ? openai : { apiKey: SCRIPTED_KEY, baseUrl: `${model.url}/v1`, defaultModel: 'scripted' },
    allowedUsers: [YOU.id],
    simulated: true,
    ...pageOf(simulator),
    close: async () => {
      await simulator.close()
      await model?.close()
    },
  }
}

function pageOf(simulator: Simulator): { pageUrl?: string } {
  return simulator.pageUrl === undefined ? {} : { pageUrl: simulator.pageUrl }
}
