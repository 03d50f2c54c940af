import { setTimeout as delay } from 'node:timers/promises'
import type { Bus, EventEnvelope } from '../src/bus.ts'
import { EVENTS_SUBJECT, outSubject } from '../src/bus.ts'
import type { Db, Tx } from '../src/db.ts'
import type { BusOut, Lane, Millis } from '../src/model.ts'

/**
 * What a transaction wants on the bus is written with it and published after it: nothing is announced that did not
 * happen, nothing that happened stays unannounced. A repeat after a crash is harmless: events carry ids, and the gate
 * sends a delivery once.
 */

export type EventItem = EventEnvelope['items'][number]

/** Rows that a node left behind are taken over by another after this time. */
const ORPHANED_AFTER_MS = 10_000
const BATCH = 500

/** nats-server takes 8 MB in one message; readers hold many of them. */
const ENVELOPE_CHARS = 500_000
const SHOWN_TEXT = 20_000

/** A message too large to tell everybody at once goes without its body; who shows it fetches it. */
const trimmed = (item: EventItem): EventItem => {
  const { event } = item
  if (event.type !== 'message.added' && event.type !== 'message.changed') return item
  const text = event.message.text.slice(0, SHOWN_TEXT).toWellFormed()
  return { ...item, event: { ...event, message: { ...event.message, html: null, text, trimmed: true } } }
}

/** The events of one transaction as JSON, in as many messages as their size needs. */
const envelopes = (items: EventItem[]): string[] => {
  const made: string[] = []
  let parts: string[] = []
  let size = 0
  const close = () => {
    if (parts.length > 0) made.push(`{"v":1,"items":[${parts.join(',')}]}`)
    parts = []
    size = 0
  }
  for (const item of items) {
    let json = JSON.stringify(item)
    if (json.length > ENVELOPE_CHARS) json = JSON.stringify(trimmed(item))
    if (size + json.length > ENVELOPE_CHARS) close()
    parts.push(json)
    size += json.length
  }
  close()
  return made
}

export interface Outbox {
  events(tx: Tx, items: EventItem[]): Promise<void>
  work(tx: Tx, lane: Lane, payload: BusOut): Promise<void>
  /** Call after commit. */
  kick(): void
}

export interface Relay extends Outbox {
  /** Publishes until the outbox is empty. */
  drain(): Promise<void>
  stop(): Promise<void>
}

const pause = (ms: Millis, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {})

export const createRelay = (deps: {
  db: Db
  bus: Pick<Bus, 'publish'>
  node: string
  now: () => Millis
  onError: (error: unknown) => void
}): Relay => {
  const { db, bus, node } = deps
  const stopping = new AbortController()
  let wanted = false
  let running: Promise<void> | null = null

  const insert = (tx: Tx, subject: string, payload: string) =>
    tx.insertInto('outbox').values({ node, subject, payload, created_at: deps.now() }).execute()

  /** Returns false when there was nothing. Publishing is pipelined on one connection, so the order stays. */
  const publishOnce = async (): Promise<boolean> => {
    const rows = await db.kysely
      .selectFrom('outbox')
      .select(['seq', 'subject', 'payload'])
      .where('node', '=', node)
      .orderBy('seq')
      .limit(BATCH)
      .execute()
    if (rows.length === 0) return false
    await Promise.all(rows.map((row) => bus.publish(row.subject, row.payload)))
    // By number, not "up to the last": on PostgreSQL a transaction that took an earlier number may commit only now.
    const published = rows.map((row) => row.seq)
    await db.kysely.deleteFrom('outbox').where('seq', 'in', published).execute()
    return true
  }

  const run = async () => {
    let failures = 0
    while (wanted && !stopping.signal.aborted) {
      wanted = false
      try {
        while (await publishOnce());
        failures = 0
      } catch (error) {
        deps.onError(error)
        wanted = true
        await pause(Math.min(5000, 100 * 2 ** failures++), stopping.signal)
      }
    }
  }

  const kick = () => {
    wanted = true
    running ??= run().finally(() => {
      running = null
      if (wanted && !stopping.signal.aborted) kick()
    })
  }

  const adoptOrphans = async () => {
    await db.kysely
      .updateTable('outbox')
      .set({ node })
      .where('node', '!=', node)
      .where('created_at', '<', deps.now() - ORPHANED_AFTER_MS)
      .execute()
    kick()
  }
  const sweep = setInterval(() => adoptOrphans().catch(deps.onError), ORPHANED_AFTER_MS)
  kick()

  return {
    async events(tx, items) {
      for (const payload of envelopes(items)) await insert(tx, EVENTS_SUBJECT, payload)
    },
    async work(tx, lane, payload) {
      await insert(tx, outSubject(lane, payload.account), JSON.stringify(payload))
    },
    kick,
    async drain() {
      kick()
      while (running) await running
    },
    async stop() {
      clearInterval(sweep)
      await Promise.race([running ?? Promise.resolve(), pause(2000, new AbortController().signal)])
      stopping.abort()
      await running
    },
  }
}
