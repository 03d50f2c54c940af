import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import * as v from 'valibot'
import type { Bus } from '../../src/bus.ts'
import type { Lease, Leases } from '../../src/leases.ts'
import type { AccountId, Cursor, DeliveryId, InboundEvent, MediaId, Millis } from '../../src/model.ts'
import type { SharedValues } from '../../src/shared-values.ts'
import type { AdapterContext, AnyAdapter, Channel, HistoryMessage, Sink } from '../contract.ts'
import { CUSTOMER_TYPING } from '../contract.ts'
import { comeAgain } from './come-again.ts'
import { createSink, runReceiver } from './receiving.ts'
import { type Claim, Sender } from './sender.ts'

/** An account as the host runs it: settings opened, secrets in clear. */
export interface HostAccount {
  id: AccountId
  channel: string
  name: string
  config: unknown
  enabled: boolean
  /** Changes whenever anything above does. */
  version: string
}

export interface AccountDeps {
  bus: Bus
  leases: Leases
  shared: SharedValues
  publicUrl: string
  /** Folder for SDK state; each account gets its own below it. */
  stateDir: string
  media: AdapterContext['media']
  secretOf(account: AccountId): Uint8Array
  cursor(account: AccountId, receiver: string): Promise<Cursor | null>
  claim(id: DeliveryId): Promise<Claim>
  history(account: AccountId, address: string, after: number, limit: number): Promise<HistoryMessage[]>
  attended(account: AccountId): Promise<boolean>
  mayRead(account: AccountId, address: string, media: MediaId): Promise<boolean>
  onTyping(account: AccountId, address: string, on: boolean): void
  now(): Millis
  log: AdapterContext['log']
  onReceived(channel: string, kind: InboundEvent['kind']): void
  onSent(channel: string, outcome: string, ms: Millis): void
}

/** Subjects take no spaces or dots of their own. */
const topicOf = (account: AccountId, topic: string): string =>
  `account.${account}.${Buffer.from(topic).toString('base64url')}`

const typingSchema = v.object({ address: v.string(), on: v.boolean() })

const contextFor = (account: HostAccount, deps: AccountDeps, stateDir: string): AdapterContext => {
  const { id } = account
  return {
    account: id,
    accountName: account.name,
    hookUrl: `${deps.publicUrl}/hooks/${id}`,
    publicUrl: deps.publicUrl,
    secret: deps.secretOf(id),
    stateDir,
    now: () => deps.now(),
    log: deps.log,
    media: deps.media,
    history: (address, after, limit) => deps.history(id, address, after, limit),
    attended: () => deps.attended(id),
    mayRead: (address, media) => deps.mayRead(id, address, media),
    live: {
      publish(topic, data) {
        const typing = topic === CUSTOMER_TYPING ? v.safeParse(typingSchema, data) : null
        if (typing?.success) deps.onTyping(id, typing.output.address, typing.output.on)
        deps.bus.signal(topicOf(id, topic), data)
      },
      subscribe: (topic, onData) => deps.bus.onSignal(topicOf(id, topic), onData),
    },
    shared: {
      get: (key, refresh) => deps.shared.get(`${id}/${key}`, refresh),
      drop: (key, value) => deps.shared.drop(`${id}/${key}`, value),
    },
  }
}

/** One account on this node: its webhook is answered here; connections and sends run where its lease is held. */
export class RunningAccount {
  readonly account: HostAccount
  readonly adapter: AnyAdapter
  readonly #channel: Channel
  readonly #deps: AccountDeps
  #lease: Lease | null = null
  #sender: Sender | null = null
  #receiving: AbortController | null = null
  #loops: Promise<void>[] = []
  readonly #webhookSinks = new Map<string, Sink>()

  private constructor(account: HostAccount, channel: Channel, adapter: AnyAdapter, deps: AccountDeps) {
    this.account = account
    this.adapter = adapter
    this.#channel = channel
    this.#deps = deps
  }

