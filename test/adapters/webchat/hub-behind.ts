import { randomUUID } from 'node:crypto'
import type { AdapterContext, AnyAdapter, Channel, HistoryMessage, Sink } from '../../../adapters/contract.ts'
import type { InboundEvent, MediaId, Outbound } from '../../../src/model.ts'
import { liveBus } from '../../support/adapter-context.ts'

/**
 * The part of the hub that the website chat leans on: threads by address, who may read which file, and the signal
 * that a thread grew. A message is kept once per remote id, and an agent's is in the thread before it is sent.
 */
export class HubBehind {
  readonly live = liveBus()
  online = true
  readonly #threads = new Map<string, HistoryMessage[]>()
  #seq = 0

  /** For the adapter's context. */
  readonly context: Pick<AdapterContext, 'history' | 'mayRead' | 'attended' | 'live'> = {
    history: async (address, after, limit) =>
      this.thread(address)
        .filter(({ seq }) => seq > after)
        .slice(0, limit),
    mayRead: async (address, id) => this.thread(address).some(({ media }) => media.some((file) => file.id === id)),
    attended: async () => this.online,
    live: this.live,
  }

  thread(address: string): HistoryMessage[] {
    return this.#threads.get(address) ?? []
  }

  /** An agent's answer, as the ledger has it when the adapter is asked to send. */
  plan(message: Pick<Outbound, 'messageId' | 'text' | 'media' | 'fromName'> & { to: { address: string } }): void {
    if (this.thread(message.to.address).some(({ id }) => id === message.messageId)) return
    const media = message.media.map(({ id, name, mimeType, size }) => ({ id, name, mimeType, size }))
    const state = 'sending'
    this.#add(message.to.address, {
      ...blank,
      id: message.messageId,
      direction: 'out',
      text: message.text,
      media,
      author: message.fromName,
      state,
    })
  }

  keep(event: InboundEvent): void {
    if (event.kind === 'receipt') this.#climb(event)
    if (event.kind !== 'message') return
    if (this.thread(event.thread).some(({ remoteId }) => remoteId === event.id)) return
    const media = event.media.flatMap((file) =>
      file.state === 'stored'
        ? [{ id: file.id as MediaId, name: file.name, mimeType: file.mimeType, size: file.size }]
        : [],
    )
    this.#add(event.thread, {
      ...blank,
      id: randomUUID(),
      direction: 'in',
      remoteId: event.id,
      text: event.text,
      media,
    })
  }

  /** The channel as it runs inside the hub. */
  around<Config>(channel: Channel<Config>): Channel<Config> {
    return { ...channel, create: (config, context) => this.#adapter(channel.create(config, context)) }
  }

  #adapter(adapter: AnyAdapter): AnyAdapter {
    const send = adapter.send.bind(adapter)
    adapter.send = (message, signal) => {
      this.plan(message)
      return send(message, signal)
    }
    for (const receiver of adapter.receivers) {
      if (receiver.mode !== 'webhook') continue
      const handle = receiver.handle.bind(receiver)
      receiver.handle = (request, sink) => handle(request, this.sink(sink))
    }
    return adapter
  }

  sink(sink: Sink): Sink {
    return {
      advance: (cursor) => sink.advance(cursor),
      health: (next) => sink.health(next),
      emit: async (event, resume) => {
        await sink.emit(event, resume)
        this.keep(event)
      },
    }
  }

  #add(address: string, message: Omit<HistoryMessage, 'seq' | 'at'>): void {
    const thread = this.thread(address)
    this.#threads.set(address, [...thread, { ...message, seq: ++this.#seq, at: Date.now() }])
    this.live.publish(`changed:${address}`, {})
  }

  #climb(event: InboundEvent & { kind: 'receipt' }): void {
    for (const thread of this.#threads.values())
      for (const message of thread)
        if ('remote' in event.of && message.id === (event.of.remote as string) && message.state !== 'read')
          message.state = event.status
  }
}

const blank = { remoteId: null, html: null, author: null, state: null } as const
