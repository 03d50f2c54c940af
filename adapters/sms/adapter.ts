import type { Failure, Health, Millis, Outbound, SendResult, Settled } from '../../src/model.ts'
import type { Adapter, AdapterContext, Capabilities, Confirms, FetchesMedia, Receiver, Sink } from '../contract.ts'
import { connectTwilio, type TwilioClient } from './client.ts'
import { capabilitiesOf, type SmsConfig } from './config.ts'
import { LOOKS_AFTER_MS, settle } from './confirm.ts'
import { OPTED_OUT } from './errors.ts'
import { type Fetched, fetchTwilioMedia } from './media-fetch.ts'
import { mediaToken } from './media-links.ts'
import { toE164 } from './numbers.ts'
import { createPacer, type Pacer } from './pacer.ts'
import { optedOut } from './parse.ts'
import { isLocalHost } from './private-addresses.ts'
import { countSegments } from './segments.ts'
import { createSentRecord, type SentRecord } from './sent-record.ts'
import { mediaUrl, smsWebhook, statusUrl } from './webhook.ts'

const CHECK_EVERY_MS = 60_000
/** Twilio's limit of files in one message. */
const MOST_FILES = 10

export class SmsAdapter implements Adapter, Confirms, FetchesMedia {
  readonly capabilities: Capabilities
  readonly receivers: Receiver[]

  readonly #config: SmsConfig
  readonly #context: AdapterContext
  readonly #pacer: Pacer
  readonly #record: SentRecord = createSentRecord()
  readonly #looksAfterMs: readonly Millis[]
  readonly #inHand = new Set<Promise<unknown>>()
  /** Twilio can call us: else no status callbacks and no files. */
  readonly #reachable: boolean
  readonly #stopping = new AbortController()
  #client: Promise<TwilioClient> | null = null
  #sink: Sink | null = null
  #health: Health | null = null

  constructor(config: SmsConfig, context: AdapterContext, looksAfterMs: readonly Millis[] = LOOKS_AFTER_MS) {
    this.#config = config
    this.#context = context
    this.#looksAfterMs = looksAfterMs
    this.#pacer = createPacer(config.segmentsPerSecond, context.now)
    this.#reachable = config.apiBaseUrl !== undefined || !isLocalHost(new URL(context.hookUrl).hostname)
    this.capabilities = capabilitiesOf(config)
    this.receivers = [
      smsWebhook({
        config,
        context,
        normalize: (raw) => this.normalize(raw),
        onKnown: (sid, sendKey) => this.#record.note(sid, sendKey),
      }),
      { mode: 'poll', name: 'check', everyMs: CHECK_EVERY_MS, poll: (_from, _sink, signal) => this.#check(signal) },
    ]
  }

  normalize(raw: string): string | null {
    return toE164(raw, this.#config.defaultCountry)
  }

  async start(sink: Sink): Promise<void> {
    this.#sink = sink
    this.#report({ state: 'connecting', detail: 'Asking Twilio about the account.' })
    // Not awaited: messages may come in while Twilio's API does not answer.
    this.#hold(this.#check(this.#stopping.signal))
  }

  send(message: Outbound, signal: AbortSignal): Promise<SendResult> {
    return this.#hold(this.#send(message, signal))
  }

  async confirm(message: Outbound, attemptedAt: Millis, signal: AbortSignal): Promise<Settled> {
    return settle(await this.#connected(), message, attemptedAt, this.#record, signal, this.#looksAfterMs)
  }

  fetchMedia(ref: string, signal: AbortSignal): Promise<Fetched> {
    return this.#hold(fetchTwilioMedia(this.#config, this.#context.media, ref, signal))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled(this.#inHand)
    this.#sink = null
  }

  async #send(message: Outbound, signal: AbortSignal): Promise<SendResult> {
    const unsendable = this.#unsendable(message)
    if (unsendable !== null) return { ok: false, failure: unsendable }
    const client = await this.#connected()
    const room = await this.#pacer.take(countSegments(message.text).segments, signal)
    if (!room.go) return { ok: false, failure: waiting(room.afterMs) }
    const answer = await client.create(this.#toTwilio(message), signal)
    if (answer.ok) {
      this.#record.note(answer.value, message.sendKey)
      return { ok: true, ids: [answer.value] }
    }
    if (answer.needsOperator) this.#report({ state: 'misconfigured', detail: answer.failure.detail })
    if (answer.failure.code === String(OPTED_OUT)) await this.#suppress(message)
    return { ok: false, failure: answer.failure }
  }

  #unsendable(message: Outbound): Failure | null {
    const files = message.media.length
    if (files > MOST_FILES)
      return permanent('too_many_files', `A message takes at most ${MOST_FILES} files; this one has ${files}.`)
    if (files > 0 && !this.#reachable)
      return permanent('unreachable', 'Twilio cannot fetch files from this hub: set PUBLIC_URL to a public address.')
    return null
  }

  #toTwilio({ to, text, media, sendKey }: Outbound) {
    const { hookUrl, secret, now } = this.#context
    return {
      to: to.address,
      body: text,
      mediaUrl: media.map((file) => mediaUrl(hookUrl, mediaToken(secret, file, now()))),
      statusCallback: this.#reachable ? statusUrl(hookUrl, sendKey) : null,
    }
  }

  /** Twilio knows an opt-out that we do not: kept, so that no further message is tried. */
  async #suppress({ to, sendKey }: Outbound): Promise<void> {
    const { account, log, now } = this.#context
    try {
      await this.#sink?.emit(optedOut(account, now(), to.address, sendKey))
    } catch (error) {
      log.warn(
        { error: String(error) },
        'An opt-out that Twilio reported could not be kept; the next send reports it again',
      )
    }
  }

  #connected(): Promise<TwilioClient> {
    this.#client ??= connectTwilio(this.#config, this.#context.now)
    return this.#client
  }

  async #check(signal: AbortSignal): Promise<void> {
    const answer = await (await this.#connected()).accountStatus(signal)
    if (signal.aborted) return
    if (answer.ok) this.#report(this.#wellness(answer.value))
    else if (answer.needsOperator) this.#report({ state: 'misconfigured', detail: answer.failure.detail })
    else this.#report({ state: 'down', detail: answer.failure.detail })
  }

  #wellness(accountStatus: string): Health {
    if (accountStatus !== 'active')
      return { state: 'misconfigured', detail: `Twilio says the account is ${accountStatus}: see the Twilio console.` }
    if (this.#reachable) return { state: 'ok', detail: 'Twilio accepts the account.' }
    return {
      state: 'degraded',
      detail: 'Messages can be sent, but Twilio cannot reach this hub to hand any over: set PUBLIC_URL.',
    }
  }

  /** Only what is new: the check comes every minute. */
  #report(next: Health): void {
    if (this.#health?.state === next.state && this.#health.detail === next.detail) return
    this.#health = next
    this.#sink?.health(next)
  }

  #hold<T>(work: Promise<T>): Promise<T> {
    this.#inHand.add(work)
    const done = () => this.#inHand.delete(work)
    work.then(done, done)
    return work
  }
}

const permanent = (code: string, detail: string): Failure => ({ class: 'permanent', code, detail })

function waiting(afterMs: Millis): Failure {
  if (afterMs <= 0) return { class: 'retryable', code: 'aborted', detail: 'Given up before anything was sent.' }
  return { class: 'throttled', code: 'pacing', detail: 'The sender’s rate is used up for now.', retryAfterMs: afterMs }
}
