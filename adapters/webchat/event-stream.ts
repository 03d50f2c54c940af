import * as v from 'valibot'
import type { Millis } from '../../src/model.ts'
import type { VisitorCall } from './endpoint.ts'
import { topics } from './endpoint.ts'
import { isShown, PAGE, visitorMessage } from './messages.ts'

/** Below the idle limit of common proxies (60 s) with room to spare; also how often presence is looked at. */
const HEARTBEAT_MS: Millis = 25_000
/** Signals are at most once: now and then the thread is read without one. */
const BEATS_PER_LOOK = 3
/**
 * Positions are given out when a message is written but shown when its transaction ends, so a lower one may come
 * after a higher one. Each look goes back this far; what the browser has is not sent again, and on a new connection
 * it drops repeats by id.
 */
const LOOK_BACK = 200

/** A browser keeps one for all its tabs. Anybody may be a visitor: beyond so many, the oldest one ends. */
const STREAMS_PER_VISITOR = 20

const whisper = v.union([v.object({ typing: v.boolean() }), v.object({ readUpTo: v.string() })])

const encoder = new TextEncoder()
const frame = (event: string, data: object, id?: number): Uint8Array =>
  encoder.encode(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)

/** All open streams of one account on this node, so that a stop can end them and browsers go to another node. */
export class EventStreams {
  readonly #open = new Set<EventStream>()
  readonly #byAddress = new Map<string, Set<EventStream>>()

  get size(): number {
    return this.#open.size
  }

  open(call: VisitorCall): Response {
    const { address } = call.visitor
    const stream = new EventStream(call, () => this.#forget(address, stream))
    this.#open.add(stream)
    const same = this.#byAddress.get(address) ?? new Set()
    this.#byAddress.set(address, same.add(stream))
    const [oldest] = same
    if (same.size > STREAMS_PER_VISITOR) oldest?.close()
    return new Response(stream.body, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store, no-transform',
        // nginx would hold the events back.
        'x-accel-buffering': 'no',
      },
    })
  }

  /** Something came into this visitor's thread. */
  look(address: string): void {
    for (const stream of this.#byAddress.get(address) ?? []) stream.look()
  }

  closeAll(): void {
    for (const stream of [...this.#open]) stream.close()
  }

  #forget(address: string, stream: EventStream): void {
    this.#open.delete(stream)
    const same = this.#byAddress.get(address)
    same?.delete(stream)
    if (same?.size === 0) this.#byAddress.delete(address)
  }
}

/** What happens in one visitor's thread, from the position they have on. */
class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #call: VisitorCall
  readonly #onClose: () => void
  readonly #sent = new Set<string>()
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #position: number
  #attended: boolean | null = null
  #reading = false
  #readAgain = false
  #ends: (() => void)[] = []

  constructor(call: VisitorCall, onClose: () => void) {
    this.#call = call
    this.#onClose = onClose
    const last = Number(call.request.headers.get('last-event-id') ?? 0)
    this.#position = Number.isSafeInteger(last) && last > 0 ? last : 0
    this.body = new ReadableStream({
      start: (controller) => this.#start(controller),
      cancel: () => this.close(),
    })
  }

  /** Reads on in the thread, soon. */
  look(): void {
    void this.#look()
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end()
    const controller = this.#controller
    this.#controller = null
    this.#onClose()
    try {
      controller?.close()
    } catch {
      // Cancelled by the browser: there is nothing left to close.
    }
  }

  #start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller
    const { context, visitor, request } = this.#call
    let beats = 0
    const heart = setInterval(() => {
      this.#write(encoder.encode(': beat\n\n'))
      void this.#tellPresence()
      if (++beats % BEATS_PER_LOOK === 0) void this.#look()
    }, HEARTBEAT_MS)
    const onAbort = () => this.close()
    request.signal.addEventListener('abort', onAbort)
    this.#ends = [
      () => clearInterval(heart),
      () => request.signal.removeEventListener('abort', onAbort),
      context.live.subscribe(topics.changed(visitor.address), () => void this.#look()),
      context.live.subscribe(topics.toVisitor(visitor.address), (data) => this.#whisper(data)),
    ]
    this.#write(encoder.encode('retry: 2000\n\n'))
    void this.#tellPresence()
    void this.#look()
  }

  #write(chunk: Uint8Array): void {
    this.#controller?.enqueue(chunk)
  }

  #whisper(data: unknown): void {
    const parsed = v.safeParse(whisper, data)
    if (!parsed.success) return
    if ('typing' in parsed.output) this.#write(frame('typing', { on: parsed.output.typing }))
    else this.#write(frame('read', { upTo: parsed.output.readUpTo }))
  }

  async #tellPresence(): Promise<void> {
    const attended = await this.#call.context.attended().catch(() => this.#attended)
    if (attended === null || attended === this.#attended) return
    this.#attended = attended
    this.#write(frame('presence', { attended }))
  }

  /** One reader at a time; a signal in between makes it read once more. */
  async #look(): Promise<void> {
    this.#readAgain = true
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#readAgain && this.#controller) {
        this.#readAgain = false
        await this.#readOn()
      }
    } catch (error) {
      // The browser connects again and resumes; the next attempt may find the hub well.
      this.#call.context.log.warn({ error: String(error) }, 'Could not read a visitor’s thread')
      this.close()
    } finally {
      this.#reading = false
    }
  }

  async #readOn(): Promise<void> {
    const { context, visitor } = this.#call
    let after = Math.max(0, this.#position - LOOK_BACK)
    for (let more = true; more; ) {
      const page = await context.history(visitor.address, after, PAGE)
      for (const message of page) {
        if (this.#sent.has(message.id) || !isShown(message)) continue
        this.#sent.add(message.id)
        this.#position = Math.max(this.#position, message.seq)
        this.#write(frame('message', visitorMessage(visitor.address, message), this.#position))
      }
      after = page.at(-1)?.seq ?? after
      more = page.length === PAGE
    }
  }
}
