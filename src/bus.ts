import {
  AckPolicy,
  type ConsumerMessages,
  DiscardPolicy,
  type JsMsg,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { connect, type NatsConnection, nanos } from '@nats-io/transport-node'
import { createPublisher } from './jetstream-publisher.ts'
import type { AccountId, BusIn, BusOut, Lane, Millis } from './model.ts'
import { type Reading, readInOrder, StreamChanged, type StreamPosition } from './stream-reader.ts'
import type { LiveEvent } from './views.ts'

/**
 * NATS. Three streams: IN (what adapters report), OUT (work for adapters), EVT (what changed, for the inbox and all
 * that reacts). Everything on them is JSON with a version.
 */

/** Messages of one thread always go to the same partition; one worker owns a partition at a time. */
export const PARTITIONS = 8

const STREAMS = { in: 'OT_IN', out: 'OT_OUT', events: 'OT_EVT' } as const
const DAY_MS = 24 * 3600 * 1000
const PUBLISH_TIMEOUT_MS = 10_000
/** Messages applied in one transaction at the most. */
const MAX_BATCH = 200
const READ_AHEAD = 1000

export const inSubject = (partition: number): string => `ot.in.${partition}`
export const outSubject = (lane: Lane, account: string): string => `ot.out.${lane}.${account}`
export const EVENTS_SUBJECT = 'ot.evt'

/** FNV-1a, 32 bit: small, stable between versions and machines. */
export const partitionOf = (key: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % PARTITIONS
}

/** Signal: these customers' threads have something new. */
export const THREADS_CHANGED = 'threads.changed'
export interface ChangedThread {
  account: AccountId
  address: string
}

/** Signal: an account came, changed or went. */
export const ACCOUNTS_CHANGED = 'accounts.changed'

/** Who may see an event: the facts of its conversation, everybody who works here, or administrators only. */
export type Audience =
  | { kind: 'conversation'; teamId: string | null; assigneeId: string | null; accountId: string }
  | { kind: 'staff' }
  | { kind: 'administrators' }

/** One message on EVT: the events of one transaction, in order. */
export interface EventEnvelope {
  v: 1
  items: { audience: Audience; event: LiveEvent }[]
}

export interface Received<T> {
  seq: number
  subject: string
  value: T
}

export interface OutWork {
  value: BusOut
  /** Times this work was handed out, this one included. */
  tries: number
  ack(): void
  /** Give it out again after `delayMs`. */
  again(delayMs: Millis): void
  /** Says that it is still being worked on. */
  working(): void
}

export interface Subscription {
  /** Takes no more; resolves when what was taken is through. */
  stop(): Promise<void>
  /** Rejects when the handler threw: nothing is read after that. */
  failed: Promise<never>
}

export interface Bus {
  readonly connection: NatsConnection
  /** Resolves once JetStream has it. */
  publishIn(partition: number, payload: BusIn): Promise<void>
  /** Publishes what the outbox holds. Resolves once JetStream has it. */
  publish(subject: string, payload: string): Promise<void>
  /** Reads IN in order from `from` (a sequence number), one batch at a time: the next waits until `apply` resolved. */
  consumeIn(from: number, apply: (batch: Received<BusIn>[]) => Promise<void>): Promise<Subscription>
  inPosition(): Promise<StreamPosition>
  /** Forgets what is applied everywhere. */
  purgeInBefore(seq: number): Promise<void>
  /** Work on a lane that nobody has done yet. */
  waitingOut(lane: Lane, account: string): Promise<number>
  consumeOut(lane: Lane, account: string, concurrency: number, work: (item: OutWork) => void): Promise<Subscription>
  /** Follows EVT after sequence `after` (null = from now on). */
  followEvents(after: number | null, onEnvelope: (seq: number, envelope: EventEnvelope) => void): Promise<Subscription>
  eventsPosition(): Promise<StreamPosition>
  /** Volatile signals: at most once. */
  signal(topic: string, data: object): void
  onSignal(topic: string, handle: (data: unknown) => void): () => void
  bucket(name: string, ttlMs: Millis): Promise<KV>
  close(): Promise<void>
}

/** Hands on in one piece what arrived while the last batch was worked on. */
const inBatches = (apply: (batch: Received<BusIn>[]) => Promise<void>) => {
  const queue: Received<BusIn>[] = []
  let running: Promise<void> | null = null
  let failure: { error: unknown } | null = null
  const drain = async () => {
    try {
      while (queue.length > 0 && !failure) await apply(queue.splice(0, MAX_BATCH))
    } catch (error) {
      failure = { error }
    }
    running = null
  }
  const idle = async () => {
    await running
    if (failure) throw failure.error
  }
  return {
    idle,
    async push(message: JsMsg) {
      if (failure) throw failure.error
      queue.push({ seq: message.seq, subject: message.subject, value: decode<BusIn>(message) })
      running ??= drain()
      if (queue.length >= READ_AHEAD) await idle()
    },
  }
}

const decode = <T>(message: { json<V>(): V }): T => message.json<T>()

const ensureStreams = async (connection: NatsConnection, replicas: number) => {
  const manager = await jetstreamManager(connection)
  const base = { storage: StorageType.File, num_replicas: replicas, discard: DiscardPolicy.Old }
  const wanted = [
    {
      ...base,
      name: STREAMS.in,
      subjects: ['ot.in.*'],
      retention: RetentionPolicy.Limits,
      // A full disk must refuse what is new, never drop what was acknowledged.
      discard: DiscardPolicy.New,
      max_bytes: 4 * 1024 ** 3,
    },
    { ...base, name: STREAMS.out, subjects: ['ot.out.>'], retention: RetentionPolicy.Workqueue },
    {
      ...base,
      name: STREAMS.events,
      subjects: [EVENTS_SUBJECT],
      retention: RetentionPolicy.Limits,
      max_age: nanos(DAY_MS),
      max_bytes: 256 * 1024 ** 2,
    },
  ]
  for (const config of wanted) {
    const exists = await manager.streams.info(config.name).then(
      () => true,
      () => false,
    )
    await (exists ? manager.streams.update(config.name, config) : manager.streams.add(config))
  }
  return manager
}

export const connectBus = async (options: {
  servers: string[]
  token?: string
  /** Copies of each stream: 1 on the embedded server, 3 on a cluster. */
  replicas: number
  name: string
}): Promise<Bus> => {
  const connection = await connect({
    servers: options.servers,
    ...(options.token ? { token: options.token } : {}),
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: false,
    pingInterval: 5000,
    maxPingOut: 2,
    // A stack trace of every request costs more than the request.
    noAsyncTraces: true,
  })
  const manager = await ensureStreams(connection, options.replicas)
  const js = jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS })
  const kvm = new Kvm(connection)

  const position = async (stream: string): Promise<StreamPosition> => {
    const { created, state } = await manager.streams.info(stream)
    return { created, first: state.first_seq, last: state.last_seq }
  }

  const reconnected = new Set<() => void>()
  const onReconnect = (listener: () => void) => {
    reconnected.add(listener)
    return () => void reconnected.delete(listener)
  }
  const watchConnection = async () => {
    for await (const { type } of connection.status())
      if (type === 'reconnect') for (const listener of [...reconnected]) listener()
  }
  watchConnection().catch(() => {})

  const read = (stream: string, from: number, readAhead: number, handle: (message: JsMsg) => Promise<void> | void) =>
    readInOrder({ js, connection, stream, position: () => position(stream), from, readAhead, handle, onReconnect })

  const publisher = createPublisher(connection, { timeoutMs: PUBLISH_TIMEOUT_MS, onReconnect })

  const stopping = (messages: ConsumerMessages, done: Promise<void>): Subscription => ({
    async stop() {
      messages.stop()
      await done.catch(() => {})
    },
    failed: done.then(() => new Promise<never>(() => {})),
  })

  return {
    connection,

    publishIn: (partition, payload) => publisher.publish(inSubject(partition), JSON.stringify(payload)),

    publish: publisher.publish,

    async consumeIn(from, apply) {
      let fail: (error: unknown) => void = () => {}
      const failed = new Promise<never>((_, reject) => {
        fail = reject
      })
      failed.catch(() => {})
      const batches = inBatches((batch) =>
        apply(batch).catch((error) => {
          fail(error)
          throw error
        }),
      )
      const reading = await read(STREAMS.in, from, READ_AHEAD, (message) => batches.push(message))
      failed.catch(() => reading.stop())
      reading.done.catch(fail)
      return {
        failed,
        async stop() {
          await reading.stop()
          await batches.idle().catch(() => {})
        },
      }
    },

    inPosition: () => position(STREAMS.in),

    async purgeInBefore(seq) {
      await manager.streams.purge(STREAMS.in, { seq })
    },

    async waitingOut(lane, account) {
      const subject = outSubject(lane, account)
      const { state } = await manager.streams.info(STREAMS.out, { subjects_filter: subject })
      return state.subjects?.[subject] ?? 0
    },

    async consumeOut(lane, account, concurrency, work) {
      const name = `${lane}_${account}`
      // Made anew: what a killed holder of the account's lease had taken comes again at once, not after its ack wait.
      await manager.consumers.delete(STREAMS.out, name).catch(() => false)
      await manager.consumers.add(STREAMS.out, {
        durable_name: name,
        filter_subject: outSubject(lane, account),
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(30_000),
        max_ack_pending: Math.max(concurrency * 4, 16),
        max_deliver: -1,
      })
      const consumer = await js.consumers.get(STREAMS.out, name)
      const messages = await consumer.consume({
        max_messages: Math.max(concurrency * 4, 16),
        callback: (message: JsMsg) =>
          work({
            value: decode<BusOut>(message),
            tries: message.info.deliveryCount,
            ack: () => message.ack(),
            again: (delayMs) => message.nak(delayMs),
            working: () => message.working(),
          }),
      })
      return stopping(messages, Promise.resolve())
    },

    async followEvents(after, onEnvelope) {
      let stopped = false
      let reading: Reading
      const handle = (message: JsMsg) => onEnvelope(message.seq, decode<EventEnvelope>(message))
      const follow = async (from: number): Promise<void> => {
        reading = await read(STREAMS.events, from, 500, handle)
        reading.done.catch(async (error: unknown) => {
          // Another stream than before: all that is in it is new.
          if (error instanceof StreamChanged && !stopped) await follow((await position(STREAMS.events)).first)
          else fail(error)
        })
      }
      let fail: (error: unknown) => void = () => {}
      const failed = new Promise<never>((_, reject) => {
        fail = reject
      })
      failed.catch(() => {})
      await follow((after ?? (await position(STREAMS.events)).last) + 1)
      return {
        failed,
        async stop() {
          stopped = true
          await reading.stop()
        },
      }
    },

    eventsPosition: () => position(STREAMS.events),

    signal(topic, data) {
      connection.publish(`ot.live.${topic}`, JSON.stringify(data))
    },

    onSignal(topic, handle) {
      const subscription = connection.subscribe(`ot.live.${topic}`, {
        callback: (error, message) => {
          if (!error) handle(message.json())
        },
      })
      return () => subscription.unsubscribe()
    },

    bucket: (name, ttlMs) => kvm.create(name, { ttl: ttlMs, replicas: options.replicas, history: 1 }),

    async close() {
      await connection.drain()
      publisher.stop()
    },
  }
}
