import type { ToApp } from '../protocol.ts'
import { Api, type Message, type Outgoing, Refused } from './api.ts'
import { Drafts } from './drafts.ts'
import { follow, type StreamEvent, waitUntilWorthIt } from './event-source.ts'
import { Files } from './files.ts'
import type { Host } from './host.ts'
import { Outbox } from './outbox.ts'
import { Seen } from './seen.ts'
import { Session } from './session.ts'
import { Tabs } from './tabs.ts'

type Connection = 'connecting' | 'ok' | 'lost' | 'expired'
type TabMessage = { event: StreamEvent } | { connected: boolean } | { asks: true } | { seen: number }

/** What the screen shows. A new object after every change. */
export interface View {
  /** False until the thread was read once. */
  loaded: boolean
  open: boolean
  /** Of the thread, in its order. */
  messages: Message[]
  /** Written here and not yet in the thread. */
  outgoing: Outgoing[]
  connection: Connection
  attended: boolean | null
  typing: boolean
  /** The visitor's newest message that an agent has read: its client id. */
  readUpTo: string | null
  unread: number
}

/** An agent who stopped typing may not say so. */
const TYPING_MS = 8000
/** Our own typing is told at most this often. */
const TELL_TYPING_MS = 4000

/** One visitor's conversation: the thread as the hub knows it, and what waits to get there. */
export class Chat {
  view: View = {
    loaded: false,
    open: false,
    messages: [],
    outgoing: [],
    connection: 'connecting',
    attended: null,
    typing: false,
    readUpTo: null,
    unread: 0,
  }
  readonly api: Api
  readonly files: Files
  readonly drafts: Drafts
  readonly #host: Host
  readonly #session: Session
  readonly #account: string
  readonly #listeners = new Set<() => void>()
  readonly #messages = new Map<string, Message>()
  #tabs: Tabs<TabMessage> | null = null
  #outbox: Outbox | null = null
  #seen: Seen | null = null
  #position = 0
  #leading = false
  #typingTimer: ReturnType<typeof setTimeout> | undefined
  #toldTyping = 0
  #starting: Promise<void> | null = null
  #begun = false
  #identifying: Promise<void> = Promise.resolve()

  constructor(hook: string, host: Host) {
    this.#account = hook.split('/').at(-1) ?? ''
    this.#host = host
    this.#session = new Session(this.#account)
    this.api = new Api(hook, () => this.#session.current?.token ?? null)
    this.files = new Files(this.api)
    this.drafts = new Drafts(this.api, this.files, () => this.#set({}))
    this.#session.onChangedElsewhere(() => location.reload())
    document.addEventListener('visibilitychange', () => this.#returned())
    if (this.#session.current) void this.#start()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  fromHost(message: Exclude<ToApp, { type: 'kept' }>): void {
    if (message.type === 'open') this.open()
    else if (message.type === 'close') this.#set({ open: false })
    else if (message.type === 'lead') this.#mayLead()
    else if (message.type === 'logout') this.#logout()
    else this.#identifying = this.#identify(message.jwt)
  }

  open(): void {
    this.#set({ open: true })
    void this.#start().then(() => this.#look())
  }

  /** The visitor closes the panel. */
  close(): void {
    this.#host.tell({ type: 'close' })
    this.#set({ open: false })
  }

  send(text: string): void {
    this.#outbox?.add(text, this.drafts.take())
    this.#toldTyping = 0
    this.#set({})
  }

  retry(clientId: string): void {
    this.#outbox?.retry(clientId)
  }

  discard(clientId: string): void {
    this.#outbox?.drop(clientId)
    this.#set({})
  }

  typed(on: boolean): void {
    const now = Date.now()
    if (!this.#session.current || (on && now - this.#toldTyping < TELL_TYPING_MS) || (!on && !this.#toldTyping)) return
    this.#toldTyping = on ? now : 0
    this.api.post('/typing', { on }).catch(() => {})
  }

  #start(): Promise<void> {
    this.#starting ??= this.#begin()
    return this.#starting
  }

  async #begin(): Promise<void> {
    // Nobody's conversation is begun while the website still says whose it is.
    await this.#identifying
    this.#begun = true
    await this.#persist(() => this.#session.ensure(this.api))
    this.#host.tell({ type: 'session', active: true })
    const about = { language: navigator.language, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }
    const outbox = new Outbox(
      this.#session.key('outbox'),
      this.api,
      () => about,
      () => this.#set({}),
    )
    this.#outbox = outbox
    this.#seen = new Seen(this.#session.key('seen'), this.api)
    this.#set({})
    const name = `onethread:${this.#account}:${this.#session.current?.address}`
    const elsewhere = this.#host.framed ? (lock: string) => this.#leadAtHost(lock) : null
    this.#tabs = await Tabs.join<TabMessage>(name, elsewhere, (message) => this.#fromTab(message))
    await this.#persist(() => this.#catchUp())
    this.#set({ loaded: true, connection: 'ok' })
    this.#tabs.tell({ asks: true })
    this.#tabs.lead(() => this.#lead())
    void outbox.run()
  }

  #mayLead: () => void = () => {}
  #leadAtHost(name: string): Promise<void> {
    this.#host.tell({ type: 'mayLead', name })
    return new Promise((resolve) => {
      this.#mayLead = resolve
    })
  }

  async #lead(): Promise<void> {
    this.#leading = true
    const on = {
      event: (event: StreamEvent) => {
        this.#tabs?.tell({ event })
        this.#apply(event)
      },
      connected: (connected: boolean) => {
        this.#tabs?.tell({ connected })
        this.#connected(connected)
      },
      refused: (refusal: Refused) => this.#refused(refusal),
    }
    await follow(this.api, () => this.#position, on)
  }

  /** Tries until the hub answers; a refusal that will not pass by itself is dealt with. */
  async #persist<T>(run: () => Promise<T>): Promise<T> {
    for (let pause = 1000; ; pause = Math.min(pause * 2, 15_000)) {
      try {
        return await run()
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        if (error.passing) this.#set({ connection: 'lost' })
        else this.#refused(error)
        await waitUntilWorthIt(Math.max(pause, error.retryAfterMs))
      }
    }
  }

  #refused(refusal: Refused): void {
    if (refusal.code === 'session_expired') {
      this.#set({ connection: 'expired' })
      this.#host.tell({ type: 'identityExpired' })
    } else if (refusal.status === 401 || refusal.code === 'bad_session') {
      this.#session.forget()
      location.reload()
    }
  }