  /** Null when the settings are wrong: then the account's health says how. */
  static async open(account: HostAccount, channel: Channel, deps: AccountDeps): Promise<RunningAccount | null> {
    const stateDir = path.join(deps.stateDir, account.id)
    await mkdir(stateDir, { recursive: true })
    const parsed = v.safeParse(channel.config, account.config)
    if (!parsed.success) {
      const detail = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'settings'}: ${issue.message}`).join(' ')
      createSink(RunningAccount.#sinkDeps(account, deps), 'settings').health({ state: 'misconfigured', detail })
      return null
    }
    const adapter = channel.create(parsed.output, contextFor(account, deps, stateDir)) as AnyAdapter
    const running = new RunningAccount(account, channel, adapter, deps)
    const sink = createSink(RunningAccount.#sinkDeps(account, deps), 'start')
    try {
      await adapter.start(sink)
    } catch (error) {
      // Administrators see it where they look for it; the host tries again.
      sink.health({ state: 'down', detail: error instanceof Error ? error.message : String(error) })
      await adapter.stop().catch(() => {})
      throw error
    }
    running.#lease = deps.leases.keep(`account.${account.id}`, {
      held: () => running.#begin(),
      lost: () => running.#pause(),
    })
    return running
  }

  static #sinkDeps(account: HostAccount, deps: AccountDeps) {
    return {
      account: account.id,
      bus: deps.bus,
      media: deps.media,
      now: () => deps.now(),
      onReceived: (kind: InboundEvent['kind']) => deps.onReceived(account.channel, kind),
      onError: (error: unknown, doing: string) => RunningAccount.#complain(account, deps, error, doing),
    }
  }

  static #complain(account: HostAccount, deps: AccountDeps, error: unknown, doing: string): void {
    const what = error instanceof Error ? error.message : String(error)
    deps.log.warn({ account: account.id, channel: account.channel, doing, error: what }, 'Account trouble')
  }

  /** Answers a provider. Null when this account takes no requests. 503 makes the provider come again. */
  async handle(request: Request): Promise<Response | null> {
    const receiver = this.adapter.receivers.find((candidate) => candidate.mode === 'webhook')
    if (receiver?.mode !== 'webhook') return null
    let sink = this.#webhookSinks.get(receiver.name)
    if (!sink) {
      sink = createSink(RunningAccount.#sinkDeps(this.account, this.#deps), receiver.name)
      this.#webhookSinks.set(receiver.name, sink)
    }
    try {
      return await receiver.handle(request, sink)
    } catch (error) {
      RunningAccount.#complain(this.account, this.#deps, error, 'webhook')
      return comeAgain('Not kept', 'Could not be stored. Send it again.')
    }
  }

  async stop(): Promise<void> {
    await this.#lease?.release()
    await this.adapter.stop()
  }

  async #begin(): Promise<void> {
    const deps = this.#deps
    const onError = (error: unknown, doing: string) => RunningAccount.#complain(this.account, deps, error, doing)
    const receiving = new AbortController()
    this.#receiving = receiving
    this.#loops = this.adapter.receivers.flatMap((receiver) =>
      receiver.mode === 'webhook'
        ? []
        : [
            runReceiver(receiver, {
              sink: createSink(RunningAccount.#sinkDeps(this.account, deps), receiver.name),
              cursor: () => deps.cursor(this.account.id, receiver.name),
              signal: receiving.signal,
              onError,
            }),
          ],
    )
    const sender = new Sender({
      account: this.account.id,
      adapter: this.adapter,
      bus: deps.bus,
      claim: (id) => deps.claim(id),
      readMedia: (id) => deps.media.read(id),
      now: () => deps.now(),
      onError,
      onSent: (outcome, ms) => deps.onSent(this.#channel.channel, outcome, ms),
    })
    this.#sender = sender
    await sender.start()
  }

  async #pause(): Promise<void> {
    this.#receiving?.abort()
    await this.#sender?.stop()
    await Promise.allSettled(this.#loops)
    this.#sender = null
    this.#loops = []
  }
}
