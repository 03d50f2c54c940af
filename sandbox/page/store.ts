import type { Play } from '../desk/busy-day.ts'
import type { Customer, DeviceId } from '../desk/people.ts'
import type { Screen, ScreenMessage } from '../desk/screens.ts'
import { chooseCustomer, chosenCustomer } from './settings.ts'

export type { Customer, DeviceId, ScreenMessage }

export interface SignIn {
  name: string
  email: string
  role: string
}

export interface Everything {
  shop: { name: string; mail: string; number: string }
  customers: Record<DeviceId, Customer[]>
  screens: Partial<Record<DeviceId, Record<string, Screen>>>
  login: { loggedIn: boolean; ready: boolean }
  play: Play
  signIns: SignIn[]
  /** Whether the website's chat can be loaded. */
  open: boolean
}

type Event =
  | ({ type: 'everything' } & Everything)
  | { type: 'screen'; device: DeviceId; customer: string; seenAt: number; message: ScreenMessage | null }
  | { type: 'login'; loggedIn: boolean; ready: boolean }
  | { type: 'play'; play: Play }
  | { type: 'signIns'; signIns: SignIn[] }
  | { type: 'open'; open: boolean }

export interface Outgoing {
  device: DeviceId
  customer: string
  text: string
  subject?: string
  media?: { name: string; mimeType: string; base64: string }[]
  samples?: string[]
  answers?: string | null
}

/** What the desk knows, live; and what was typed here that never got through to it. */
export class Store {
  now: Everything | null = null
  connected = true
  readonly #listeners = new Set<() => void>()
  /** Typed here, not yet known to the sandbox: by id. */
  readonly #unsent = new Map<string, { outgoing: Outgoing; message: ScreenMessage }>()
  #waiting = false

  start(): void {
    const source = new EventSource('/sandbox/api/events')
    source.onmessage = ({ data }) => this.#hear(JSON.parse(data) as Event)
    source.onerror = () => {
      this.connected = false
      this.#changed()
      // A browser gives up on an answer that is no stream, which a hub that starts gives.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.start(), 1500)
    }
    addEventListener('beforeunload', (event) => {
      if (this.#unsent.size > 0) event.preventDefault()
    })
  }

  /** Called once per frame after changes. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener)
  }

  customer(device: DeviceId): Customer | null {
    const all = this.now?.customers[device] ?? []
    const chosen = chosenCustomer(device)
    return all.find(({ address }) => address === chosen) ?? all[0] ?? null
  }

  choose(device: DeviceId, address: string): void {
    chooseCustomer(device, address)
    this.#changed()
  }

  messages(device: DeviceId, customer: string): ScreenMessage[] {
    const kept = this.now?.screens[device]?.[customer]?.messages ?? []
    const own = [...this.#unsent.values()]
      .filter(({ outgoing }) => outgoing.device === device && outgoing.customer === customer)
      .map(({ message }) => message)
    return [...kept, ...own]
  }

  unread(device: DeviceId, customer: string): number {
    const screen = this.now?.screens[device]?.[customer]
    return screen?.messages.filter(({ by, at }) => by === 'hub' && at > screen.seenAt).length ?? 0
  }

  /** Marks as seen what the open screen shows. */
  look(device: DeviceId, customer: string): void {
    if (this.unread(device, customer) === 0) return
    const screen = this.now?.screens[device]?.[customer]
    if (screen) screen.seenAt = Date.now()
    void post('look', { device, customer }).catch(() => {})
    this.#changed()
  }

  say(outgoing: Outgoing): void {
    // No randomUUID: a hub opened by http on another name than localhost has none.
    const id = `p${Date.now().toString(36)}${Array.from(crypto.getRandomValues(new Uint8Array(8)), (n) => n.toString(36)).join('')}`
    const pictures = [
      ...(outgoing.media ?? []).map(({ name, mimeType, base64 }) => ({
        id: `data:${mimeType};base64,${base64}`,
        name,
        mimeType,
        size: Math.round(base64.length * 0.75),
      })),
      ...(outgoing.samples ?? []).map((name) => ({
        id: `/sandbox/samples/${name}.png`,
        name: `${name}.png`,
        mimeType: 'image/png',
        size: 0,
      })),
    ]
    const { text, subject } = outgoing
    const message: ScreenMessage = { id, by: 'customer', text, files: pictures, at: Date.now(), state: 'sending' }
    if (subject !== undefined) message.subject = subject
    this.#unsent.set(id, { outgoing, message })
    this.#changed()
    void this.#post(id)
  }

  retry(device: DeviceId, customer: string, id: string): void {
    if (this.#unsent.has(id)) return void this.#post(id)
    void post('retry', { device, customer, id }).catch(() => {})
  }

  async #post(id: string): Promise<void> {
    const waiting = this.#unsent.get(id)
    if (!waiting) return
    const { message, outgoing } = waiting
    message.state = 'sending'
    delete message.problem
    this.#changed()
    try {
      await post('say', { ...outgoing, clientId: id })
      this.#unsent.delete(id)
    } catch (error) {
      message.state = 'refused'
      message.problem = error instanceof Error ? error.message : String(error)
    }
    this.#changed()
  }

  #hear(event: Event): void {
    this.connected = true
    if (event.type === 'everything') this.now = event
    else if (this.now) this.#apply(this.now, event)
    this.#changed()
  }

  #apply(now: Everything, event: Exclude<Event, { type: 'everything' }>): void {
    if (event.type === 'login') now.login = { loggedIn: event.loggedIn, ready: event.ready }
    else if (event.type === 'play') now.play = event.play
    else if (event.type === 'signIns') now.signIns = event.signIns
    else if (event.type === 'open') now.open = event.open
    else {
      const screens = now.screens[event.device] ?? {}
      now.screens[event.device] = screens
      const screen = screens[event.customer] ?? { messages: [], seenAt: 0 }
      screens[event.customer] = screen
      screen.seenAt = Math.max(screen.seenAt, event.seenAt)
      const { message } = event
      if (!message) return
      this.#unsent.delete(message.id)
      const at = screen.messages.findIndex(({ id }) => id === message.id)
      if (at === -1) screen.messages.push(message)
      else screen.messages[at] = message
    }
  }

  #changed(): void {
    if (this.#waiting) return
    this.#waiting = true
    // Not a frame: a tab in the background gets none, and must be right when it is looked at again.
    queueMicrotask(() => {
      this.#waiting = false
      for (const listener of this.#listeners) listener()
    })
  }
}

/** Rejects with words for people. */
export async function post(act: string, body: object): Promise<void> {
  const response = await fetch(`/sandbox/api/${act}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => null)
  if (response?.ok) return
  const problem = (await response?.json().catch(() => null)) as { detail?: string } | null | undefined
  throw new Error(problem?.detail ?? 'interrupted')
}
