/**
 * A remote party to play with: the provider and its customers' devices in one. It speaks the provider's real wire
 * protocol; the hub talks to it with the same SDK and settings as to the real one. Tests, bench and the sandbox page
 * use the same peers.
 */
export interface PeerMedia {
  name: string
  mimeType: string
  content: Uint8Array
}

/** What a mail program needs of a mail to answer it. */
export interface MailHead {
  messageId: string
  references: string[]
  subject: string
  replyTo: string
  text: string
}

/** What a customer's device shows. */
export interface DeviceMessage {
  id: string
  /** Whose bubble it is. */
  by: 'customer' | 'hub'
  text: string
  /** Mail only. */
  subject?: string
  html?: string
  /** Mail of the hub only: what an answer to it refers to. */
  mail?: MailHead
  media: PeerMedia[]
  at: number
  /** Hub's message: what the device told the provider. */
  status?: 'delivered' | 'read'
}

/** A failure to play on the next sends, each for `times` calls. */
export type PlannedFailure =
  /** Connection refused or closed before anything was read. */
  | 'refuse'
  /** The provider takes the message, then the connection dies before its answer. */
  | 'accept_then_reset'
  | 'throttle'
  | 'server_error'
  /** A permanent refusal: the address is bad. */
  | 'reject'

export interface Peer {
  readonly channel: string
  /** `config` for POST /api/v1/accounts. */
  readonly config: Record<string, unknown>
  /** Tells the provider where the account's webhooks go. Peers that need none ignore it. */
  attach(hookUrl: string): void
  /** A customer writes. Resolves once the provider handed it over (2xx, stored in the mailbox …); rejects when it could not. */
  say(
    customer: string,
    message: { text: string; subject?: string; media?: PeerMedia[]; name?: string },
  ): Promise<{ remoteId: string }>
  /** What that customer's device shows, oldest first. */
  device(customer: string): DeviceMessage[]
  /** The customer looks at the screen: read receipts go out where the channel has them. */
  look(customer: string): Promise<void>
  /** Every send the provider accepted, in order, repeats included: what "sent twice" is counted on. */
  readonly accepted: { to: string; text: string; at: number; key: string | null }[]
  fail(how: PlannedFailure, times: number): void
  /** Called after every change of a device; returns the unsubscribe. */
  onChange(listener: (customer: string) => void): () => void
  close(): Promise<void>
}
