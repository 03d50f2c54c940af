import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { DeviceMessage, Peer, PeerMedia, PlannedFailure } from './peer.ts'
import { type Provider, serveApi } from './twilio/api.ts'
import { listen } from './twilio/http.ts'
import { type MessageRecord, newSid } from './twilio/records.ts'
import { callWebhook, sign } from './twilio/webhooks.ts'

export interface TwilioPeerOptions {
  accountSid?: string
  authToken?: string
  /** The account's own number, E.164. */
  number?: string
  /** How often a webhook that failed is called again. */
  webhookRetries?: number
  /** Before the first repetition; doubles with each. */
  retryDelayMs?: number
  /** Of the REST API and of the media host; any by default. */
  apiPort?: number
  mediaPort?: number
  /** Where the hub's public addresses are reached from here; signatures are made for the public ones. */
  reach?: (url: string) => string
  /** What the provider remembers of an earlier run. */
  memory?: TwilioMemory
}

export interface TwilioMemory {
  optedOut: string[]
  /** Without the files' content. */
  messages: MessageRecord[]
}

/** How many messages the REST API still lists after a restart. */
const REMEMBERED_MESSAGES = 200

export interface TwilioPeer extends Peer {
  /** Numbers that sent STOP and were not back since. */
  readonly optedOut: Set<string>
  readonly accountSid: string
  readonly authToken: string
  readonly number: string
  readonly apiBaseUrl: string
  mediaOrigin(): string
  /** What the media host was shown, oldest first: credentials of the account must never be among it. */
  readonly mediaRequests: { authorization: string | null }[]
  /** The phone is off or gone: messages to it end as undelivered, with this Twilio error; null makes it reachable. */
  setUndeliverable(customer: string, errorCode: number | null): void
  /** The signature Twilio would put on such a call. */
  sign(url: string, params: Record<string, string>): string
  memory(): TwilioMemory
}

const OPT_OUT = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT'])
const OPT_IN = new Set(['START', 'YES', 'UNSTOP'])

/** A local Twilio: its REST API, its signed webhooks, and the phones behind it. Customers are numbers in E.164. */
export async function startTwilioPeer(options: TwilioPeerOptions = {}): Promise<TwilioPeer> {
  const peer = new LocalTwilio(options)
  await peer.listen()
  return peer
}

class LocalTwilio implements TwilioPeer, Provider {
  readonly channel = 'sms'
  readonly accountSid: string
  readonly authToken: string
  readonly number: string
  readonly accepted: Peer['accepted'] = []
  readonly messages: MessageRecord[] = []
  readonly optedOut = new Set<string>()
  readonly mediaRequests: TwilioPeer['mediaRequests'] = []
  apiBaseUrl = ''

  readonly #options: TwilioPeerOptions
  readonly #devices = new Map<string, DeviceMessage[]>()
  readonly #files = new Map<string, PeerMedia>()
  readonly #undeliverable = new Map<string, number>()
  readonly #listeners = new Set<(customer: string) => void>()
  readonly #closing = new AbortController()
  readonly #delivering = new Set<Promise<void>>()
  #failures: PlannedFailure[] = []
  #hookUrl: string | null = null
  #mediaOrigin = ''
  #closers: (() => Promise<void>)[] = []

  constructor(options: TwilioPeerOptions) {
    this.#options = options
    this.accountSid = options.accountSid ?? newSid('AC')
    this.authToken = options.authToken ?? randomBytes(16).toString('hex')
    this.number = options.number ?? '+12025550100'
    this.messages.push(...(options.memory?.messages ?? []))
    for (const number of options.memory?.optedOut ?? []) this.optedOut.add(number)
  }

