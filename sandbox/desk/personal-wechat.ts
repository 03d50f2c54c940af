import type { DeviceMessage, Peer } from '../peer.ts'
import { freePort, newWechatyToken, startWechatyPeer, type WechatyPeer, wechatyConfig } from '../wechaty-peer.ts'

/** Before the process with the puppet is started again. */
const RESTART_MS = 2_000

interface Options {
  token: string | null
  loggedIn: boolean
  port: number | undefined
  contacts: { id: string; name: string }[]
  /** Called when the account logged in or out. */
  changed: () => void
}

/**
 * The shop's own WeChat, behind a puppet service. The puppet is heavy: its settings are known at once, its process is
 * started by `open`, kept running, and what is said before it is up waits for it.
 */
export class PersonalWechat {
  readonly channel = 'wechat'
  readonly token: string
  readonly port: number
  loggedIn: boolean
  readonly #options: Options
  readonly #listeners = new Set<(customer: string) => void>()
  #peer: Promise<WechatyPeer> | null = null
  #current: WechatyPeer | null = null
  #closed = false

  private constructor(options: Options, port: number) {
    this.#options = options
    this.port = port
    this.token = options.token ?? newWechatyToken()
    this.loggedIn = options.loggedIn
  }

  static async prepare(options: Options): Promise<PersonalWechat> {
    return new PersonalWechat(options, await freePort(options.port))
  }

  get config(): Record<string, unknown> {
    return wechatyConfig(`127.0.0.1:${this.port}`, this.token)
  }

  /** True once the puppet's process is up. */
  get ready(): boolean {
    return this.#current !== null
  }

  open(): Promise<WechatyPeer> {
    this.#peer ??= this.#start()
    return this.#peer
  }

  async say(customer: string, message: Parameters<Peer['say']>[1]): Promise<{ remoteId: string }> {
    if (!this.loggedIn) throw new Error('logged out')
    return (await this.open()).say(customer, message)
  }

  device(customer: string): DeviceMessage[] {
    return this.#current?.device(customer) ?? []
  }

  onChange(listener: (customer: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async scan(): Promise<void> {
    await (await this.open()).scan()
  }

  async logout(): Promise<void> {
    await (await this.open()).logout()
  }

  async close(): Promise<void> {
    this.#closed = true
    await (await this.#peer?.catch(() => null))?.close()
  }

  async #start(): Promise<WechatyPeer> {
    const { contacts, changed } = this.#options
    const peer = await startWechatyPeer({ loggedIn: this.loggedIn, port: this.port, token: this.token, contacts })
    this.#current = peer
    peer.onLogin((loggedIn) => {
      this.loggedIn = loggedIn
      changed()
    })
    peer.onChange((customer) => {
      for (const listener of this.#listeners) listener(customer)
    })
    peer.onEnd(() => {
      this.#peer = null
      this.#current = null
      changed()
      if (!this.#closed) setTimeout(() => void this.open().catch(() => {}), RESTART_MS).unref()
    })
    changed()
    return peer
  }
}
