import type { Sink } from '../../adapters/contract.ts'
import type { Cursor, Health, InboundEvent } from '../../src/model.ts'

type EventOf<Kind extends InboundEvent['kind']> = Extract<InboundEvent, { kind: Kind }>

/** How long a test waits for something that should come: generous, for two busy cores. */
const PATIENCE_MS = 20_000

/**
 * Stands for the hub behind an adapter. Keeps everything that was made durable, dedupes nothing, and can refuse
 * to keep the next events, as a hub whose NATS is away does.
 */
export class RecordingSink implements Sink {
  readonly events: InboundEvent[] = []
  readonly healths: Health[] = []
  /** The bookmark that the hub would have kept; null before the first. */
  cursor: Cursor | null = null
  /** How many emits were refused so far. */
  rejected = 0

  #toReject = 0
  #toForget = 0
  readonly #listeners = new Set<() => void>()

  /** The next `times` emits reject; 0 makes it keep everything again. */
  rejectNext(times: number): void {
    this.#toReject = times
  }

  /** The next `times` events are kept, but their emits reject all the same: the hub died before it could say so. */
  loseAnswerNext(times: number): void {
    this.#toForget = times
  }

  async emit(event: InboundEvent, resume?: Cursor): Promise<void> {
    if (this.#toReject > 0) {
      this.#toReject -= 1
      this.rejected += 1
      this.#changed()
      throw new Error('The hub cannot keep events now.')
    }
    this.events.push(event)
    if (this.#toForget > 0) {
      this.#toForget -= 1
      this.rejected += 1
      this.#changed()
      throw new Error('The hub kept the event, but its answer was lost.')
    }
    if (resume !== undefined) this.cursor = resume
    this.#changed()
  }

  async advance(cursor: Cursor): Promise<void> {
    this.cursor = cursor
    this.#changed()
  }

  health(next: Health): void {
    this.healths.push(next)
    this.#changed()
  }

  /** The newest word on how the account is. */
  get lastHealth(): Health | null {
    return this.healths.at(-1) ?? null
  }

  of<Kind extends InboundEvent['kind']>(kind: Kind): EventOf<Kind>[] {
    return this.events.filter((event): event is EventOf<Kind> => event.kind === kind)
  }

  /** The first event that fits, past or to come. */
  async waitFor<Found extends InboundEvent>(
    predicate: ((event: InboundEvent) => event is Found) | ((event: InboundEvent) => boolean),
    patienceMs = PATIENCE_MS,
  ): Promise<InboundEvent> {
    let found: InboundEvent | undefined
    await this.until(() => {
      found = this.events.find((event) => predicate(event))
      return found !== undefined
    }, patienceMs)
    return found as InboundEvent
  }

  /** The first message with this text. */
  async waitForMessage(text: string, patienceMs = PATIENCE_MS): Promise<EventOf<'message'>> {
    return (await this.waitFor(
      (event) => event.kind === 'message' && event.text.trim() === text,
      patienceMs,
    )) as EventOf<'message'>
  }

  /** Resolves once the condition holds; looked at after every event, bookmark and word on health. */
  until(holds: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        finish()
      }
      const look = () => {
        if (holds()) settle(resolve)
      }
      const timer = setTimeout(
        () => settle(() => reject(new Error(`Nothing fitting came in ${patienceMs} ms. ${this.#summary()}`))),
        patienceMs,
      )
      this.#listeners.add(look)
      look()
    })
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #summary(): string {
    return `Events: ${JSON.stringify(this.events).slice(0, 2000)} Health: ${JSON.stringify(this.healths)}`
  }
}
