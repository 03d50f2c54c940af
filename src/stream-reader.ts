import { setTimeout as delay } from 'node:timers/promises'
import { type ConsumerMessages, DeliverPolicy, type JetStreamClient, type JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Millis } from './model.ts'

/**
 * Reads a stream in order, over every restart of the server. The client's own ordered consumer comes back after a lost
 * connection, but asks for a single message then and stands still (@nats-io/jetstream 3.4: `reset` keeps the count of
 * messages it asked for before): so a new one is made here, from the message after the last that was handled.
 */

const REOPEN_EVERY_MS: Millis = 250
/** From then on the consumer cannot be relied on. */
const BROKEN = ['reset', 'heartbeats_missed', 'consumer_not_found', 'consumer_deleted', 'stream_not_found']

export interface StreamPosition {
  /** Changes when the stream is made anew. */
  created: string
  first: number
  last: number
}

export interface Reading {
  /** Takes no more; resolves when what was taken is through. */
  stop(): Promise<void>
  /** Resolves after `stop`; rejects when `handle` threw or the stream is not the one that was read. */
  done: Promise<void>
}

/** The stream was made anew, or lost what was read already. */
export class StreamChanged extends Error {}

export const readInOrder = async (deps: {
  js: JetStreamClient
  connection: NatsConnection
  stream: string
  position: () => Promise<StreamPosition>
  from: number
  readAhead: number
  /** The next message waits for it. */
  handle: (message: JsMsg) => Promise<void> | void
  /** Called whenever the connection is there again; returns the unsubscribe. */
  onReconnect: (listener: () => void) => () => void
}): Promise<Reading> => {
  const { js, connection, stream } = deps
  const { created } = await deps.position()
  let next = deps.from
  let stopped = false
  let messages: ConsumerMessages

  const watch = async (watched: ConsumerMessages) => {
    for await (const { type } of watched.status()) if (BROKEN.includes(type)) watched.stop()
  }

  const open = async () => {
    const consumer = await js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(1, next),
    })
    messages = await consumer.consume({ max_messages: deps.readAhead })
    watch(messages).catch(() => {})
    if (stopped) messages.stop()
  }

  const reopen = async () => {
    while (!stopped && !connection.isClosed()) {
      try {
        const now = await deps.position()
        if (now.created !== created || now.last + 1 < next) throw new StreamChanged(`${stream} is another stream now`)
        return await open()
      } catch (error) {
        if (error instanceof StreamChanged) throw error
        await delay(REOPEN_EVERY_MS)
      }
    }
  }

  const pump = async () => {
    while (!stopped && !connection.isClosed()) {
      for await (const message of messages) {
        if (stopped) break
        await deps.handle(message)
        next = message.seq + 1
      }
      await reopen()
    }
  }

  await open()
  const off = deps.onReconnect(() => messages.stop())
  const done = pump().finally(() => {
    off()
    messages.stop()
  })
  done.catch(() => {})
  return {
    async stop() {
      stopped = true
      messages.stop()
      await done.catch(() => {})
    },
    done,
  }
}
