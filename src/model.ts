/**
 * The shared vocabulary: ids, states and the shapes that travel between parts.
 * Times are UTC milliseconds since 1970 everywhere; ids are UUIDv7 strings unless said otherwise.
 */

type Branded<Name extends string> = string & { readonly __brand: Name }

export type AccountId = Branded<'AccountId'>
export type AgentId = Branded<'AgentId'>
export type TeamId = Branded<'TeamId'>
export type ContactId = Branded<'ContactId'>
export type IdentityId = Branded<'IdentityId'>
export type ConversationId = Branded<'ConversationId'>
export type MessageId = Branded<'MessageId'>
export type DeliveryId = Branded<'DeliveryId'>
/** SHA-256 of the content, hex. The name of a file in the media store. */
export type MediaId = Branded<'MediaId'>
/** A provider's own id of a message (MessageSid, MsgId, Message-ID …); unique within an account. */
export type RemoteId = Branded<'RemoteId'>
/** Our id of one send: at most 32 of [0-9A-Za-z_-], so that every provider's idempotency field takes it. */
export type SendKey = Branded<'SendKey'>

export type Millis = number

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type MediaKind = 'image' | 'audio' | 'video' | 'file'

/** The kind a person would call a file of this type. */
export const mediaKindOf = (mimeType: string): MediaKind =>
  mimeType.startsWith('image/')
    ? 'image'
    : mimeType.startsWith('audio/')
      ? 'audio'
      : mimeType.startsWith('video/')
        ? 'video'
        : 'file'

/**
 * A file of an inbound message. `stored` is in our media store; `remote` must still be fetched from the
 * provider (by the adapter's FetchesMedia power), because the provider wants its webhook answered first.
 */
export type MediaRef =
  | { state: 'stored'; id: MediaId; name: string; mimeType: string; size: number; contentId?: string }
  | { state: 'remote'; ref: string; name: string; mimeType: string }
  /** A file that could not be kept (too big, broken): what is known of it, and why. */
  | { state: 'refused'; name: string; mimeType: string; size: number | null; reason: string }

/** What a channel tells of a person. `address` is canonical: E.164, lower-cased mail, openid … */
export interface Identity {
  address: string
  displayName?: string
  /** True when the channel itself proves the address (a signed token, a provider's own id). */
  verified: boolean
  language?: string
  timeZone?: string
}

/** A provider's permission to write: until when, and how many messages (null = no limit). */
export interface ReplyWindow {
  expiresAt: Millis
  remaining: number | null
}

/** The ladder only climbs; `failed` ends it from any state below `delivered`. */
export type ReceiptStatus = 'accepted' | 'sent' | 'delivered' | 'read' | 'failed'

export type FailureClass = 'retryable' | 'throttled' | 'permanent' | 'uncertain'

/** What a remote may answer instead of success. `code` is the provider's, `detail` is for people. */
export type Failure = { code: string; detail: string } & (
  | { class: 'retryable' /** earliest next try; the provider's word beats our backoff */; retryAfterMs?: number }
  | { class: 'throttled'; retryAfterMs: number }
  | { class: 'permanent' }
  | { class: 'uncertain' }
)

export type HealthState = 'connecting' | 'ok' | 'degraded' | 'needs_login' | 'misconfigured' | 'down'

/** How an account is. `detail` says what to do when it is not ok; `qr` is the text of a login QR code. */
export interface Health {
  state: HealthState
  detail: string
  qr?: string
}

/** A receiver's own bookmark (IMAP uid, sync_msg cursor …), stored with the event that reached it. */
export type Cursor = Json

interface InboundBase {
  account: AccountId
  /** (account, kind, id) is unique: the same id again is the same event and is dropped. */
  id: string
  at: Millis
}

export interface InboundMessage extends InboundBase {
  kind: 'message'
  id: RemoteId
  /** The provider's conversation key, e.g. the sender's address: messages of one thread keep their order. */
  thread: string
  from: Identity
  text: string
  /** Already sanitised by the adapter; shown in a sandboxed frame only. */
  html?: string
  subject?: string
  media: MediaRef[]
  /** Remote ids this message answers, nearest first (In-Reply-To, then References from the end). */
  replyTo?: RemoteId[]
  /** The send this message answers, proven by our own signed token. Beats replyTo. */
  inReplyToSend?: SendKey
  /** Where in `text` the quoted history begins; readers fold it, nothing is cut. */
  quotedFrom?: number
  /** This is our own message coming back: a receipt for that send, or one typed on the phone ('external'). */
  echoOf?: SendKey | 'external'
  window?: ReplyWindow
  /** True when a machine wrote it (RFC 3834): never answer automatically. */
  automatic?: boolean
}

