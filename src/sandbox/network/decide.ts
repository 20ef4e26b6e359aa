/**
 * Decides where a connection may go, and to which address. A name that is not allowed is never looked up: asking for it would already
 * carry what it spells to whoever answers. The answer is the address that was checked, so that a second lookup cannot lead elsewhere.
 */
import { isIP } from 'node:net'
import { addressKind } from './address.ts'
import { type HostPort, type HostRule, sameHost } from './host.ts'

/** Answers every address of a name; rejects when it has none. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** Why a connection was not made. `address` is the one that was found to be private. `other-name`: a tunnel to one name that asked for this one inside. */
export type Blocked = HostPort & { readonly reason: 'not-listed' | 'private' | 'never' | 'unknown-name' | 'other-name'; readonly address?: string }

export type Way = { readonly to: readonly string[] } | { readonly blocked: Blocked }

export async function decideWay(target: HostPort, rules: readonly HostRule[], lookup: Lookup): Promise<Way> {
  const { host, port } = target
  const literal = isIP(host) === 0 ? undefined : addressKind(host)
  if (literal === 'never') return { blocked: { host, port, reason: 'never' } }
  const rule = bestRule(target, rules)
  if (literal === 'private' && rule?.private !== true) return { blocked: { host, port, reason: 'private', address: host } }
  if (rule === undefined) return { blocked: { host, port, reason: 'not-listed' } }
  const addresses = literal === undefined ? await lookup(host).catch(() => []) : [host]
  if (addresses.length === 0) return { blocked: { host, port, reason: 'unknown-name' } }
  return checked(target, rule, addresses)
}

function bestRule(target: HostPort, rules: readonly HostRule[]): HostRule | undefined {
  const fitting = rules.filter((rule) => sameHost(rule, target))
  return fitting.find((rule) => rule.private) ?? fitting[0]
}

/** One bad address refuses them all: which of them is taken is not for whoever answers names to decide. */
function checked({ host, port }: HostPort, rule: HostRule, addresses: readonly string[]): Way {
  if (addresses.some((address) => addressKind(address) === 'never')) return { blocked: { host, port, reason: 'never' } }
  const address = addresses.find((each) => addressKind(each) === 'private')
  if (address !== undefined && rule.private !== true) return { blocked: { host, port, reason: 'private', address } }
  return { to: addresses }
}
