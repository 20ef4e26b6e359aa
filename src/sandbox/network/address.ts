/** What kind of address a name led to. The public internet is what is left after IANA's special-purpose registries (IPv4 and IPv6) are taken out. */
import { BlockList, isIP } from 'node:net'

/**
 * `private`: this machine or its own network, reachable only when a person allowed exactly that. `never`: link-local (the keys of a cloud
 * machine are served there), unspecified, multicast and reserved, which no build needs; also whatever is no address.
 */
export type AddressKind = 'public' | 'private' | 'never'

const OWN = listOf([
  ['127.0.0.0', 8], // loopback
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10], // carrier-grade NAT, and most VPNs between one's own machines
  ['::1', 128],
  ['fc00::', 7], // unique local
])

const NEVER = listOf([
  ['0.0.0.0', 8], // "this network": Linux takes 0.0.0.0 for loopback
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  // Ways to write or carry an IPv4 address in an IPv6 one: what they lead to is decided elsewhere.
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 23],
  ['100::', 64],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
])

/** Mapped addresses (`::ffff:10.0.0.1`) count as what they stand for. */
export function addressKind(address: string): AddressKind {
  const family = isIP(address)
  if (family === 0 || address.includes('%')) return 'never'
  const type = family === 4 ? 'ipv4' : 'ipv6'
  if (OWN.check(address, type)) return 'private'
  return NEVER.check(address, type) ? 'never' : 'public'
}

function listOf(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6')
  return list
}
