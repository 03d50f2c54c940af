import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRelay, type Relay } from '../../conversations/outbox.ts'
import { type Bus, EVENTS_SUBJECT, partitionOf } from '../../src/bus.ts'
import type { Db } from '../../src/db.ts'
import type { AccountId, BusIn } from '../../src/model.ts'
import { inbound, startTestCore } from '../support/core.ts'
import { DIALECTS, openTestDatabase, type TestDatabase } from '../support/databases.ts'
import { startTestNats, type TestNats } from '../support/nats.ts'

const account = 'account' as AccountId
const patient = { timeout: 20_000, interval: 25 }

/** Kills the server as a crash would and resolves when its successor runs. */
const crash = async ({ server }: TestNats): Promise<void> => {
  const back = new Promise<void>((resolve) => {
    const off = server.onRestart(() => {
      off()
      resolve()
    })
  })
  process.kill(server.pid, 'SIGKILL')
  await back
}

const word = (text: string): BusIn => ({
  v: 1,
  type: 'inbound',
  receivedAt: 0,
  event: inbound(account, '+8613800000000', text),
})
const textOf = (value: BusIn): string =>
  value.type === 'inbound' && value.event.kind === 'message' ? value.event.text : ''

describe('the bus', () => {
  let nats: TestNats
  let bus: Bus
  beforeEach(async () => {
    nats = await startTestNats()
    bus = nats.bus
  })
  afterEach(() => nats.close())

  test('words are read in the order in which they were published, one batch at a time', async () => {
    const read: string[] = []
    let busy = 0
    const subscription = await bus.consumeIn(1, async (batch) => {
      expect(++busy).toBe(1)
      await new Promise(setImmediate)
      read.push(...batch.map(({ value }) => textOf(value)))
      busy--
    })
    const sent = Array.from({ length: 500 }, (_, index) => `${index}`)
    await Promise.all(sent.map((text) => bus.publishIn(partitionOf('one thread'), word(text))))
    await vi.waitFor(() => expect(read).toHaveLength(500), patient)
    expect(read).toEqual(sent)
    await subscription.stop()
  })

  test('reading goes on after the server was killed, with nothing lost and nothing twice', async () => {
    const read: string[] = []
    const subscription = await bus.consumeIn(1, async (batch) => {
      read.push(...batch.map(({ value }) => textOf(value)))
    })
    for (let n = 0; n < 20; n++) await bus.publishIn(0, word(`before ${n}`))
    await crash(nats)
    for (let n = 0; n < 20; n++) await bus.publishIn(0, word(`after ${n}`))
    await vi.waitFor(() => expect(read.at(-1)).toBe('after 19'), patient)
    expect(read.filter((text) => text.startsWith('before'))).toHaveLength(20)
    expect(new Set(read).size).toBe(40)
    await subscription.stop()
  })

  test('reading begins where it is told', async () => {
    for (const text of ['one', 'two', 'three']) await bus.publishIn(0, word(text))
    const read: string[] = []
    const subscription = await bus.consumeIn(3, async (batch) => {
      read.push(...batch.map(({ value }) => textOf(value)))
    })
    await vi.waitFor(() => expect(read).toEqual(['three']), patient)
    await subscription.stop()
  })

  test('a handler that throws ends the reading and says so', async () => {
    const subscription = await bus.consumeIn(1, () => Promise.reject(new Error('database is gone')))
    await bus.publishIn(0, word('one'))
    await expect(subscription.failed).rejects.toThrow('database is gone')
  })

  test('work goes to its account and lane only, and is handed out until it is done', async () => {
    const seen: string[] = []
    const work = (lane: string) => (item: { value: unknown; tries: number; ack(): void; again(ms: number): void }) => {
      seen.push(`${lane} ${(item.value as { thread: string }).thread} ${item.tries}`)
      if (item.tries < 2) item.again(20)
      else item.ack()
    }
    const subscriptions = [
      await bus.consumeOut('reply', 'a', 4, work('a/reply')),
      await bus.consumeOut('bulk', 'a', 4, work('a/bulk')),
    ]
    const publish = (subject: string, thread: string) =>
      bus.publish(subject, JSON.stringify({ v: 1, type: 'send', account: 'a', deliveryId: thread, thread }))
    await publish('ot.out.reply.b', 'not ours')
    await publish('ot.out.reply.a', 'r')
    await publish('ot.out.bulk.a', 'b')
    await vi.waitFor(() => expect(seen).toHaveLength(4), patient)
    expect(seen.sort()).toEqual(['a/bulk b 1', 'a/bulk b 2', 'a/reply r 1', 'a/reply r 2'])
    for (const subscription of subscriptions) await subscription.stop()
  })

  test('work that waits survives the death of the server', async () => {
    await bus.publish('ot.out.reply.a', JSON.stringify({ v: 1, type: 'send', thread: 'kept' }))
    const seen: unknown[] = []
    const subscription = await bus.consumeOut('reply', 'a', 1, (item) => {
      seen.push((item.value as { thread: string }).thread)
      item.ack()
    })
    await vi.waitFor(() => expect(seen).toEqual(['kept']), patient)
    await crash(nats)
    for (const thread of ['late', 'later', 'latest'])
      await bus.publish('ot.out.reply.a', JSON.stringify({ v: 1, type: 'send', thread }))
    await vi.waitFor(() => expect(seen).toEqual(['kept', 'late', 'later', 'latest']), patient)
    await subscription.stop()
  })
})

