import { type Api, type Outgoing, Refused } from './api.ts'
import { waitUntilWorthIt } from './event-source.ts'
import { load, save } from './storage.ts'

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** A message that was sent but never seen in the thread is forgotten after this. */
const KEEP_SENT_MS = 24 * 60 * 60_000

/** Where `crypto.randomUUID` is missing (a hub on plain http) random bytes do. */
export const newClientId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * What the visitor wrote and the hub has not confirmed. Kept over a reload; sent in order, one at a time; repeated
 * with the same client id, which makes it one message however often it goes.
 */
export class Outbox {
  items: Outgoing[]
  readonly #key: string
  readonly #api: Api
  readonly #changed: () => void
  readonly #extra: () => object
  #running = false

  constructor(key: string, api: Api, extra: () => object, changed: () => void) {
    this.#key = key
    this.#api = api
    this.#extra = extra
    this.#changed = changed
    const oldest = Date.now() - KEEP_SENT_MS
    this.items = (load<Outgoing[]>(key) ?? []).filter(({ state, at }) => state !== 'sent' || at > oldest)
  }

  add(text: string, files: Outgoing['files']): void {
    this.items.push({ clientId: newClientId(), text, files, at: Date.now(), state: 'queued' })
    this.#keep()
    void this.run()
  }

  /** Under a new client id: the old one may stand for something else by now. */
  retry(clientId: string): void {
    const item = this.items.find((one) => one.clientId === clientId)
    if (!item) return
    this.items = [...this.items.filter((one) => one !== item), { ...item, clientId: newClientId(), state: 'queued' }]
    this.#keep()
    void this.run()
  }

  /** It is in the thread now, or the visitor does not want it any more. */
  drop(clientId: string): void {
    const left = this.items.filter((one) => one.clientId !== clientId)
    if (left.length === this.items.length) return
    this.items = left
    this.#keep()
  }

  async run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    let pause = FIRST_PAUSE_MS
    for (let item = this.#next(); item; item = this.#next()) {
      const wait = await this.#send(item, pause)
      if (wait === 0) pause = FIRST_PAUSE_MS
      else {
        await waitUntilWorthIt(wait)
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
    }
    this.#running = false
  }

  #next(): Outgoing | undefined {
    return this.items.find(({ state }) => state === 'queued')
  }

  /** How long to wait before the next try; 0 = settled. */
  async #send({ clientId, text, files }: Outgoing, pause: number): Promise<number> {
    try {
      const attachments = files.map(({ ticket }) => ticket)
      await this.#api.post('/messages', { clientId, text, attachments, ...this.#extra() })
      this.#set(clientId, { state: 'sent' })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.passing || error.status === 401) return error.retryAfterMs || pause
      this.#set(clientId, { state: 'failed', reason: error.message })
    }
    return 0
  }

  #set(clientId: string, change: Partial<Outgoing>): void {
    this.items = this.items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item))
    this.#keep()
  }

  #keep(): void {
    save(this.#key, this.items.length ? this.items : null)
    this.#changed()
  }
}
