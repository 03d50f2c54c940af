import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { serve as serveHttp } from '@hono/node-server'
import { AckPolicy, type JsMsg, jetstream, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import Database from 'better-sqlite3'
import { Hono } from 'hono'
import * as v from 'valibot'
import { startNatsServer } from '../../src/nats-server.ts'
import { spreadOf } from '../figures.ts'
import { micros, serve } from '../worker.ts'

/**
 * The barest program with the steps of a message's way in: POST, one check, JetStream has it, 202; from the stream in
 * batches of at most 100 into one table under a unique id; acknowledged. No model, no rights, no events.
 */

const MAX_BATCH = 100
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const folder = await mkdtemp(path.join(tmpdir(), 'bench-bare-'))
const nats = await startNatsServer({ binary: process.env.NATS_SERVER ?? 'nats-server', dataDir: folder, log: quiet })
const connection = await connect({ servers: nats.url, token: nats.token })
const manager = await jetstreamManager(connection)
await manager.streams.add({
  name: 'IN',
  subjects: ['in'],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
})
await manager.consumers.add('IN', { durable_name: 'store', ack_policy: AckPolicy.Explicit, max_ack_pending: 2000 })
const js = jetstream(connection)

const db = new Database(path.join(folder, 'bare.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = NORMAL')
db.exec('create table messages (id text primary key, text text not null, at integer not null) without rowid')
const insert = db.prepare('insert or ignore into messages (id, text, at) values (?, ?, ?)')

interface Stored {
  id: string
  text: string
  at: number
}

let stored = 0
let lastAt = 0
let took: number[] = []
let wanted: { count: number; done(): void } | null = null

const store = db.transaction((batch: Stored[]) => {
  for (const { id, text, at } of batch) insert.run(id, text, at)
})

const queue: JsMsg[] = []
let planned = false

const drain = () => {
  planned = false
  const batch = queue.splice(0, MAX_BATCH)
  store(batch.map((message) => message.json<Stored>()))
  lastAt = micros()
  for (const message of batch) {
    message.ack()
    took.push(lastAt - Number(message.json<Stored>().text.split(':')[2]))
  }
  stored += batch.length
  if (wanted && stored >= wanted.count) wanted.done()
  plan()
}

const plan = () => {
  if (planned || queue.length === 0) return
  planned = true
  setImmediate(drain)
}

const consumer = await js.consumers.get('IN', 'store')
await consumer.consume({
  max_messages: 1000,
  callback(message) {
    queue.push(message)
    plan()
  },
})

const body = v.object({ clientId: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)), text: v.string() })

const app = new Hono()
app.post('/messages', async (c) => {
  const parsed = v.safeParse(body, await c.req.json())
  if (!parsed.success) return c.json({ error: 'bad request' }, 400)
  const { clientId: id, text } = parsed.output
  await js.publish('in', JSON.stringify({ id, text, at: Date.now() }))
  return c.json({ remoteId: id }, 202)
})
const server = serveHttp({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })

const end = async () => {
  server.close()
  await connection.close()
  await nats.stop()
  db.close()
  await rm(folder, { recursive: true, force: true })
}

serve(
  {
    port: () => (server.address() as { port: number }).port,
    begin() {
      stored = 0
      took = []
    },
    stored: (count: number) =>
      new Promise((resolve) => {
        const done = () => {
          wanted = null
          resolve({ lastAt, ms: spreadOf(took.map((us) => us / 1000)) })
        }
        wanted = { count, done }
        if (stored >= count) done()
      }),
  },
  end,
)
