/** The way out of the walls, allowed place by place. */
export { openGate, type Gate, type InternalHost, type Traffic } from './gate.ts'
export type { Blocked, Lookup } from './decide.ts'
export { fetchUrl, type Fetched } from './fetch-url.ts'
export { isDisguised, parseHostPort, sameHost, showHost, type HostPort, type HostRule } from './host.ts'
export { forwarderPreamble, INNER_SOCKET, isSeenInside, proxyEnvironment } from './forwarder.ts'