for (const dialect of DIALECTS)
  describe(`what transactions announce, on ${dialect}`, () => {
    let nats: TestNats
    let database: TestDatabase
    let db: Db
    let relay: Relay
    const errors: unknown[] = []
    const start = (node: string, bus: Pick<Bus, 'publish'> = nats.bus) =>
      createRelay({ db, bus, node, now: Date.now, onError: (error) => void errors.push(error) })
    beforeAll(async () => {
      database = await openTestDatabase(dialect)
      db = database.db
    })
    afterAll(() => database.close())
    beforeEach(async () => {
      nats = await startTestNats()
      relay = start('a')
    })
    afterEach(async () => {
      await relay.stop()
      await nats.close()
    })

    const announce = (name: string) =>
      db.write((tx) =>
        relay.events(tx, [{ audience: { kind: 'staff' }, event: { type: 'dead_letter.added', id: name } }]),
      )
    const follow = async () => {
      const heard: string[] = []
      const subscription = await nats.bus.followEvents(0, (_seq, { items }) => {
        for (const { event } of items) if (event.type === 'dead_letter.added') heard.push(event.id)
      })
      return { heard, subscription }
    }

    test('everything is published in order, and nothing is left', async () => {
      const { heard, subscription } = await follow()
      const names = Array.from({ length: 60 }, (_, index) => `${index}`)
      for (const name of names) {
        await announce(name)
        relay.kick()
      }
      await relay.drain()
      await vi.waitFor(() => expect(heard).toHaveLength(60), patient)
      expect(heard).toEqual(names)
      expect(await db.kysely.selectFrom('outbox').selectAll().execute()).toEqual([])
      await subscription.stop()
    })

    test('what was rolled back is never announced', async () => {
      await expect(
        db.write(async (tx) => {
          await relay.events(tx, [{ audience: { kind: 'staff' }, event: { type: 'dead_letter.added', id: 'no' } }])
          throw new Error('changed our mind')
        }),
      ).rejects.toThrow('changed our mind')
      await relay.drain()
      expect((await nats.bus.eventsPosition()).last).toBe(0)
    })

    test('what is announced while the server is dead comes when it is back, in order', async () => {
      const { heard, subscription } = await follow()
      await announce('before')
      await relay.drain()
      const back = crash(nats)
      for (const name of ['one', 'two', 'three']) {
        await announce(name)
        relay.kick()
      }
      await back
      await relay.drain()
      await vi.waitFor(() => expect(heard).toContain('three'), patient)
      // A repeat after an answer that was lost is harmless; a gap or a step back at the end is not.
      expect([...new Set(heard)]).toEqual(['before', 'one', 'two', 'three'])
      expect(heard.at(-1)).toBe('three')
      expect(await db.kysely.selectFrom('outbox').selectAll().execute()).toEqual([])
      errors.length = 0
      await subscription.stop()
    })

    // SQLite has one writer: its numbers are taken in the order of commits.
    test.runIf(dialect === 'postgres')(
      'a transaction that took its number early and commits late is not lost',
      async () => {
        const { heard, subscription } = await follow()
        await relay.stop()
        let numbered = () => {}
        let commit = () => {}
        const taken = new Promise<void>((resolve) => {
          numbered = resolve
        })
        const held = new Promise<void>((resolve) => {
          commit = resolve
        })
        const late = db.write(async (tx) => {
          await relay.events(tx, [{ audience: { kind: 'staff' }, event: { type: 'dead_letter.added', id: 'late' } }])
          numbered()
          await held
        })
        await taken
        await announce('early')
        // Commits while what was read before is being published.
        relay = start('a', {
          async publish(subject, payload) {
            commit()
            await late
            await nats.bus.publish(subject, payload)
          },
        })
        await relay.drain()
        await vi.waitFor(() => expect(heard).toEqual(['early', 'late']), patient)
        await subscription.stop()
      },
    )

    test('what a dead node left is taken over', async () => {
      await relay.stop()
      const { heard, subscription } = await follow()
      await db.kysely
        .insertInto('outbox')
        .values({
          node: 'dead',
          subject: EVENTS_SUBJECT,
          payload: JSON.stringify({
            v: 1,
            items: [{ audience: { kind: 'staff' }, event: { type: 'dead_letter.added', id: 'orphan' } }],
          }),
          created_at: Date.now() - 60_000,
        })
        .execute()
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
      try {
        relay = start('b')
        vi.advanceTimersByTime(11_000)
      } finally {
        vi.useRealTimers()
      }
      await vi.waitFor(() => expect(heard).toEqual(['orphan']), patient)
      await subscription.stop()
    })
  })

test('a stream that was lost and made anew while the hub was down loses no new message', async () => {
  const t = await startTestCore('sqlite')
  try {
    for (const text of ['one', 'two', 'three']) await t.receive(inbound(t.accounts.sms, '+8613800000000', text))
    await t.settled()
    await t.core.ingest.stop()
    const manager = await jetstreamManager(t.nats.bus.connection)
    await manager.streams.delete('OT_IN')
    // As every start of a hub does, this makes the streams that are missing.
    const other = await t.nats.connect()
    await t.receive(inbound(t.accounts.sms, '+8613800000000', 'four'))
    await t.core.ingest.start()
    await t.receive(inbound(t.accounts.sms, '+8613800000000', 'five'))
    await t.settled()
    const rows = await t.db.kysely.selectFrom('messages').select('text').orderBy('seq').execute()
    expect(rows.map((row) => row.text)).toEqual(['one', 'two', 'three', 'four', 'five'])
    expect(t.errors).toEqual([])
    await other.close()
  } finally {
    await t.close()
  }
})
