import { createHash } from 'node:crypto'
import { simpleParser } from 'mailparser'
import { normalizeAddress } from './address.ts'
import { decodeHeader, RepairingDecoder } from './charset.ts'
import { htmlToText } from './plain-text.ts'
import { sanitiseHtml } from './sanitise.ts'

/** A mail as it was read. Plain data: it crosses from the worker thread as it is. */
export interface ParsedMail {
  /** Without angle brackets; null when the mail has none or nonsense. */
  messageId: string | null
  /** Names the mail where the Message-ID does not: SHA-256 over what no relay changes. */
  contentHash: string
  inReplyTo: string[]
  references: string[]
  from: Mailbox | null
  replyTo: Mailbox | null
  to: Mailbox[]
  cc: Mailbox[]
  subject: string
  /** UTC milliseconds of the Date header; null when there is none that can be read. */
  date: number | null
  text: string
  /** Sanitised already. */
  html: string | null
  files: MailFile[]
  /** Every header's values in order, by lower-cased name, decoded and unfolded. */
  headers: Record<string, string[]>
  /** What went wrong while reading; the rest is what could be read. */
  damage: string | null
}

export interface Mailbox {
  address: string
  name: string
}

export interface MailFile {
  name: string
  mimeType: string
  content: Uint8Array
  contentId: string | null
}

/** RFC 5322 sets no limit; longer ones than a header line are broken or meant to hurt. */
const MAX_MESSAGE_ID = 250

const parserOptions = {
  skipTextToHtml: true,
  skipHtmlToText: true,
  keepCidLinks: true,
  // Machine-readable reports are read from their own parts, forwarded mails stay files.
  keepDeliveryStatus: true,
  ignoreEmbedded: true,
  checksumAlgo: false as const,
  Iconv: RepairingDecoder as unknown as new (from: string, to: string) => NodeJS.ReadWriteStream,
}

/** What can still be said of a mail whose body nobody could read. */
export function unreadableMail(raw: Uint8Array, damage: string): ParsedMail {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const head = headersOf(buffer)
  return { ...fromHeaders(head), contentHash: contentHash(head, buffer), text: '', html: null, files: [], damage }
}

/** Raw bytes of a mail to what it says. Never rejects: a mail that cannot be read is still a mail. */
export async function parseMail(raw: Uint8Array): Promise<ParsedMail> {
  try {
    const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
    const head = headersOf(buffer)
    return { ...fromHeaders(head), contentHash: contentHash(head, buffer), ...(await readBody(buffer)), damage: null }
  } catch (error) {
    return unreadableMail(raw, error instanceof Error ? error.message : String(error))
  }
}

async function readBody(raw: Buffer): Promise<Pick<ParsedMail, 'text' | 'html' | 'files'>> {
  let mail = await simpleParser(raw, parserOptions)
  if (`${mail.text ?? ''}${mail.html || ''}`.includes('\ufffd'))
    mail = await simpleParser(relabelled(raw), parserOptions)
  const html = typeof mail.html === 'string' && mail.html.trim() !== '' ? mail.html : null
  const plain = cleanText(mail.text ?? '')
  return {
    text: plain.trim() === '' && html !== null ? cleanText(htmlToText(html)) : plain,
    html: html === null ? null : sanitiseHtml(html),
    files: mail.attachments.map((file, index) => ({
      name: fileName(file.filename, file.contentType, index),
      mimeType: file.contentType,
      content: file.content,
      contentId: file.cid ?? null,
    })),
  }
}

/** The parser takes bodies labelled UTF-8 or not at all as they are; renamed, their bytes come to our own decoder. */
function relabelled(raw: Buffer): Buffer {
  const text = raw
    .toString('latin1')
    .replace(/(charset\s*=\s*"?)(?:utf-?8|us-ascii|ascii)\b/gi, '$1x-unknown')
    .replace(/^(content-type:[ \t]*text\/(?:plain|html))[ \t]*(?=\r?\n(?![ \t]))/gim, '$1; charset=x-unknown')
  const hasType = /^content-type:/im.test(text.slice(0, Math.max(0, text.search(/\r?\n\r?\n/))))
  return Buffer.from(hasType ? text : `Content-Type: text/plain; charset=x-unknown\r\n${text}`, 'latin1')
}

function fileName(given: string | undefined, mimeType: string, index: number): string {
  if (given) return decodeHeader(Buffer.from(given, 'utf8').toString('latin1')).replace(/\p{Cc}/gu, '')
  if (mimeType === 'message/rfc822') return `message-${index + 1}.eml`
  const extension = /^[a-z]+\/([a-z0-9]{2,5})$/.exec(mimeType)?.[1] ?? 'bin'
  return `attachment-${index + 1}.${extension}`
}

/** Databases refuse NUL, screens other control characters. */
export const cleanText = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '')

// —— headers ——

interface Head {
  lines: { key: string; value: string }[]
  bodyAt: number
}

/** Enough for hundreds of recipients; patterns take time by the square of what they are given. */
const MAX_HEADER = 20_000

/** The header block by hand: it must be readable also where the body is not. One byte per character. */
function headersOf(raw: Buffer): Head {
  const block = raw.subarray(0, 512 * 1024).toString('latin1')
  const end = /\r?\n\r?\n/.exec(block)
  const bodyAt = end ? end.index + end[0].length : raw.length
  const unfolded = block.slice(0, end?.index ?? block.length).replace(/\r?\n[ \t]+/g, ' ')
  const lines = unfolded.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':')
    return colon > 0
      ? [{ key: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1, colon + MAX_HEADER).trim() }]
      : []
  })
  return { lines, bodyAt }
}

