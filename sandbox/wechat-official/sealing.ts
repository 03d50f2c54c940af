import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** WeChat's side of its signature and encryption, written apart from the hub's so that each tests the other. */

export const sign = (...parts: string[]): string =>
  createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex')

export function seal(encodingAesKey: string, appId: string, xml: string): string {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  const text = Buffer.from(xml, 'utf8')
  const header = Buffer.concat([randomBytes(16), Buffer.alloc(4)])
  header.writeUInt32BE(text.length, 16)
  const plain = Buffer.concat([header, text, Buffer.from(appId)])
  const padding = 32 - (plain.length % 32)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16))
  cipher.setAutoPadding(false)
  return Buffer.concat([
    cipher.update(Buffer.concat([plain, Buffer.alloc(padding, padding)])),
    cipher.final(),
  ]).toString('base64')
}

/** WeChat puts every text in CDATA; a `]]>` in it is cut in two sections. */
export const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`

export const xmlOf = (fields: Record<string, string | number>): string => {
  const lines = Object.entries(fields).map(
    ([name, value]) => `<${name}>${typeof value === 'number' ? value : cdata(value)}</${name}>`,
  )
  return `<xml>${lines.join('\n')}</xml>`
}
