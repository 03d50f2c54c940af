import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Small signed documents that the hub gives to a browser and believes when they come back. `purpose` is part of what
 * is signed, so that one kind is never taken for another.
 */
const macOf = (secret: Uint8Array, purpose: string, payload: string): Buffer =>
  createHmac('sha256', secret).update(`webchat ${purpose}\n${payload}`).digest()

export function sign(secret: Uint8Array, purpose: string, document: object): string {
  const payload = Buffer.from(JSON.stringify(document)).toString('base64url')
  return `${payload}.${macOf(secret, purpose, payload).toString('base64url')}`
}

/** The document, or null when it is not one of ours. Its shape is what `sign` was given for that purpose. */
export function unsign(secret: Uint8Array, purpose: string, signed: string): unknown {
  const [payload, mac, ...rest] = signed.split('.')
  if (!payload || !mac || rest.length > 0) return null
  const given = Buffer.from(mac, 'base64url')
  const wanted = macOf(secret, purpose, payload)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
}
