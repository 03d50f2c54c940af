import { setTimeout as delay } from 'node:timers/promises'
import type { LiveEvent } from '../../src/views.ts'

/** A program or browser that is signed in to a running hub. */

/** How long a test waits for something that should come: generous, for two busy cores. */
export const PATIENCE_MS = 20_000
const RECONNECT_MS = 200

export class HubClient {
  readonly url: string
  readonly cookie: string
  readonly agentId: string

  private constructor(url: string, cookie: string, agentId: string) {
    this.url = url
    this.cookie = cookie
    this.agentId = agentId
  }

  static async signIn(url: string, email: string, password: string): Promise<HubClient> {
    const response = await fetch(`${url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-onethread': '1' },
      body: JSON.stringify({ email, password }),
    })
    if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
    const cookie = response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const { agentId } = (await response.json()) as { agentId: string }
    return new HubClient(url, cookie, agentId)
  }

  /** The answer as it is, errors too. */
  ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const raw = body instanceof Uint8Array || typeof body === 'string'
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        'x-onethread': '1',
        ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    })
  }

  async #json<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
    const response = await this.ask(method, path, body, headers)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  get = <T>(path: string): Promise<T> => this.#json('GET', path)
  post = <T>(path: string, body: unknown = {}, headers?: Record<string, string>): Promise<T> =>
    this.#json('POST', path, body, headers)
  patch = <T>(path: string, body: unknown): Promise<T> => this.#json('PATCH', path, body)

  upload(file: { name: string; mimeType: string; content: Uint8Array }): Promise<{ id: string }> {
    const path = `/api/v1/attachments?name=${encodeURIComponent(file.name)}`
    return this.#json('POST', path, file.content, { 'content-type': file.mimeType })
  }

  /** Opens the event stream; while it is open the agent is there to be given conversations. */
  async events(): Promise<EventReader> {
    const reader = new EventReader(this)
    await reader.opened
    return reader
  }
}

type EventOf<Type extends LiveEvent['type']> = Extract<LiveEvent, { type: Type }>

/** Reads the event stream as the inbox does: connects again by itself and resumes. */
export class EventReader {
  readonly seen: LiveEvent[] = []
  readonly opened: Promise<void>
  readonly #client: HubClient
  readonly #closing = new AbortController()
  readonly #listeners = new Set<() => void>()
  #lastId = ''
  #tellOpened: () => void = () => {}

  constructor(client: HubClient) {
    this.#client = client
    this.opened = new Promise((resolve) => {
      this.#tellOpened = resolve
    })
    void this.#run()
  }

  of<Type extends LiveEvent['type']>(type: Type): EventOf<Type>[] {
    return this.seen.filter((event): event is EventOf<Type> => event.type === type)
  }

  /** Resolves with the first event, seen already or still to come, that fits. */
  until<Type extends LiveEvent['type']>(
    type: Type,
    fits: (event: EventOf<Type>) => boolean,
    what: string = type,
  ): Promise<EventOf<Type>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.of(type).find(fits)
        if (!found) return
        clearTimeout(timer)
        this.#listeners.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#listeners.delete(look)
        reject(new Error(`${what} did not come on the event stream. Seen: ${this.seen.map(brief).join(', ')}`))
      }, PATIENCE_MS)
      this.#listeners.add(look)
      look()
    })
  }

  /** The states that a message's delivery was shown in, each once, in order. */
  statesOf(messageId: string): string[] {
    const states = this.seen.flatMap((event) =>
      (event.type === 'message.added' || event.type === 'message.changed') && event.message.id === messageId
        ? [event.message.delivery?.state ?? 'none']
        : [],
    )
    return states.filter((state, index) => state !== states[index - 1])
  }

  close(): void {
    this.#closing.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#read().catch(() => {})
      await delay(RECONNECT_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #read(): Promise<void> {
    const response = await fetch(`${this.#client.url}/api/v1/events`, {
      headers: { cookie: this.#client.cookie, ...(this.#lastId ? { 'last-event-id': this.#lastId } : {}) },
      signal: this.#closing.signal,
    })
    if (!response.ok || !response.body) throw new Error(`events: ${response.status}`)
    this.#tellOpened()
    let rest = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const frames = `${rest}${chunk}`.split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) this.#take(frame)
    }
  }

  #take(frame: string): void {
    this.#lastId = /^id: ?(.*)$/m.exec(frame)?.[1] ?? this.#lastId
    const data = /^data: ?(.*)$/m.exec(frame)?.[1]
    if (data === undefined) return
    this.seen.push(JSON.parse(data) as LiveEvent)
    for (const listener of this.#listeners) listener()
  }
}

const brief = (event: LiveEvent): string =>
  event.type === 'message.added' || event.type === 'message.changed'
    ? `${event.type}(${event.message.direction} ${event.message.text.slice(0, 20)} ${event.message.delivery?.state ?? ''})`
    : event.type