  async listen(): Promise<void> {
    const api = await listen((request, response) => {
      serveApi(this, request, response).catch(() => response.destroy())
    }, this.#options.apiPort)
    const media = await listen((request, response) => {
      this.mediaRequests.push({ authorization: request.headers.authorization ?? null })
      this.#serveFile((request.url ?? '/').slice(1), response)
    }, this.#options.mediaPort).catch(async (error) => {
      await api.close()
      throw error
    })
    this.apiBaseUrl = api.origin
    this.#mediaOrigin = media.origin
    this.#closers = [api.close, media.close]
  }

  get config(): Record<string, unknown> {
    const { accountSid, authToken, number: from, apiBaseUrl } = this
    return { accountSid, authToken, from, apiBaseUrl, segmentsPerSecond: 1000 }
  }

  attach(hookUrl: string): void {
    this.#hookUrl = hookUrl
  }

  mediaOrigin = (): string => this.#mediaOrigin

  sign(url: string, params: Record<string, string>): string {
    return sign(this.authToken, url, params)
  }

  fail(how: PlannedFailure, times: number): void {
    this.#failures.push(...Array<PlannedFailure>(times).fill(how))
  }

  nextFailure(): PlannedFailure | null {
    return this.#failures.shift() ?? null
  }

  memory(): TwilioMemory {
    const messages = this.messages.slice(-REMEMBERED_MESSAGES).map((record) => ({ ...record, media: [] }))
    return { optedOut: [...this.optedOut], messages }
  }

  setUndeliverable(customer: string, errorCode: number | null): void {
    if (errorCode === null) this.#undeliverable.delete(customer)
    else this.#undeliverable.set(customer, errorCode)
  }

