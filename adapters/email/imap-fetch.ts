import type { ImapFlow, MessageStructureObject } from 'imapflow'
import type { MediaRef } from '../../src/model.ts'
import { MAX_MAIL_BYTES } from './config.ts'

export interface FetchedMail {
  uid: number
  /** INTERNALDATE: when the server got it, UTC milliseconds. */
  at: number
  /** Null when the mail was deleted meanwhile. */
  raw: Buffer | null
  /** Instead of the files inside, where the mail is too large to be fetched whole. */
  missing?: MediaRef[]
}

const BATCH = 50
const BATCH_BYTES = 4 * 1024 * 1024
/** Of a mail that is too large: its headers and, nearly always, its words stand before the files. */
const BEGINNING_BYTES = 2 * 1024 * 1024

/** Mails in the order given, and each marked \Seen once the next one is asked for: then it was kept. */
export async function* fetchMails(client: ImapFlow, uids: number[]): AsyncGenerator<FetchedMail> {
  for (let at = 0; at < uids.length; at += BATCH) {
    const slice = uids.slice(at, at + BATCH)
    const sizes = await sizesOf(client, slice)
    for (const group of grouped(slice, sizes)) yield* fetchGroup(client, group, sizes)
  }
}

async function* fetchGroup(client: ImapFlow, uids: number[], sizes: Map<number, number>): AsyncGenerator<FetchedMail> {
  const first = uids[0] as number
  const tooLarge = (sizes.get(first) ?? 0) > MAX_MAIL_BYTES
  const mails = tooLarge ? [await fetchBeginning(client, first, sizes.get(first) ?? 0)] : await fetchWhole(client, uids)
  const kept: number[] = []
  try {
    for (const mail of mails) {
      yield mail
      kept.push(mail.uid)
    }
  } finally {
    if (kept.length > 0 && client.usable) await client.messageFlagsAdd(kept, ['\\Seen'], { uid: true }).catch(() => {})
  }
}

async function sizesOf(client: ImapFlow, uids: number[]): Promise<Map<number, number>> {
  const found = await client.fetchAll(uids, { uid: true, size: true }, { uid: true })
  return new Map(found.map((mail) => [mail.uid, mail.size ?? 0]))
}

/** Runs of mails that fit into memory together; one that is too large stands alone. */
function grouped(uids: number[], sizes: Map<number, number>): number[][] {
  const groups: number[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const uid of uids) {
    const size = sizes.get(uid) ?? 0
    bytes += size
    if (bytes > BATCH_BYTES) {
      groups.push([uid])
      bytes = size > BATCH_BYTES ? Number.POSITIVE_INFINITY : size
    } else groups.at(-1)?.push(uid)
  }
  return groups
}

async function fetchWhole(client: ImapFlow, uids: number[]): Promise<FetchedMail[]> {
  const found = await client.fetchAll(uids, { uid: true, internalDate: true, source: true }, { uid: true })
  const byUid = new Map(found.map((mail) => [mail.uid, mail]))
  return uids.map((uid) => {
    const mail = byUid.get(uid)
    return { uid, at: timeOf(mail?.internalDate), raw: mail?.source ?? null }
  })
}

async function fetchBeginning(client: ImapFlow, uid: number, size: number): Promise<FetchedMail> {
  const query = { uid: true, internalDate: true, bodyStructure: true, source: { start: 0, maxLength: BEGINNING_BYTES } }
  const mail = await client.fetchOne(uid, query, { uid: true })
  if (mail === false) return { uid, at: Date.now(), raw: null }
  const reason = `The mail has ${Math.round(size / 1024 / 1024)} MB; files of mails over ${MAX_MAIL_BYTES / 1024 / 1024} MB are not kept`
  const missing = filesIn(mail.bodyStructure).map((part): MediaRef => {
    const name = part.dispositionParameters?.filename ?? part.parameters?.name ?? 'attachment'
    return { state: 'refused', name, mimeType: part.type, size: decodedSize(part), reason }
  })
  // A server that does not tell its parts: then the mail itself stands for what is not here.
  if (missing.length === 0)
    missing.push({ state: 'refused', name: 'mail.eml', mimeType: 'message/rfc822', size, reason })
  return { uid, at: timeOf(mail.internalDate), raw: mail.source ?? null, missing }
}

function filesIn(part: MessageStructureObject | undefined): MessageStructureObject[] {
  if (part === undefined) return []
  if (part.childNodes) return part.childNodes.flatMap(filesIn)
  return part.disposition === 'attachment' || !part.type.startsWith('text/') ? [part] : []
}

/** BODYSTRUCTURE counts encoded bytes: base64 makes 57 of them 78. */
function decodedSize({ size, encoding }: MessageStructureObject): number | null {
  if (size === undefined) return null
  return encoding?.toLowerCase() === 'base64' ? Math.floor((size * 57) / 78) : size
}

function timeOf(date: Date | string | undefined): number {
  const time = date === undefined ? Number.NaN : new Date(date).getTime()
  return Number.isNaN(time) ? Date.now() : time
}
