import * as v from 'valibot'
import type { AccountId, InboundEvent, MediaRef, Millis, ReceiptStatus, RemoteId, SendKey } from '../../src/model.ts'
import { deliveryFailure, OPTED_OUT } from './errors.ts'
import { type OptChange, optChangeOf } from './opt-out.ts'
import type { Params } from './signature.ts'

export interface ParseContext {
  account: AccountId
  at: Millis
  optOutWords: readonly string[]
  normalize(raw: string): string | null
}

const sid = v.pipe(v.string(), v.regex(/^[A-Z]{2}[0-9a-zA-Z]{32}$/))

const inbound = v.object({
  MessageSid: sid,
  From: v.pipe(v.string(), v.trim(), v.nonEmpty()),
  Body: v.optional(v.string(), ''),
  NumMedia: v.optional(v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number)), '0'),
  OptOutType: v.optional(v.string()),
})

const status = v.object({
  MessageSid: sid,
  MessageStatus: v.string(),
  To: v.optional(v.string(), ''),
  ErrorCode: v.optional(v.pipe(v.string(), v.transform(Number))),
  ErrorMessage: v.optional(v.string(), ''),
})

/** Twilio adds parameters as it likes: only those named here are read. */
const record = (params: Params): Record<string, string> =>
  Object.fromEntries([...params].map(([name, values]) => [name, values[0] ?? '']))

/** An incoming message, and what it means for consent; null when the call lacks what makes a message. */
export function parseInbound(params: Params, context: ParseContext): InboundEvent[] | null {
  const fields = record(params)
  const parsed = v.safeParse(inbound, fields)
  if (!parsed.success) return null
  const { MessageSid, From, Body, NumMedia, OptOutType } = parsed.output
  const { account, at } = context
  const address = context.normalize(From) ?? From
  const from = { address, verified: true }
  const id = MessageSid as RemoteId
  const media = mediaOf(fields, NumMedia)
  const events: InboundEvent[] = [{ kind: 'message', account, id, at, thread: address, from, text: Body, media }]
  const change = namedChange(OptOutType) ?? optChangeOf(Body, context.optOutWords)
  if (change !== null)
    events.push({ kind: 'consent', account, id: `${id}:consent`, at, thread: address, from, change, evidence: Body })
  return events
}

/** Twilio's own reading of the message, where the number's messaging service makes one. */
function namedChange(optOutType: string | undefined): OptChange | null {
  if (optOutType === 'STOP') return 'revoked'
  return optOutType === 'START' ? 'granted' : null
}

/** The files are fetched after the webhook was answered: Twilio waits at most 15 s for it. */
function mediaOf(fields: Record<string, string>, count: number): MediaRef[] {
  const refs: MediaRef[] = []
  for (let index = 0; index < count; index += 1) {
    const ref = fields[`MediaUrl${index}`]
    if (ref === undefined || !URL.canParse(ref)) continue
    const mimeType = fields[`MediaContentType${index}`] ?? 'application/octet-stream'
    refs.push({ state: 'remote', ref, name: nameOf(mimeType, index + 1), mimeType })
  }
  return refs
}

/** MMS files have no names: made from type and place, `image-1.png`. */
export function nameOf(mimeType: string, place: number): string {
  const [kind = 'file', subtype = ''] = mimeType.toLowerCase().split(/[/;]/)
  const extension = { jpeg: 'jpg', mpeg: 'mp3', 'x-vcard': 'vcf', vcard: 'vcf', plain: 'txt' }[subtype] ?? subtype
  const stem = ['image', 'audio', 'video'].includes(kind) ? kind : 'file'
  return /^[a-z0-9]{2,5}$/.test(extension) ? `${stem}-${place}.${extension}` : `${stem}-${place}`
}

/** Twilio's ladder on ours; statuses of incoming messages and of schedules are not on it. */
const LADDER: Record<string, ReceiptStatus> = {
  accepted: 'accepted',
  queued: 'accepted',
  sending: 'accepted',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
}

export interface StatusReport {
  sid: RemoteId
  events: InboundEvent[]
}

/**
 * A status callback. Our own URL carries the send key, so the receipt finds its send even when the answer that
 * held the sid was lost. Callbacks come out of order: the reader only climbs.
 */
export function parseStatus(params: Params, sendKey: SendKey | null, context: ParseContext): StatusReport | null {
  const parsed = v.safeParse(status, record(params))
  if (!parsed.success) return null
  const { MessageSid, MessageStatus, To, ErrorCode, ErrorMessage } = parsed.output
  const { account, at } = context
  const id = MessageSid as RemoteId
  const step = LADDER[MessageStatus]
  if (step === undefined) return { sid: id, events: [] }
  const code = ErrorCode !== undefined && ErrorCode > 0 ? ErrorCode : null
  const events: InboundEvent[] = [
    {
      kind: 'receipt',
      account,
      id: `${id}:${MessageStatus}`,
      at,
      of: sendKey === null ? { remote: id } : { sendKey },
      status: step,
      ...(step === 'failed' ? { failure: deliveryFailure(code, ErrorMessage) } : {}),
    },
  ]
  const address = context.normalize(To)
  if (code === OPTED_OUT && address !== null) events.push(optedOut(account, at, address, id))
  return { sid: id, events }
}

/** Twilio refused because this person opted out, perhaps before we knew the account. */
export function optedOut(account: AccountId, at: Millis, address: string, id: string): InboundEvent {
  return {
    kind: 'consent',
    account,
    id: `${id}:${OPTED_OUT}`,
    at,
    thread: address,
    from: { address, verified: true },
    change: 'revoked',
    evidence: `Twilio error ${OPTED_OUT}: the recipient opted out.`,
  }
}
