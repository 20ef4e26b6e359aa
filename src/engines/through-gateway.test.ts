/** The built-in engines with the gateway between them and their providers: whatever holds of a provider holds through it. */
import { createServer } from 'node:http'
import { createGateway } from '#models'
import { COMMON_FAULTS, startStandIn, type Provider } from '../../test/support/stand-in.ts'
import { createAnthropicEngine, type ProviderSettings } from './anthropic.ts'
import { engineConformance, type StandIn } from './conformance.ts'
import { createOpenAiEngine } from './openai.ts'
import type { Engine } from './port.ts'

const KEY = 'sk-ant-canary-0123456789'
const NO_KEY = { 'bad key': { kind: 'status', status: 401, message: `invalid x-api-key ${KEY}` } } as const
const NO_CREDIT = { 'no credit': { kind: 'status', status: 400, message: 'Your credit balance is too low to access the API.' } } as const

type Made = Pick<Provider, 'model' | 'thinking' | 'path' | 'create'> & { readonly cuts: readonly [number, number] }

/** The stand-in of a provider whose engines speak to the gateway's handler on a port of its own. */
async function startBehindGateway({ cuts, ...made }: Made): Promise<StandIn> {
  let door: ReturnType<ReturnType<typeof createGateway>['open']> | undefined
  const server = createServer((request, response) => door?.handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const create = (settings: ProviderSettings): Engine => {
    if (settings.apiKey === undefined) return made.create(settings)
    const { baseUrl = '' } = settings
    const root = baseUrl.replace(/\/v1$/u, '')
    const gateway = createGateway({ anthropic: { apiKey: KEY, baseUrl: root }, openai: { apiKey: KEY, baseUrl: `${root}/v1` } })
    door ??= gateway.open({ models: [made.model], meter: { reserve: async () => ({ ok: true, settle: () => Promise.resolve() }) } })
    return made.create({ ...settings, apiKey: door.token, baseUrl: `http://127.0.0.1:${port}${made.path}` })
  }
  const faults = {
    ...COMMON_FAULTS,
    ...NO_KEY,
    ...NO_CREDIT,
    'stream cut': { kind: 'cut', afterEvents: cuts[0] },
    'stream ended early': { kind: 'cut', afterEvents: cuts[1], clean: true },
  } as const
  const standIn = await startStandIn({ ...made, key: KEY, create, faults })
  return {
    ...standIn,
    close: async () => {
      await door?.close()
      await standIn.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

engineConformance('anthropic through the gateway', () =>
  startBehindGateway({ model: 'claude-sonnet-5-5', thinking: 'bound', path: '', create: createAnthropicEngine, cuts: [6, 6] }),
)
engineConformance('openai Responses through the gateway', () =>
  startBehindGateway({
    model: 'gpt-6.1-sol',
    thinking: 'free',
    path: '/v1',
    create: (settings) => createOpenAiEngine({ ...settings, format: 'responses' }),
    cuts: [6, 9],
  }),
)
engineConformance('openai chat completions through the gateway', () =>
  startBehindGateway({
    model: 'qwen3-coder',
    thinking: 'none',
    path: '/v1',
    create: (settings) => createOpenAiEngine({ ...settings, format: 'chat' }),
    cuts: [4, 4],
  }),
)
