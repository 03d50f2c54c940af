import { setTimeout as delay } from 'node:timers/promises'
import type { Bus, OutWork, Subscription } from '../../src/bus.ts'
import { partitionOf } from '../../src/bus.ts'
import type {
  AccountId,
  BusIn,
  BusOut,
  DeliveryId,
  Failure,
  Lane,
  MediaId,
  MediaRef,
  Millis,
  Outbound,
  OutboundMedia,
  SendResult,
  Settled,
} from '../../src/model.ts'
import type { AnyAdapter } from '../contract.ts'

/** What the gate answers: the content to send, an earlier attempt to settle, or nothing to do. */
export type Claim =
  | { do: 'send'; content: Content; attempt: number }
  | { do: 'settle'; content: Content; attempt: number; startedAt: Millis; byMe: boolean }
  | { do: 'nothing' }
export type Content = Omit<Outbound, 'media'> & { media: Omit<OutboundMedia, 'open'>[] }

/** A provider that has not answered by then is uncertain. */
const SEND_TIMEOUT_MS = 60_000
/** Another node's attempt is over for certain after this. */
const ABANDONED_MS = SEND_TIMEOUT_MS + 30_000
/** A provider lists a message it took at the latest after this: before, "not there" proves nothing. */
const SETTLE_AFTER_MS = 10_000
const SETTLE_LOOKS_MS = [1_500, 4_000, SETTLE_AFTER_MS]
const KEEP_ALIVE_MS = 10_000
const REPORT_AGAIN_MS = 500
/** How long a stop waits for providers' answers. */
const STOP_PATIENCE_MS = 10_000
const LANES: Lane[] = ['reply', 'bulk']

export interface SenderDeps {
  account: AccountId
  adapter: AnyAdapter
  bus: Pick<Bus, 'consumeOut' | 'publishIn'>
  claim: (id: DeliveryId) => Promise<Claim>
  readMedia: (id: MediaId) => Promise<Uint8Array>
  now: () => Millis
  onError: (error: unknown, doing: string) => void
  onSent: (outcome: string, ms: Millis) => void
}

type Send = Extract<BusOut, { type: 'send' }>
type Fetch = Extract<BusOut, { type: 'fetch' }>

const withTimeout = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)])

/** Takes an account's work from its lanes and hands it to the adapter, in order for each person. */
export class Sender {
  readonly #deps: SenderDeps
  /** Ends calls that would hold up a stop; what it cuts off is settled at the next start. */
  readonly #abort = new AbortController()
  #stopping = false
  readonly #inFlight = new Set<DeliveryId>()
  /** The tail of each thread's work. */
  readonly #threads = new Map<string, Promise<void>>()
  #subscriptions: Subscription[] = []
  #slots: number
  #waitingForSlot: (() => void)[] = []
  #pausedUntil: Millis = 0

  constructor(deps: SenderDeps) {
    this.#deps = deps
    this.#slots = Math.max(1, deps.adapter.capabilities.concurrency)
  }

  async start(): Promise<void> {
    const { bus, account, adapter } = this.#deps
    for (const lane of LANES)
      this.#subscriptions.push(
        await bus.consumeOut(lane, account, adapter.capabilities.concurrency, (item) => this.#take(item)),
      )
  }

  /** Takes no more and waits for what is in hand. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()))
    const patience = setTimeout(() => this.#abort.abort(), STOP_PATIENCE_MS)
    await Promise.allSettled([...this.#threads.values()])
    clearTimeout(patience)
  }

  #take(item: OutWork): void {
    // Given back at once, so that whoever runs the account next need not wait until it counts as lost.
    if (this.#stopping) {
      item.again(0)
      return
    }
    const { value } = item
    const key = value.type === 'send' ? value.thread : `fetch:${value.attachmentId}`
    if (value.type === 'send') {
      // Handed out twice, as after a broken connection. It is not acknowledged: were the first to fail, nobody would do it.
      if (this.#inFlight.has(value.deliveryId)) {
        item.again(KEEP_ALIVE_MS)
        return
      }
      this.#inFlight.add(value.deliveryId)
    }
    const before = this.#threads.get(key) ?? Promise.resolve()
    const work = before.then(() => this.#work(item))
    this.#threads.set(key, work)
    void work.finally(() => {
      if (value.type === 'send') this.#inFlight.delete(value.deliveryId)
      if (this.#threads.get(key) === work) this.#threads.delete(key)
    })
  }

  async #work(item: OutWork): Promise<void> {
    const alive = setInterval(() => item.working(), KEEP_ALIVE_MS)
    await this.#slot()
    try {
      if (this.#stopping) return item.again(0)
      await (item.value.type === 'send' ? this.#send(item, item.value) : this.#fetch(item, item.value))
    } catch (error) {
      // A bug or a bus that is away: the work comes again, and the gate knows what was begun.
      this.#deps.onError(error, item.value.type)
      item.again(2000)
    } finally {
      clearInterval(alive)
      this.#slots++
      this.#waitingForSlot.shift()?.()
    }
  }

  async #slot(): Promise<void> {
    while (this.#slots <= 0) await new Promise<void>((resolve) => this.#waitingForSlot.push(resolve))
    this.#slots--
  }

  /** What a provider answered is known only here until the bus has it: a broker that is away is waited for. */
  async #report(thread: string, word: BusIn): Promise<void> {
    for (;;) {
      try {
        return await this.#deps.bus.publishIn(partitionOf(thread), word)
      } catch (error) {
        if (this.#stopping) throw error
        this.#deps.onError(error, `report ${word.type}`)
      }
      await delay(REPORT_AGAIN_MS)
    }
  }

