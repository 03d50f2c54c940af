import type { BaseIssue, BaseSchema } from 'valibot'
import type {
  AccountId,
  Cursor,
  Health,
  InboundEvent,
  MediaId,
  MediaKind,
  MediaRef,
  Millis,
  Outbound,
  ReceiptStatus,
  RemoteId,
  SendResult,
  Settled,
} from '../src/model.ts'

/**
 * The adapter contract: all that the hub asks of a channel. The mandatory part is small; each extra power
 * is an interface of its own at the end of this file. Adapters import this file, the model and their SDK.
 */

/** What the channel can do. The gate, the composer and the routes page read it; nobody asks for the channel's name. */
export interface Capabilities {
  /** `maxLength` in UTF-16 units of one message as a person writes it (adapters split where the provider wants less). */
  text: { maxLength: number; formats: ('plain' | 'html')[] }
  /** Absent kind = cannot be sent. An empty `mimeTypes` takes every type. */
  media: Partial<Record<MediaKind, { maxBytes: number; mimeTypes: string[] }>>
  /** True where a message has a subject line. */
  subject: boolean
  /** Receipts that the provider sends after acceptance; [] = acceptance is all we learn. */
  receipts: ReceiptStatus[]
  /** How an uncertain send is settled: `native`, our send key makes a repeat harmless; `lookup`, ask by `confirm`. */
  idempotency: 'native' | 'lookup' | 'none'
  /** May we write before the customer did? */
  startsConversations: boolean
  replyWindow: { ms: Millis; messages: number | null } | null
  /** How many sends of one account may be in flight at once (of different people; one person's go in order). */
  concurrency: number
}

/** Where receivers hand over what they got. */
export interface Sink {
  /** Resolves once the event is durable: only then answer 200, set \Seen or go on. Rejects when it could not be kept. */
  emit(event: InboundEvent, resume?: Cursor): Promise<void>
  /** Moves a receiver's bookmark without an event. */
  advance(cursor: Cursor): Promise<void>
  health(next: Health): void
}

export type Receiver =
  /**
   * `request.url` is the account's public URL plus whatever path follows it, as the provider was told (never the
   * Host header). Answer 403 to what is not authentic. The host answers 503 when `emit` rejected.
   */
  | { mode: 'webhook'; name: string; handle(request: Request, sink: Sink): Promise<Response> }
  | {
      mode: 'poll'
      name: string
      everyMs: Millis
      poll(from: Cursor | null, sink: Sink, signal: AbortSignal): Promise<void>
    }
  /** Runs until the signal aborts. A throw or return is a lost connection: the host runs it again with backoff. */
  | { mode: 'stream'; name: string; run(from: Cursor | null, sink: Sink, signal: AbortSignal): Promise<void> }

export interface Adapter {
  readonly capabilities: Capabilities
  readonly receivers: Receiver[]
  /** Canonical address of what a person typed; null when it is none. */
  normalize(raw: string): string | null
  start(sink: Sink): Promise<void>
  /**
   * Hands one message to the provider. Never throws for what the remote did: that is a Failure. Before an answer is
   * known to be lost, say `uncertain`; a refused connection is `retryable`.
   */
  send(message: Outbound, signal: AbortSignal): Promise<SendResult>
  /** Finishes what is in hand and closes. */
  stop(): Promise<void>
}

/** A message as the customer's side may see it (webchat history). Notes are never in it. */
export interface HistoryMessage {
  /** Grows within a conversation; also the resume position. */
  seq: number
  id: string
  direction: 'in' | 'out'
  /** The remote id under which the customer's side knows its own message. */
  remoteId: RemoteId | null
  text: string
  html: string | null
  media: { id: MediaId; name: string; mimeType: string; size: number }[]
  author: string | null
  at: Millis
  /** Of an outbound message: how far it came. */
  state: string | null
}

