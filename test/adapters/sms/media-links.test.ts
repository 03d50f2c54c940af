import { describe, expect, it } from 'vitest'
import { mediaToken, readMediaToken } from '../../../adapters/sms/media-links.ts'
import type { MediaId } from '../../../src/model.ts'

const secret = new Uint8Array(32).fill(7)
const file = {
  id: 'a'.repeat(64) as MediaId,
  name: '报价 🎂.png',
  mimeType: 'image/png',
  size: 3,
  open: async () => new Uint8Array(3),
}
const NOW = 1_800_000_000_000
const DAY = 86_400_000

describe('links to the files of an MMS', () => {
  const token = mediaToken(secret, file, NOW)

  it('lead to their file for a day', () => {
    expect(readMediaToken(secret, token, NOW + DAY)).toEqual({ id: file.id, type: 'image/png', name: '报价 🎂.png' })
    expect(readMediaToken(secret, token, NOW + DAY + 1)).toBeNull()
  })

  it('fit into a URL', () => {
    expect(token).toMatch(/^[\w-]+\.[\w-]+$/)
  })

  it('cannot be made by others', () => {
    expect(readMediaToken(new Uint8Array(32).fill(8), token, NOW)).toBeNull()
    const [, signature] = token.split('.')
    const other = Buffer.from(JSON.stringify({ id: 'b'.repeat(64), type: 'x', name: 'x', until: NOW + DAY }))
    expect(readMediaToken(secret, `${other.toString('base64url')}.${signature}`, NOW)).toBeNull()
  })

  it.each(['', '.', 'a.b', 'nonsense'])('%j is none', (bad) => {
    expect(readMediaToken(secret, bad, NOW)).toBeNull()
  })
})