  async #send(item: OutWork, work: Send): Promise<void> {
    const { account, now } = this.#deps
    if (this.#pausedUntil > now()) return item.again(this.#pausedUntil - now())
    const claim = await this.#deps.claim(work.deliveryId)
    if (claim.do === 'nothing') return item.ack()
    if (claim.do === 'settle') return this.#settleEarlier(item, work, claim)
    const startedAt = now()
    const message = this.#toOutbound(claim.content)
    const result = await this.#callSend(message)
    const base = { v: 1 as const, receivedAt: now(), account, deliveryId: work.deliveryId, attempt: claim.attempt }
    this.#deps.onSent(result.ok ? 'ok' : result.failure.class, now() - startedAt)
    if (!result.ok && result.failure.class === 'throttled') this.#pausedUntil = now() + result.failure.retryAfterMs
    if (!result.ok && result.failure.class === 'uncertain' && this.#deps.adapter.confirm)
      await this.#report(work.thread, { ...base, type: 'settled', settled: await this.#confirm(message, startedAt) })
    else await this.#report(work.thread, { ...base, type: 'sent', result })
    item.ack()
  }

  /** An attempt of an earlier life: its answer is lost, so the provider is asked. */
  async #settleEarlier(item: OutWork, work: Send, claim: Extract<Claim, { do: 'settle' }>): Promise<void> {
    const { account, adapter, now } = this.#deps
    const age = now() - claim.startedAt
    if (!claim.byMe && age < ABANDONED_MS) return item.again(ABANDONED_MS - age)
    const message = this.#toOutbound(claim.content)
    const base = { v: 1 as const, receivedAt: now(), account, deliveryId: work.deliveryId, attempt: claim.attempt }
    if (adapter.capabilities.idempotency === 'native')
      // The same key again is the same message.
      await this.#report(work.thread, { ...base, type: 'sent', result: await this.#callSend(message) })
    else if (adapter.confirm)
      await this.#report(work.thread, {
        ...base,
        type: 'settled',
        settled: await this.#confirm(message, claim.startedAt),
      })
    else {
      const detail = 'The hub was stopped while this was being sent, and the provider cannot be asked.'
      await this.#report(work.thread, { ...base, type: 'settled', settled: { state: 'unknown', detail } })
    }
    item.ack()
  }

  async #callSend(message: Outbound): Promise<SendResult> {
    const { adapter } = this.#deps
    let result: SendResult
    try {
      result = await adapter.send(message, withTimeout(this.#abort.signal))
    } catch (error) {
      this.#deps.onError(error, 'send')
      const detail = `The adapter failed: ${error instanceof Error ? error.message : String(error)}`
      result = { ok: false, failure: { class: 'uncertain', code: 'adapter_error', detail } }
    }
    if (result.ok || result.failure.class !== 'uncertain' || adapter.capabilities.idempotency !== 'native')
      return result
    const { code, detail } = result.failure
    return { ok: false, failure: { class: 'retryable', code, detail } }
  }

  /** Asks until the provider knows the message, or until its not knowing proves that it never got it. */
  async #confirm(message: Outbound, attemptedAt: Millis): Promise<Settled> {
    const { adapter, now } = this.#deps
    let settled: Settled = { state: 'unknown', detail: 'The provider could not be asked.' }
    for (const look of SETTLE_LOOKS_MS) {
      await delay(Math.max(0, attemptedAt + look - now()))
      try {
        settled = (await adapter.confirm?.(message, attemptedAt, AbortSignal.timeout(SEND_TIMEOUT_MS))) ?? settled
      } catch (error) {
        this.#deps.onError(error, 'confirm')
      }
      if (settled.state === 'sent') return settled
    }
    return settled
  }

  #toOutbound(content: Content): Outbound {
    return {
      ...content,
      media: content.media.map((file) => ({ ...file, open: () => this.#deps.readMedia(file.id) })),
    }
  }

  async #fetch(item: OutWork, work: Fetch): Promise<void> {
    const result = await this.#fetchMedia(work)
    if (!result.ok && (result.failure.class === 'retryable' || result.failure.class === 'throttled') && item.tries < 8)
      return item.again(Math.min(600_000, 2000 * 4 ** item.tries))
    const { account, now } = this.#deps
    await this.#report(work.attachmentId, {
      v: 1,
      receivedAt: now(),
      type: 'media',
      account,
      attachmentId: work.attachmentId,
      result,
    })
    item.ack()
  }

  async #fetchMedia(
    work: Fetch,
  ): Promise<{ ok: true; media: MediaRef & { state: 'stored' } } | { ok: false; failure: Failure }> {
    const permanent = (code: string, detail: string) => ({
      ok: false as const,
      failure: { class: 'permanent' as const, code, detail },
    })
    const { adapter } = this.#deps
    if (!adapter.fetchMedia) return permanent('no_fetch', 'This channel cannot fetch files.')
    const answer = await adapter.fetchMedia(work.ref, withTimeout(this.#abort.signal))
    if (!answer.ok) return answer
    if (answer.media.state === 'stored') return { ok: true, media: answer.media }
    return permanent('refused', answer.media.state === 'refused' ? answer.media.reason : 'The file was not there.')
  }
}
