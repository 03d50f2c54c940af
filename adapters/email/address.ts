/**
 * Mail addresses. Canonical form: trimmed, lower-cased, the domain in its ASCII form. RFC 5321 lets local parts differ
 * by case, but no provider in use does, and one person must not become two by a capital letter.
 */

/** RFC 5321, 4.5.3.1: 64 octets before the @, 255 for the domain; 254 is the longest usable path. */
const MAX_ADDRESS = 254
const MAX_LOCAL = 64

const LOCAL = /^[^\s@<>()[\],;:\\"\p{Cc}]+$/u
const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

/** The canonical address of what a person typed (also `Ann <ann@example.com>` and `mailto:`); null when it is none. */
export function normalizeAddress(raw: string): string | null {
  const typed = /<([^<>]*)>\s*$/.exec(raw)?.[1] ?? raw
  const bare = typed.trim().replace(/^mailto:/i, '')
  const at = bare.lastIndexOf('@')
  if (at < 1) return null
  const local = bare.slice(0, at).toLowerCase().normalize('NFC')
  const domain = asciiDomain(bare.slice(at + 1))
  if (domain === null || !LOCAL.test(local) || local.startsWith('.') || local.endsWith('.')) return null
  if (Buffer.byteLength(local) > MAX_LOCAL || local.length + domain.length + 1 > MAX_ADDRESS) return null
  return `${local}@${domain}`
}

/** The URL parser carries the IDNA rules (UTS 46), so that 例子.测试 and its xn-- form are one domain. */
function asciiDomain(raw: string): string | null {
  const lower = raw.toLowerCase().replace(/\.$/, '')
  if (DOMAIN.test(lower)) return lower
  if (!/^[\p{L}\p{N}\p{M}.-]+$/u.test(lower)) return null
  const ascii = URL.canParse(`http://${lower}`) ? new URL(`http://${lower}`).hostname : ''
  return DOMAIN.test(ascii) ? ascii : null
}

export const localOf = (address: string): string => address.slice(0, address.lastIndexOf('@'))
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)

/** True for the address itself and for every plus-address of it. */
export function isOwnAddress(address: string, own: string): boolean {
  return address === own || (domainOf(address) === domainOf(own) && localOf(address).startsWith(`${localOf(own)}+`))
}
