/** Without a bot token, a simulated Telegram with a phone page; without an API key there, a model that plays scripts. The same client code talks to both. */
import type { Config } from '#config'
import { createPage, demoScripts, startModelServer, startSimulator, YOU, type Simulator } from '#simulator'

/** What the rest of the start needs, from the real services or the stand-ins. */
export type Outside = {
  readonly telegram: { readonly token: string; readonly apiRoot?: string }
  readonly anthropic: { readonly apiKey?: string; readonly baseUrl?: string }
  readonly allowedUsers: readonly number[]
  readonly simulated: boolean
  readonly pageUrl?: string
  close(): Promise<void>
}

export async function outsideOf(config: Config): Promise<Outside> {
  const { token, apiRoot, allowedUsers } = config.telegram
  if (token !== undefined) {
    return {
      telegram: { token, ...(apiRoot === undefined ? {} : { apiRoot }) },
      anthropic: config.anthropic,
      allowedUsers,
      simulated: false,
      close: () => Promise.resolve(),
    }
  }
  const simulator = await startSimulator({ page: createPage, label: config.label })
  const scripted = config.anthropic.apiKey === undefined
  const model = scripted ? await startModelServer({ scripts: demoScripts }) : undefined
  return {
    telegram: { token: simulator.botToken, apiRoot: simulator.apiRoot },
    anthropic: model === undefined ? config.anthropic : { apiKey: model.apiKey, baseUrl: model.url },
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
