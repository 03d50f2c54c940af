import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** WeChat pads to 32 bytes, not to AES's 16: OpenSSL's own padding is off. */
const BLOCK = 32
const HEAD = 20

const keyOf = (encodingAesKey: string): Buffer => {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  if (key.length !== 32) throw new Error('The EncodingAESKey is not 43 characters of base64.')
  return key
}

/**
 * Opens an Encrypt field: AES-256-CBC, IV = first 16 bytes of the key; inside are 16 random bytes, a uint32 (big
 * endian) length, the XML, and the AppID. Null when it is not for us, or was tampered with.
 * (Official Accounts documentation, "Message encryption".)
 */
export function decrypt(encodingAesKey: string, appId: string, encrypted: string): string | null {
  const data = Buffer.from(encrypted, 'base64')
  if (data.length === 0 || data.length % 16 !== 0) return null
  const key = keyOf(encodingAesKey)
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([decipher.update(data), decipher.final()])
  return unwrap(unpad(padded), appId)
}

/** Seals an XML as WeChat does. */
export function encrypt(encodingAesKey: string, appId: string, xml: string, random = randomBytes(16)): string {
  const body = Buffer.from(xml)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const key = keyOf(encodingAesKey)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const padded = pad(Buffer.concat([random, length, body, Buffer.from(appId)]))
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
}

function unwrap(plain: Buffer | null, appId: string): string | null {
  if (plain === null || plain.length < HEAD) return null
  const end = HEAD + plain.readUInt32BE(16)
  if (end > plain.length || plain.subarray(end).toString() !== appId) return null
  return plain.subarray(HEAD, end).toString()
}

function pad(data: Buffer): Buffer {
  const count = BLOCK - (data.length % BLOCK)
  return Buffer.concat([data, Buffer.alloc(count, count)])
}

function unpad(data: Buffer): Buffer | null {
  const count = data.at(-1) ?? 0
  if (count < 1 || count > BLOCK || count > data.length) return null
  const padding = data.subarray(-count)
  return padding.every((byte) => byte === count) ? data.subarray(0, -count) : null
}
