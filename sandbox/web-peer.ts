import { randomBytes, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { DeviceMessage, Peer, PeerMedia } from './peer.ts'

/** How long a browser waits before it connects its event stream again. */
const RECONNECT_MS = 200
/** How long a browser tries to get a message through before it says that it could not. */
const PATIENCE_MS = 30_000

interface WireMessage {
  seq: number
  id: string
  by: 'visitor' | 'hub'
  clientId: string | null
  text: string
  media: { id: string; name: string; mimeType: string; size: number }[]
  at: number
}

/**
 * Visitors of a website with the chat open: they speak the same HTTP as the widget's app does. A customer named
 * `u_<id>` is logged in on the website, which signs who it is: that is then their address. Every other is anonymous.
 */
export class WebPeer implements Peer {
  readonly channel = 'webchat'
  readonly config: Record<string, unknown>
  readonly accepted: Peer['accepted'] = []
  readonly #visitors = new Map<string, Promise<Visitor>>()
  readonly #listeners = new Set<(customer: string) => void>()
  readonly #screens = new Map<string, Visitor>()
  readonly #closed = new AbortController()
  readonly #identitySecret = randomBytes(32).toString('hex')
  readonly #patienceMs: number
  #hookUrl = ''

  constructor(config: Record<string, unknown> = {}, { patienceMs = PATIENCE_MS }: { patienceMs?: number } = {}) {
    this.#patienceMs = patienceMs
    const identitySecret = this.#identitySecret
    this.config = { allowedOrigins: ['*'], messagesPerMinute: 60_000, identitySecret, ...config }
  }

  attach(hookUrl: string): void {
    this.#hookUrl = hookUrl
  }

  async say(
    customer: string,
    message: { text: string; media?: PeerMedia[]; name?: string },
  ): Promise<{ remoteId: string }> {
    return (await this.#visitor(customer)).say(message)
  }

  device(customer: string): DeviceMessage[] {
    return this.#screens.get(customer)?.messages() ?? []
  }

  async look(customer: string): Promise<void> {
    await (await this.#visitor(customer)).look()
  }

  /** The address under which the hub knows this customer. */
  async addressOf(customer: string): Promise<string> {
    return (await this.#visitor(customer)).address
  }

  /** The hub is the provider here: between the two there is nothing that could fail. */
  fail(): void {}

  onChange(listener: (customer: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#listeners.clear()
  }

  #visitor(customer: string): Promise<Visitor> {
    const known = this.#visitors.get(customer)
    if (known) return known
    const started = this.#start(customer)
    this.#visitors.set(customer, started)
    started.then(
      (visitor) => this.#screens.set(customer, visitor),
      () => this.#visitors.delete(customer),
    )
    return started
  }

  async #start(customer: string): Promise<Visitor> {
    const body = customer.startsWith('u_') ? { jwt: await this.#jwt(customer.slice(2)) } : {}
    const browser = { hook: this.#hookUrl, patienceMs: this.#patienceMs, signal: this.#closed.signal }
    return Visitor.start(browser, body, (shown) => {
      if (shown) this.accepted.push({ to: customer, text: shown.text, at: Date.now(), key: shown.id })
      for (const listener of this.#listeners) listener(customer)
    })
  }

  /** What the website's own server would sign. */
  #jwt(user: string): Promise<string> {
    const secret = String(this.config.identitySecret)
    return new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user)
      .setExpirationTime('5 minutes')
      .sign(new TextEncoder().encode(secret))
  }
}

interface Browser {
  hook: string
  patienceMs: number
  signal: AbortSignal
}

/** One browser with the chat open. */
class Visitor {
  readonly address: string
  readonly #hook: string
  readonly #token: string
  readonly #patienceMs: number
  readonly #signal: AbortSignal
  /** Called after each change; with the hub's message when one was shown for the first time. */
  readonly #changed: (shown?: { id: string; text: string }) => void
  readonly #shown = new Map<string, DeviceMessage & { seq: number }>()
  #position = 0
  #delivered = 0

  private constructor(
    { hook, patienceMs, signal }: Browser,
    session: { token: string; address: string },
    changed: (shown?: { id: string; text: string }) => void,
  ) {
    this.address = session.address
    this.#hook = hook
    this.#token = session.token
    this.#patienceMs = patienceMs
    this.#signal = signal
    this.#changed = changed
  }

  static async start(
    browser: Browser,
    identity: object,
    changed: (shown?: { id: string; text: string }) => void,
  ): Promise<Visitor> {
    const { hook, signal } = browser
    const response = await fetch(`${hook}/session`, { method: 'POST', body: JSON.stringify(identity), signal })
    if (!response.ok) throw new Error(`No session: ${response.status} ${await response.text()}`)
    const visitor = new Visitor(browser, (await response.json()) as { token: string; address: string }, changed)
    void visitor.#listen()
    return visitor
  }

  messages(): DeviceMessage[] {
    return [...this.#shown.values()].sort((a, b) => a.seq - b.seq).map(({ seq: _, ...message }) => message)
  }

  async say(message: { text: string; media?: PeerMedia[]; name?: string }): Promise<{ remoteId: string }> {
    const clientId = randomUUID()
    const attachments: string[] = []
    for (const file of message.media ?? []) attachments.push(await this.#upload(file))
    const body = { clientId, text: message.text, attachments, ...(message.name ? { name: message.name } : {}) }
    const { remoteId } = (await this.#post('/messages', JSON.stringify(body))) as { remoteId: string }
    const own = { id: remoteId, by: 'customer' as const, text: message.text, media: message.media ?? [] }
    // The thread may have shown it already: then its place is known.
    if (!this.#shown.has(remoteId))
      this.#shown.set(remoteId, { ...own, at: Date.now(), seq: this.#position + 0.5 + this.#shown.size / 1e6 })
    this.#changed()
    return { remoteId }
  }

  async look(): Promise<void> {
    await this.#post('/seen', JSON.stringify({ upTo: this.#position, state: 'read' }))
    for (const message of this.#shown.values()) if (message.by === 'hub') message.status = 'read'
    this.#changed()
  }

  async #upload(file: PeerMedia): Promise<string> {
    const answer = await this.#post('/files', Buffer.from(file.content), {
      'content-type': file.mimeType,
      'x-file-name': encodeURIComponent(file.name),
    })
    return (answer as { ticket: string }).ticket
  }

  /** Tries again while the hub is away or wants it slower; the client id makes repeats one message. */
  async #post(
    path: string,
    body: string | Buffer<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const until = Date.now() + this.#patienceMs
    for (;;) {
      const answer = await this.#try(path, body, headers)
      if (answer.ok) return answer.body ? JSON.parse(answer.body) : null
      const hopeless = answer.status >= 400 && answer.status < 500 && answer.status !== 429
      if (hopeless || this.#signal.aborted || Date.now() > until)
        throw new Error(`${path}: ${answer.status} ${answer.body}`)
      await pause(answer.waitMs, this.#signal)
    }
  }

  async #try(path: string, body: string | Buffer<ArrayBuffer>, headers: Record<string, string>) {
    try {
      const response = await fetch(`${this.#hook}${path}`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${this.#token}`, ...headers },
        signal: this.#signal,
      })
      const waitMs = Number(response.headers.get('retry-after') ?? 0) * 1000 || RECONNECT_MS
      return { ok: response.ok, status: response.status, body: await response.text(), waitMs }
    } catch (error) {
      return { ok: false, status: 0, body: String(error), waitMs: RECONNECT_MS }
    }
  }

  async #listen(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#stream()
      } catch {
        // The hub is away: connect again and resume.
      }
      await pause(RECONNECT_MS, this.#signal)
    }
  }

  async #stream(): Promise<void> {
    const response = await fetch(`${this.#hook}/events`, {
      headers: { authorization: `Bearer ${this.#token}`, 'last-event-id': String(this.#position) },
      signal: this.#signal,
    })
    if (!response.ok || !response.body) throw new Error(`events: ${response.status}`)
    let rest = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const frames = `${rest}${chunk}`.split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) await this.#apply(frame)
    }
  }

  async #apply(frame: string): Promise<void> {
    if (/^event: (.*)$/m.exec(frame)?.[1] !== 'message') return
    const message = JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? '') as WireMessage
    this.#position = Math.max(this.#position, message.seq)
    const id = message.clientId ? `${this.address}:${message.clientId}` : message.id
    const known = this.#shown.get(id)
    if (known) {
      known.seq = message.seq
      return this.#changed()
    }
    const media = await Promise.all(message.media.map((file) => this.#fetch(file)))
    const by = message.by === 'visitor' ? ('customer' as const) : ('hub' as const)
    this.#shown.set(id, { id, by, text: message.text, media, at: message.at, seq: message.seq })
    this.#changed(by === 'hub' ? { id, text: message.text } : undefined)
    if (by === 'hub') await this.#deliver(id, message.seq)
  }

  async #deliver(id: string, seq: number): Promise<void> {
    await this.#post('/seen', JSON.stringify({ after: this.#delivered, upTo: seq, state: 'delivered' }))
    this.#delivered = Math.max(this.#delivered, seq)
    const shown = this.#shown.get(id)
    if (shown && !shown.status) shown.status = 'delivered'
    this.#changed()
  }

  async #fetch(file: WireMessage['media'][number]): Promise<PeerMedia> {
    const response = await fetch(`${this.#hook}/files/${file.id}`, {
      headers: { authorization: `Bearer ${this.#token}` },
      signal: this.#signal,
    })
    if (!response.ok) throw new Error(`file ${file.id}: ${response.status}`)
    return { name: file.name, mimeType: file.mimeType, content: new Uint8Array(await response.arrayBuffer()) }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    if (signal.aborted) done()
    else signal.addEventListener('abort', done)
  })
