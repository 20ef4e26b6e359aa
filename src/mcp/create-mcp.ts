/** The room's port. What speaks the protocol is loaded with the first request: a Lugh that no program talks to does not pay for it. */
import type { Duplex } from 'node:stream'
import type { Clock, Ids } from '#core'
import type { Db } from '#db'
import type { Act, Capability } from '#orchestrator'
import type { Handlers } from './server/handlers.ts'

export type McpOptions = {
  readonly db: Db
  readonly capabilities: readonly Capability[]
  readonly facts: Act['facts']
  readonly git: Act['git']
  readonly clock: Clock
  readonly ids: Ids
  readonly log: { warn(fields: object, event: string): void }
  /** `LUGH_MCP_TOKEN`: reads and asks for work. Asked for with every request. */
  readonly token: () => string | undefined
  /** Tools are listed as `lugh/spawn_agent`. */
  readonly literalNames: boolean
  /** Names a browser or a proxy may call this Lugh by, besides the machine itself. */
  readonly hosts: readonly string[]
  /** Where it is reached from outside, if anywhere. */
  readonly publicUrl?: string
  /** Hangs other answers before Lugh's own, for tests of the wiring. Nothing in Lugh sets it. */
  readonly mount?: (own: Handlers) => Handlers
}

export type Mcp = {
  /** One request of `/mcp` over the network. */
  fetch(request: Request): Promise<Response>
  /** What says who may hand out tokens for `/mcp` (RFC 9728). */
  metadata(request: Request): Promise<Response>
  /**
   * Speaks the protocol line by line with whoever opened the socket in LUGH_HOME. `authorization`: the token they gave; without one they read
   * and ask for work. Ends with the stream.
   */
  serve(stream: Duplex, authorization: string | undefined): Promise<void>
  close(): Promise<void>
}

/** Opens nothing: the HTTP door and the socket hand over what comes for it. */
export function createMcp(options: McpOptions): Mcp {
  let loading: ReturnType<typeof load> | undefined
  const load = async () => (await import('./server/endpoint.ts')).createEndpoint(options)
  const endpoint = (): ReturnType<typeof load> => (loading ??= load())
  return {
    fetch: async (request) => (await endpoint()).fetch(request),
    metadata: async (request) => (await endpoint()).metadata(request),
    serve: async (stream, authorization) => (await endpoint()).serve(stream, authorization),
    close: async () => {
      if (loading !== undefined) await (await loading).close()
    },
  }
}