function fromHeaders(head: Head) {
  const headers: Record<string, string[]> = {}
  const raw = (key: string) => head.lines.filter((line) => line.key === key).map((line) => line.value)
  for (const { key, value } of head.lines) {
    if (!Object.hasOwn(headers, key)) Object.defineProperty(headers, key, { value: [], enumerable: true })
    headers[key]?.push(decodeHeader(value))
  }
  const date = Date.parse(
    raw('date')[0]
      ?.slice(0, 200)
      .replace(/\([^)]*\)/g, '') ?? '',
  )
  return {
    headers,
    messageId: saneId(messageIds(raw('message-id')[0] ?? '')[0] ?? ''),
    inReplyTo: messageIds(raw('in-reply-to').join(' ')),
    references: messageIds(raw('references').join(' ')),
    from: mailboxes(raw('from')[0] ?? '')[0] ?? mailboxes(raw('sender')[0] ?? '')[0] ?? null,
    replyTo: mailboxes(raw('reply-to')[0] ?? '')[0] ?? null,
    to: mailboxes(raw('to').join(', ').slice(0, MAX_HEADER)),
    cc: mailboxes(raw('cc').join(', ').slice(0, MAX_HEADER)),
    subject: oneLine(headers.subject?.[0] ?? ''),
    date: Number.isNaN(date) ? null : date,
  }
}

const oneLine = (text: string): string => cleanText(text).replace(/\s+/g, ' ').trim()

/** The ids in a Message-ID, In-Reply-To or References header, without brackets, in order, each once. */
export function messageIds(value: string): string[] {
  const bracketed = [...value.matchAll(/<([^<>]+)>/g)].map((match) => (match[1] ?? '').replace(/\s+/g, ''))
  const found = bracketed.length > 0 ? bracketed : value.split(/\s+/).filter((word) => word.includes('@'))
  return [...new Set(found.flatMap((id) => saneId(id) ?? []))]
}

const saneId = (id: string): string | null =>
  id.length > 2 && id.length <= MAX_MESSAGE_ID && /^[\x21-\x7e]+$/.test(id) ? id : null

const MAX_MAILBOX = 1000

/** Addresses of a raw header value. Those that are none are left out, their neighbours stay. */
export function mailboxes(value: string): Mailbox[] {
  return splitAddresses(value).flatMap((whole) => {
    // The address stands last; no name is this long.
    const one = whole.slice(-MAX_MAILBOX)
    const angle = /^(.*)<([^<>]*)>[^<>]*$/s.exec(one)
    const address = normalizeAddress(decodeHeader(angle?.[2] ?? one.replace(/\([^)]*\)/g, '')))
    if (address === null) return []
    const comment = /\(([^)]*)\)/.exec(one)?.[1] ?? ''
    return [{ address, name: displayName(angle?.[1] ?? comment) }]
  })
}

function displayName(raw: string): string {
  const unquoted = raw.trim().replace(/^"(.*)"$/s, (_, inner: string) => inner.replace(/\\(.)/g, '$1'))
  return oneLine(decodeHeader(unquoted))
    .replace(/^["']|["']$/g, '')
    .slice(0, 200)
}

/** Splits at commas and semicolons outside quotes and comments. */
function splitAddresses(value: string): string[] {
  const found: string[] = []
  let start = 0
  let inside: '' | '"' | ')' = ''
  for (let at = 0; at <= value.length; at++) {
    const char = value[at] ?? ''
    if (char === '\\') at++
    else if (inside !== '') inside = char === inside ? '' : inside
    else if (char === '"') inside = '"'
    else if (char === '(') inside = ')'
    if ((inside === '' && (char === ',' || char === ';')) || at >= value.length) {
      found.push(value.slice(start, at).replace(/^[^:<"@]*:/, ''))
      start = at + 1
    }
  }
  return found
}

/** Date, From, Subject, To and the body: the same by whichever way and relay the mail came. */
function contentHash(head: Head, raw: Buffer): string {
  const hash = createHash('sha256')
  for (const key of ['date', 'from', 'subject', 'to']) {
    hash.update(`${key}:${head.lines.find((line) => line.key === key)?.value ?? ''}\n`)
  }
  return hash.update(raw.subarray(head.bodyAt)).digest('hex')
}
