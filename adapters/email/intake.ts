import type { InboundEvent, MediaRef } from '../../src/model.ts'
import type { AdapterContext } from '../contract.ts'
import type { EmailConfig } from './config.ts'
import { type Arrival, eventsOf, isOwnReport } from './inbound.ts'
import type { MailReader } from './mail-reader.ts'
import type { ParsedMail } from './parse.ts'
import type { ReplyTokens } from './reply-token.ts'

/** Larger files are named but not kept. */
const MAX_FILE_BYTES = 25 * 1024 * 1024
/** A message on the bus has 1 MB for both; what is longer is cut there and whole in message.eml. */
const MAX_TEXT_BYTES = 300 * 1024
const MAX_FILES = 200

export type Intake = (raw: Uint8Array, arrival: Arrival, missing?: MediaRef[]) => Promise<InboundEvent[]>

/**
 * Raw mail to events, files kept on the way. `missing` stands for files that were not fetched. Rejects only when the
 * media store cannot keep a file: the mail must then come again.
 */
export function openIntake(
  context: AdapterContext,
  config: EmailConfig,
  tokens: ReplyTokens,
  reader: MailReader,
): Intake {
  const account = { account: context.account, config, tokens }
  return async (raw, arrival, missing) => {
    const read = await reader.read(raw)
    if (isOwnReport(read, arrival, account)) return eventsOf(read, [], arrival, account)
    const { mail, whole } = fitted(read)
    const files = missing ?? (await keptFiles(mail, context))
    const media = whole ? files : [...files, await rawMail(raw, context)]
    if (mail.damage !== null)
      context.log.warn({ mail: mail.messageId, damage: mail.damage }, 'A mail could only be read in part')
    return eventsOf(mail, media, arrival, account)
  }
}

async function keptFiles(mail: ParsedMail, context: AdapterContext): Promise<MediaRef[]> {
  const refs: MediaRef[] = []
  for (const [index, file] of mail.files.entries()) {
    const { name, mimeType, content, contentId } = file
    if (index >= MAX_FILES) {
      refs.push({
        state: 'refused',
        name,
        mimeType,
        size: content.byteLength,
        reason: `More than ${MAX_FILES} files in one mail`,
      })
      continue
    }
    const ref = await context.media.put(content, { name, mimeType, maxBytes: MAX_FILE_BYTES })
    refs.push(ref.state === 'stored' && contentId ? { ...ref, contentId } : ref)
  }
  return refs
}

const rawMail = (raw: Uint8Array, context: AdapterContext): Promise<MediaRef> =>
  context.media.put(raw, { name: 'message.eml', mimeType: 'message/rfc822', maxBytes: MAX_FILE_BYTES * 2 })

/** `whole` is false where the mail's own bytes must be kept beside what is shown. */
function fitted(mail: ParsedMail): { mail: ParsedMail; whole: boolean } {
  const longText = jsonBytes(mail.text) > MAX_TEXT_BYTES
  const longHtml = jsonBytes(mail.html ?? '') > MAX_TEXT_BYTES
  if (!longText && !longHtml) return { mail, whole: mail.damage === null }
  const text = longText ? `${cut(mail.text)}\n\n[…]` : mail.text
  return { mail: { ...mail, text, html: longHtml ? null : mail.html }, whole: false }
}

const jsonBytes = (text: string): number =>
  text.length * 6 < MAX_TEXT_BYTES ? 0 : Buffer.byteLength(JSON.stringify(text))

function cut(text: string): string {
  let kept = text
  while (jsonBytes(kept) > MAX_TEXT_BYTES) kept = kept.slice(0, Math.floor(kept.length * 0.8))
  return kept.toWellFormed()
}
