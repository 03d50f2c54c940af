import { BlockList, isIP } from 'node:net'

const BLOCKED: ['ipv4' | 'ipv6', string, number][] = [
  ['ipv4', '0.0.0.0', 8],
  ['ipv4', '10.0.0.0', 8],
  ['ipv4', '100.64.0.0', 10],
  ['ipv4', '127.0.0.0', 8],
  ['ipv4', '169.254.0.0', 16],
  ['ipv4', '172.16.0.0', 12],
  ['ipv4', '192.0.0.0', 24],
  ['ipv4', '192.168.0.0', 16],
  ['ipv4', '198.18.0.0', 15],
  ['ipv4', '224.0.0.0', 3],
  ['ipv6', '::', 128],
  ['ipv6', '::1', 128],
  ['ipv6', '64:ff9b::', 96],
  ['ipv6', 'fc00::', 7],
  ['ipv6', 'fe80::', 10],
  ['ipv6', 'ff00::', 8],
]

/** Addresses that only mean something inside a network (IANA's special-purpose registries): never fetched from. */
function blockList(): BlockList {
  const list = new BlockList()
  for (const [family, address, prefix] of BLOCKED) list.addSubnet(address, prefix, family)
  return list
}

const PRIVATE = blockList()

/** `address` is an IP address; IPv4 inside IPv6 is judged by its IPv4 part. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address)
  return family === 0 || PRIVATE.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** A URL's host as an IP address, without the brackets of IPv6; null for a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) === 0 ? null : bare
}

/** True for a host that a provider on the internet can never reach. Names are not resolved. */
export function isLocalHost(hostname: string): boolean {
  const literal = literalAddress(hostname)
  return literal === null ? /(^|\.)(localhost|local|internal)$/i.test(hostname) : isPrivateAddress(literal)
}
