import { Transform, type TransformCallback } from 'node:stream'

/**
 * Bytes to text when the label may be wrong. Node's TextDecoder follows the WHATWG Encoding Standard: there `gb2312`
 * and `gbk` decode all of gb18030 and `big5` the Hong Kong characters, and iso-2022-jp is known, so most of what mail
 * programs get wrong is right as soon as it is used; what is left is text with no label, or somebody else's.
 */
export function decodeText(bytes: Uint8Array, label: string | undefined): string {
  const name = labelOf(label)
  if (!hasHighBytes(bytes)) return decode(bytes, name, false) ?? decode(bytes, 'utf-8', false) ?? ''
  if ((name === 'us-ascii' || name === 'utf-8') && mostlyUtf8(bytes)) return decode(bytes, 'utf-8', false) ?? ''
  if (name === 'us-ascii') return guess(bytes) ?? decode(bytes, 'windows-1252', false) ?? ''
  if (name === 'windows-1252' || name === 'iso-8859-1')
    return mislabelledLatin(bytes) ?? decode(bytes, name, false) ?? ''
  return decode(bytes, name, true) ?? guess(bytes) ?? decode(bytes, name, false) ?? decode(bytes, 'utf-8', false) ?? ''
}

/** UTF-7 could carry markup past a filter that looks for `<`; base64 and hex are no charsets: all become plain ASCII. */
function labelOf(label: string | undefined): string {
  const name = (label ?? '').toLowerCase().replace(/["']/g, '').trim()
  if (name === '' || name === 'ascii' || name === 'us-ascii' || name.startsWith('x-unknown')) return 'us-ascii'
  if (/utf-?7|unicode-1-1|base64|^hex$|binary|8bit|unknown/.test(name)) return 'us-ascii'
  if (/^(gb[-_]?2312|gb[-_]?k|gb[-_]?18030|cp-?936|ms936|hz-gb-2312|euc-cn|x-gbk|chinese)/.test(name)) return 'gb18030'
  if (/^utf[-_]?8/.test(name)) return 'utf-8'
  if (/^(cp-?950|ms950|big5)/.test(name)) return 'big5'
  if (/^cp-?125\d$/.test(name)) return `windows-${name.slice(-4)}`
  if (/^cp-?93[26]$|^ms932$/.test(name)) return 'shift_jis'
  if (/^cp-?949$|^ms949$/.test(name)) return 'euc-kr'
  return name
}

function decode(bytes: Uint8Array, label: string, fatal: boolean): string | null {
  try {
    return new TextDecoder(label, { fatal }).decode(bytes)
  } catch {
    return null
  }
}

/** Without a label: UTF-8 proves itself, then what Chinese and Japanese programs send raw. */
function guess(bytes: Uint8Array): string | null {
  for (const label of ['utf-8', 'gb18030', 'big5', 'shift_jis', 'euc-kr']) {
    const text = decode(bytes, label, true)
    if (text !== null && (label === 'utf-8' || plausible(text))) return text
  }
  return null
}

/** Western text in another charset decodes as rare characters and private-use ones: not a language anybody writes. */
function plausible(text: string): boolean {
  const high = [...text].filter((char) => char > '\u007f')
  const known = high.filter((char) =>
    /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef\u2010-\u2026\p{Extended_Pictographic}]/u.test(
      char,
    ),
  )
  return known.length >= high.length * 0.8
}

/** Text labelled Latin-1 whose high bytes all come in pairs of the GB 2312 area was never Latin-1. */
function mislabelledLatin(bytes: Uint8Array): string | null {
  const utf8 = decode(bytes, 'utf-8', true)
  if (utf8 !== null) return utf8
  let pairs = 0
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] ?? 0) < 0x80) continue
    const lead = bytes[at] ?? 0
    const trail = bytes[at + 1] ?? 0
    if (lead < 0xa1 || lead > 0xf7 || trail < 0xa1) return null
    pairs++
    at++
  }
  return pairs >= 2 ? decode(bytes, 'gb18030', true) : null
}

/** A few broken bytes in a long UTF-8 text are damage, not another charset. */
function mostlyUtf8(bytes: Uint8Array): boolean {
  const text = decode(bytes, 'utf-8', false) ?? ''
  let broken = 0
  let good = 0
  for (const char of text) {
    if (char === '\ufffd') broken++
    else if (char > '\u007f') good++
  }
  return broken * 10 <= good
}

const hasHighBytes = (bytes: Uint8Array): boolean => bytes.some((byte) => byte >= 0x80)

const WORD = /=\?([^?\s]+?)(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi

/**
 * A header value as a person reads it: RFC 2047 words, and the raw 8-bit text that RFC 2047 forbids and programs send.
 * `line` holds one byte per character. Neighbouring words of one charset are joined before they are decoded, because
 * programs cut them in the middle of a character.
 */
export function decodeHeader(line: string): string {
  const parts: { label: string | null; bytes: Buffer }[] = []
  const push = (label: string | null, bytes: Buffer) => {
    const last = parts.at(-1)
    if (last && last.label === label) last.bytes = Buffer.concat([last.bytes, bytes])
    else parts.push({ label, bytes })
  }
  let end = 0
  for (const match of line.matchAll(WORD)) {
    const between = line.slice(end, match.index)
    if (between !== '' && !(parts.at(-1)?.label != null && /^\s*$/.test(between)))
      push(null, Buffer.from(between, 'latin1'))
    push((match[1] ?? '').toLowerCase(), wordBytes(match[2] ?? '', match[3] ?? ''))
    end = match.index + match[0].length
  }
  if (end < line.length) push(null, Buffer.from(line.slice(end), 'latin1'))
  return parts.map((part) => decodeText(part.bytes, part.label ?? undefined)).join('')
}

function wordBytes(encoding: string, content: string): Buffer {
  if (encoding.toLowerCase() === 'b') return Buffer.from(content, 'base64')
  const bytes = content
    .replace(/_/g, ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1')
}

/** What mailparser calls for a body that is not plainly UTF-8: collects it and decodes it as a whole. */
export class RepairingDecoder extends Transform {
  readonly #label: string
  readonly #chunks: Buffer[] = []

  constructor(label: string) {
    super()
    this.#label = label
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#chunks.push(chunk)
    done()
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(decodeText(Buffer.concat(this.#chunks), this.#label)))
  }
}
