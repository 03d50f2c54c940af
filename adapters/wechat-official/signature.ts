import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * WeChat's signature: SHA-1 over the sorted, joined parts. Plain mode and GET: token, timestamp, nonce; encrypted
 * mode adds the Encrypt field. (Official Accounts documentation, "Access overview" and "Message encryption".)
 */
export const signatureOf = (...parts: string[]): string =>
  createHash('sha1').update(parts.sort().join('')).digest('hex')

/** Compares without telling by its duration how much was right. */
export function signatureMatches(given: string | null, parts: (string | null)[]): boolean {
  if (given === null || !parts.every((part) => part !== null)) return false
  const expected = Buffer.from(signatureOf(...parts))
  const received = Buffer.from(given)
  return received.length === expected.length && timingSafeEqual(received, expected)
}
