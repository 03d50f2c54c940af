import { randomBytes } from 'node:crypto'
import type { PeerMedia } from '../peer.ts'

export interface MessageRecord {
  sid: string
  direction: 'inbound' | 'outbound-api'
  from: string
  to: string
  body: string
  status: string
  errorCode: number | null
  messagingServiceSid: string | null
  createdAt: number
  sentAt: number | null
  media: { sid: string; file: PeerMedia }[]
  statusCallback: string | null
}

/** Twilio's ids: two letters and 32 hexadecimal digits. */
export const newSid = (prefix: string): string => prefix + randomBytes(16).toString('hex')

/** Twilio writes dates like mail does, in whole seconds. */
const mailDate = (at: number): string => new Date(at).toUTCString().replace('GMT', '+0000')

/** A message as the REST API shows it ("Message resource", API 2010-04-01). */
export function resourceOf(record: MessageRecord, accountSid: string): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${record.sid}`
  return {
    sid: record.sid,
    account_sid: accountSid,
    messaging_service_sid: record.messagingServiceSid,
    api_version: '2010-04-01',
    from: record.from,
    to: record.to,
    body: record.body,
    direction: record.direction,
    status: record.status,
    num_segments: '1',
    num_media: String(record.media.length),
    error_code: record.errorCode,
    error_message: null,
    price: null,
    price_unit: 'USD',
    date_created: mailDate(record.createdAt),
    date_updated: mailDate(record.createdAt),
    date_sent: record.sentAt === null ? null : mailDate(record.sentAt),
    uri: `${uri}.json`,
    subresource_uris: { media: `${uri}/Media.json` },
  }
}
