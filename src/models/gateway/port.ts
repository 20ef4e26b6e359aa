/** What the gateway is asked by the rest of Lugh, and what it asks: nothing here knows a provider, a budget or a row. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TokenUsage } from '../prices.ts'

/** The name behind which an engine inside the walls finds its model. It exists on no network. */
export const GATEWAY_HOST = 'model.lugh.internal'

/** A call before it is made. Both figures are bounds from above: what is set aside for it must be enough. */
export type ExpectedCall = {
  readonly model: string
  /** Tokens of the prompt, by its bytes. */
  readonly promptTokens: number
  /** The most tokens the answer may have. */
  readonly outputTokens: number
}

/** Money or whatever else is set aside for one call. */
export type Reservation =
  /** `settle` is called exactly once, whatever became of the call; with no tokens when it was never made. */
  | { readonly ok: true; readonly settle: (usage: TokenUsage) => Promise<void> }
  /** `why`: for the engine and the card, with the way out. */
  | { readonly ok: false; readonly why: string }

/** The purse of one run. Every call through the gateway is reserved before and settled after. */
export type Meter = { reserve(call: ExpectedCall): Promise<Reservation> }

/** What one run may ask. */
export type GatewayRun = {
  /** The run's own models; every other is refused. */
  readonly models: readonly string[]
  readonly meter: Meter
}

/** One run's way to its model. It takes nobody's word but its own token, and ends with the run. */
export type GatewayDoor = {
  /** Stands where a key would; of no use anywhere else or later. */
  readonly token: string
  /** What `ANTHROPIC_BASE_URL` and `OPENAI_BASE_URL` are inside. */
  readonly anthropicUrl: string
  readonly openaiUrl: string
  /** To be put behind `GATEWAY_HOST` for the run's own commands. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  /** Why the purse said no. From then on it is not asked again. */
  readonly spent: () => string | undefined
  /** Refuses everything from now on, ends what is under way, and resolves when it is settled. */
  close(): Promise<void>
}

export type Gateway = { open(run: GatewayRun): GatewayDoor }

/** A provider as the gateway reaches it. Without a key it is closed, unless its address is one that wants none. A key may change at any time: it is asked for with every call. */
export type GatewayProvider = { readonly apiKey?: string | (() => string | undefined) | undefined; readonly baseUrl?: string | undefined }
export type GatewayProviders = { readonly anthropic: GatewayProvider; readonly openai: GatewayProvider }
