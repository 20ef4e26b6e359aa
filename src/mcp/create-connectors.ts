/** Servers that a person connected. What speaks the protocol is loaded with the first of them: a Lugh without any does not pay for it. */
import type { Connectors } from '#orchestrator'
import type { Room } from './client/connect.ts'

export type ConnectorsOptions = Room

/** Starts and reaches nothing until it is asked to. */
export function createConnectors(options: ConnectorsOptions): Connectors {
  let loading: Promise<Connectors> | undefined
  const load = async (): Promise<Connectors> => (await import('./client/connectors.ts')).openConnectors(options)
  const connectors = (): Promise<Connectors> => (loading ??= load())
  return {
    look: async (server, place, signal) => (await connectors()).look(server, place, signal),
    call: async (request) => (await connectors()).call(request),
    door: async (served) => (await connectors()).door(served),
    end: async (key) => (loading === undefined ? undefined : (await loading).end(key)),
    close: async () => (loading === undefined ? undefined : (await loading).close()),
  }
}