  async #catchUp(): Promise<void> {
    for (let after = this.#position, more = true; more; ) {
      const page = await this.api.messages(after)
      for (const message of page.messages) this.#keep(message)
      this.#set({ attended: page.attended })
      after = page.next
      more = page.more
    }
    this.#look()
  }

  #keep(message: Message): void {
    this.#messages.set(message.id, message)
    this.#position = Math.max(this.#position, message.seq)
    if (message.clientId) this.#outbox?.drop(message.clientId)
  }

  #apply({ event, data }: StreamEvent): void {
    if (event === 'message') this.#arrived(data as Message)
    else if (event === 'presence') this.#set({ attended: (data as { attended: boolean }).attended })
    else if (event === 'typing') this.#typing((data as { on: boolean }).on)
    else if (event === 'read') this.#set({ readUpTo: (data as { upTo: string }).upTo.split(':').at(-1) ?? null })
  }

  #arrived(message: Message): void {
    const fresh = !this.#messages.has(message.id)
    this.#keep(message)
    if (!fresh) return
    if (message.by === 'hub') {
      this.#typing(false)
      this.#host.tell({ type: 'message', text: message.text })
    }
    this.#set({})
    this.#look()
  }

  #typing(on: boolean): void {
    clearTimeout(this.#typingTimer)
    if (on) this.#typingTimer = setTimeout(() => this.#set({ typing: false }), TYPING_MS)
    if (on !== this.view.typing) this.#set({ typing: on })
  }

  #connected(connected: boolean): void {
    if (this.view.connection === 'expired' && !connected) return
    this.#set({ connection: connected ? 'ok' : 'lost' })
    if (connected) void this.#outbox?.run()
  }

  #fromTab(message: TabMessage): void {
    if ('event' in message) this.#apply(message.event)
    else if ('connected' in message && !this.#leading) this.#connected(message.connected)
    else if ('seen' in message) this.#seen?.reached(message.seen)
    else if ('asks' in message && this.#leading) this.#tabs?.tell({ connected: this.view.connection === 'ok' })
    this.#set({})
  }

  /** A tab in the background may have been frozen while the leader told it something. */
  #returned(): void {
    if (document.visibilityState !== 'visible' || !this.view.loaded) return
    if (!this.#leading) this.#catchUp().catch(() => {})
    this.#look()
  }

  /** Reports what came, and what was seen. */
  #look(): void {
    if (!this.#seen) return
    const visible = this.view.open && document.visibilityState === 'visible'
    const upTo = this.#seen.look([...this.#messages.values()], visible)
    if (upTo !== null) this.#tabs?.tell({ seen: upTo })
    this.#set({})
  }

  async #identify(jwt: string): Promise<void> {
    try {
      const other = await this.#session.identify(this.api, jwt)
      if (this.#begun && other) location.reload()
      else if (this.view.connection === 'expired') this.#set({ connection: 'lost' })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#host.tell({ type: 'identityExpired' })
    }
  }

  #logout(): void {
    this.#session.forget()
    this.#host.tell({ type: 'session', active: false })
    this.#host.tell({ type: 'unread', count: 0 })
    location.reload()
  }

  #set(change: Partial<View>): void {
    const messages = [...this.#messages.values()].sort((a, b) => a.seq - b.seq)
    const unread = this.#seen?.unread(messages) ?? 0
    if (unread !== this.view.unread) this.#host.tell({ type: 'unread', count: unread })
    this.view = { ...this.view, ...change, messages, outgoing: this.#outbox?.items ?? [], unread }
    for (const listener of this.#listeners) listener()
  }
}