  async say(customer: string, message: { text: string; media?: PeerMedia[] }): Promise<{ remoteId: string }> {
    if (this.#hookUrl === null) throw new Error('No webhook is set for this number: call attach first.')
    const record = this.#inboundRecord(customer, message.text, message.media ?? [])
    this.messages.push(record)
    const shown = { id: record.sid, text: message.text, media: message.media ?? [], at: record.createdAt }
    this.#show(customer, { ...shown, by: 'customer' })
    this.#keepOptOut(customer, message.text)
    await this.#call(this.#hookUrl, this.#inboundParams(record))
    return { remoteId: record.sid }
  }

  device(customer: string): DeviceMessage[] {
    return [...(this.#devices.get(customer) ?? [])]
  }

  /** SMS has no read receipts. */
  async look(): Promise<void> {}

  onChange(listener: (customer: string) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  accept(record: MessageRecord, mediaUrls: string[]): void {
    this.messages.push(record)
    this.accepted.push({ to: record.to, text: record.body, at: record.createdAt, key: null })
    const delivering = this.#deliver(record, mediaUrls).catch(() => {})
    this.#delivering.add(delivering)
    delivering.finally(() => this.#delivering.delete(delivering))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#closers.map((close) => close()))
    await Promise.all(this.#delivering)
  }

  /** queued → sent → delivered or undelivered, each told to the status callback. */
  async #deliver(record: MessageRecord, mediaUrls: string[]): Promise<void> {
    await this.#report(record, 'queued')
    const media = await Promise.all(mediaUrls.map((url) => this.#fetchMedia(url)))
    const files = media.filter((file) => file !== null)
    if (files.length < media.length) return this.#report(record, 'failed', 11200)
    record.sentAt = Date.now()
    const errorCode = this.#undeliverable.get(record.to)
    if (errorCode !== undefined) {
      await this.#report(record, 'sent')
      return this.#report(record, 'undelivered', errorCode)
    }
    record.media = files.map((file) => ({ sid: newSid('ME'), file }))
    const bubble: DeviceMessage = { id: record.sid, by: 'hub', text: record.body, media: files, at: record.sentAt }
    this.#show(record.to, bubble)
    await this.#report(record, 'sent')
    bubble.status = 'delivered'
    this.#changed(record.to)
    await this.#report(record, 'delivered')
  }

  async #report(record: MessageRecord, status: string, errorCode: number | null = null): Promise<void> {
    record.status = status
    record.errorCode = errorCode
    if (record.statusCallback === null) return
    const params: Record<string, string> = {
      AccountSid: this.accountSid,
      ApiVersion: '2010-04-01',
      From: record.from,
      To: record.to,
      MessageSid: record.sid,
      MessageStatus: status,
      SmsSid: record.sid,
      SmsStatus: status,
    }
    if (errorCode !== null) params.ErrorCode = String(errorCode)
    // A callback nobody took is lost, as it is with Twilio: the next one still comes.
    await this.#call(record.statusCallback, params).catch(() => {})
  }

  #call(url: string, params: Record<string, string>): Promise<void> {
    return callWebhook(url, params, {
      authToken: this.authToken,
      retries: this.#options.webhookRetries ?? 6,
      retryDelayMs: this.#options.retryDelayMs ?? 50,
      signal: this.#closing.signal,
      reach: this.#options.reach ?? ((address) => address),
    })
  }

  #inboundRecord(customer: string, text: string, media: PeerMedia[]): MessageRecord {
    const files = media.map((file) => ({ sid: newSid('ME'), file }))
    for (const { sid, file } of files) this.#files.set(sid, file)
    return {
      sid: newSid(media.length > 0 ? 'MM' : 'SM'),
      direction: 'inbound',
      from: customer,
      to: this.number,
      body: text,
      status: 'received',
      errorCode: null,
      messagingServiceSid: null,
      createdAt: Date.now(),
      sentAt: Date.now(),
      media: files,
      statusCallback: null,
    }
  }

  #inboundParams(record: MessageRecord): Record<string, string> {
    const params: Record<string, string> = {
      AccountSid: this.accountSid,
      ApiVersion: '2010-04-01',
      Body: record.body,
      From: record.from,
      FromCountry: 'US',
      MessageSid: record.sid,
      NumMedia: String(record.media.length),
      NumSegments: '1',
      SmsMessageSid: record.sid,
      SmsSid: record.sid,
      SmsStatus: 'received',
      To: record.to,
      ToCountry: 'US',
    }
    record.media.forEach(({ sid, file }, index) => {
      params[`MediaContentType${index}`] = file.mimeType
      params[`MediaUrl${index}`] =
        `${this.apiBaseUrl}/2010-04-01/Accounts/${this.accountSid}/Messages/${record.sid}/Media/${sid}`
    })
    return params
  }

  /** Twilio itself blocks a number that sent STOP, and answers it. */
  #keepOptOut(customer: string, text: string): void {
    const word = text.trim().toUpperCase()
    if (OPT_OUT.has(word)) {
      this.optedOut.add(customer)
      this.#answer(customer, 'You have successfully been unsubscribed. Reply START to resubscribe.')
    } else if (OPT_IN.has(word) && this.optedOut.delete(customer)) {
      this.#answer(customer, 'You have successfully been re-subscribed. Reply STOP to unsubscribe.')
    }
  }

  #answer(customer: string, text: string): void {
    this.#show(customer, { id: newSid('SM'), by: 'hub', text, media: [], at: Date.now(), status: 'delivered' })
  }

  async #fetchMedia(url: string): Promise<PeerMedia | null> {
    const response = await fetch(this.#options.reach?.(url) ?? url, { signal: this.#closing.signal }).catch(() => null)
    if (response === null || !response.ok) return null
    const mimeType = response.headers.get('content-type') ?? 'application/octet-stream'
    const name = /filename="([^"]*)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'media'
    return { name, mimeType, content: new Uint8Array(await response.arrayBuffer()) }
  }

  #serveFile(sid: string, response: ServerResponse): void {
    const file = this.#files.get(sid)
    if (file === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': file.mimeType }).end(file.content)
  }

  #show(customer: string, message: DeviceMessage): void {
    const messages = this.#devices.get(customer) ?? []
    messages.push(message)
    this.#devices.set(customer, messages)
    this.#changed(customer)
  }

  #changed(customer: string): void {
    for (const listener of this.#listeners) listener(customer)
  }
}