export interface InboundReceipt extends InboundBase {
  kind: 'receipt'
  /** The remote id of the send, or our send key where the provider carries it. */
  of: { remote: RemoteId } | { sendKey: SendKey }
  status: ReceiptStatus
  failure?: Failure
}

/** The sender took a message back. */
export interface InboundWithdrawn extends InboundBase {
  kind: 'withdrawn'
  thread: string
  of: RemoteId
}

/** STOP and START, unsubscribe, follow and unfollow, a bounce that says the address is dead. */
export interface InboundConsent extends InboundBase {
  kind: 'consent'
  thread: string
  from: Identity
  change: 'granted' | 'revoked' | 'unreachable'
  /** The customer's or provider's words, kept as evidence. */
  evidence: string
  window?: ReplyWindow
}

export type InboundEvent = InboundMessage | InboundReceipt | InboundWithdrawn | InboundConsent

/** A file to send. `open` reads it from the media store. */
export interface OutboundMedia {
  id: MediaId
  name: string
  mimeType: string
  size: number
  open(): Promise<Uint8Array>
}

/** What an adapter is asked to send. Capabilities were already checked by the gate. */
export interface Outbound {
  sendKey: SendKey
  deliveryId: DeliveryId
  messageId: MessageId
  to: { address: string; displayName: string | null }
  /** The thread of the newest message from this address, null when we write first. */
  thread: string | null
  text: string
  html: string | null
  subject: string | null
  media: OutboundMedia[]
  /** The remote id of the newest message we answer, and the whole chain before it, oldest first. */
  replyTo: RemoteId | null
  references: RemoteId[]
  /** Name of the agent or brand that writes. */
  fromName: string | null
  /** True when no person wrote it (RFC 3834 marks it). */
  automatic: boolean
  at: Millis
}

export type SendResult = { ok: true; ids: [RemoteId, ...RemoteId[]] } | { ok: false; failure: Failure }

/** What became of a send whose answer was lost. `unknown`: the provider cannot tell either. */
export type Settled =
  | { state: 'sent'; ids: [RemoteId, ...RemoteId[]] }
  | { state: 'not_sent' }
  | { state: 'unknown'; detail: string }

// —— states in the database ——

export const CONVERSATION_STATUSES = ['open', 'pending', 'snoozed', 'resolved'] as const
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number]

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const
export type Priority = (typeof PRIORITIES)[number]

export const ROLES = ['administrator', 'supervisor', 'agent', 'marketer'] as const
export type Role = (typeof ROLES)[number]

export const AVAILABILITIES = ['online', 'away', 'offline'] as const
export type Availability = (typeof AVAILABILITIES)[number]

export type Direction = 'in' | 'out' | 'note'

/**
 * The honest states of a delivery. `planned`: not handed over yet (also while waiting for a retry);
 * `sending`: handed to the adapter, no answer yet; `accepted`: the provider took it; `sent`, `delivered`,
 * `read`: the provider's receipts; `failed`: will not be sent; `unknown`: may or may not have arrived, and
 * is never sent again by itself.
 */
export const DELIVERY_STATES = [
  'planned',
  'sending',
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'canceled',
] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export type Lane = 'reply' | 'bulk'

// —— payloads on the bus (plain JSON, versioned) ——

/** Stream IN: what adapters report. `sent` is the host's word on a send it was given. */
export type BusIn = { v: 1; receivedAt: Millis } & (
  | { type: 'inbound'; event: InboundEvent; resume?: { receiver: string; cursor: Cursor } }
  | { type: 'cursor'; account: AccountId; receiver: string; cursor: Cursor }
  | { type: 'sent'; account: AccountId; deliveryId: DeliveryId; attempt: number; result: SendResult }
  | { type: 'settled'; account: AccountId; deliveryId: DeliveryId; attempt: number; settled: Settled }
  | { type: 'health'; account: AccountId; health: Health; at: Millis }
  | {
      type: 'media'
      account: AccountId
      attachmentId: string
      result: { ok: true; media: MediaRef & { state: 'stored' } } | { ok: false; failure: Failure }
    }
)

/** Stream OUT: work for the host. Only ids: the gate answers with the content. */
export type BusOut =
  | { v: 1; type: 'send'; account: AccountId; deliveryId: DeliveryId; thread: string }
  | { v: 1; type: 'fetch'; account: AccountId; attachmentId: string; ref: string; name: string; mimeType: string }