/** What the hub gives an adapter. Everything it needs from outside its SDK comes through here. */
export interface AdapterContext {
  account: AccountId
  /** The account's name as administrators see it (also the customer-visible brand where there is no other). */
  accountName: string
  /** Where the provider reaches this account: `${PUBLIC_URL}/hooks/<accountId>`. No trailing slash. */
  hookUrl: string
  publicUrl: string
  /** Private to this account and stable: for signing reply tokens and sessions. 32 bytes. */
  secret: Uint8Array
  /** Folder for state of the SDK's own (a login's memory card). Exists. */
  stateDir: string
  now(): Millis
  log: {
    debug(fields: object, message: string): void
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  media: {
    /** Keeps a file by content hash; the same content again is the same id. */
    put(
      content: Uint8Array | AsyncIterable<Uint8Array>,
      meta: { name: string; mimeType: string; maxBytes?: number },
    ): Promise<MediaRef>
    read(id: MediaId): Promise<Uint8Array>
  }
  /** The messages of one address with this account's conversation after `seq`, oldest first. */
  history(address: string, after: number, limit: number): Promise<HistoryMessage[]>
  /** True while somebody is there to answer (at least one online agent in the account's team). */
  attended(): Promise<boolean>
  /** True when this account was sent that file, in either direction, by or to that address. */
  mayRead(address: string, media: MediaId): Promise<boolean>
  /** Volatile signals between the nodes of this account (typing, "there is something new"). At most once, never stored. */
  live: {
    publish(topic: string, data: object): void
    subscribe(topic: string, onData: (data: unknown) => void): () => void
  }
  /** Small values that all nodes share (access tokens): `get` waits for the one node that runs `refresh`. */
  shared: {
    get(key: string, refresh: () => Promise<{ value: string; expiresAt: Millis }>): Promise<string>
    /** Forgets a value that turned out bad; a newer one put there meanwhile stays. */
    drop(key: string, value: string): Promise<void>
  }
}

/** One field of an account's settings form. */
export interface ConfigField {
  key: string
  type: 'text' | 'secret' | 'number' | 'boolean' | 'select' | 'list'
  label: { en: string; zh: string }
  help?: { en: string; zh: string }
  options?: { value: string; label: { en: string; zh: string } }[]
  required: boolean
  placeholder?: string
}

/** A channel: one entry of the registry. */
export interface Channel<Config = unknown> {
  /** The fixed name, e.g. `sms`. */
  channel: string
  label: { en: string; zh: string }
  /** Which of the four glyphs of the design stands for it. */
  glyph: 'chat' | 'sms' | 'wechat' | 'mail' | 'hook'
  config: BaseSchema<unknown, Config, BaseIssue<unknown>>
  /** The settings form, in order. Fields of type `secret` are encrypted, never read back by the API. */
  fields: ConfigField[]
  capabilities: Capabilities
  /**
   * Identities with the same address in the same space are the same person: `phone` and `email` span accounts,
   * an openid is only known to its account (`account`).
   */
  addressSpace: 'phone' | 'email' | 'account'
  /** True where an account logs in by QR code (its adapter has the power LogsIn), so that a person can log it out. */
  logsIn?: boolean
  /** How a person types an address to write first; null where nobody can. */
  normalize(raw: string): string | null
  create(config: Config, context: AdapterContext): Adapter
}

/** The live topic on which an adapter says that a customer types: `{address, on}`. The hub shows it to agents. */
export const CUSTOMER_TYPING = 'typing:customer'

// —— extra powers ——

/** Shows the customer their whole thread (a page of ours), and wants to know when it grew. */
export interface ShowsThread {
  threadChanged(address: string): void
}

/** Can find out what became of a send whose answer was lost. */
export interface Confirms {
  confirm(message: Outbound, attemptedAt: Millis, signal: AbortSignal): Promise<Settled>
}

/** Can fetch a `remote` MediaRef after its message was stored. */
export interface FetchesMedia {
  fetchMedia(
    ref: string,
    signal: AbortSignal,
  ): Promise<{ ok: true; media: MediaRef } | { ok: false; failure: import('../src/model.ts').Failure }>
}

/** Can show the customer that somebody types. */
export interface Types {
  typing(address: string, on: boolean): Promise<void>
}

/** Can tell the customer's side that their message was read. */
export interface MarksRead {
  markRead(address: string, upTo: RemoteId): Promise<void>
}

/** Logs in by QR code; the code itself travels in Health. */
export interface LogsIn {
  /** Ends the session, so that a new QR code comes. */
  logout(): Promise<void>
}

export type AnyAdapter = Adapter & Partial<Confirms & FetchesMedia & Types & MarksRead & LogsIn & ShowsThread>
