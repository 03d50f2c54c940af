import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTimers, finishTimer, setTimer, type TimerRow, type Timers } from '../../conversations/timers.ts'
import type { Db } from '../../src/db.ts'
import { DIALECTS, openTestDatabase, type TestDatabase } from '../support/databases.ts'

const patient = { timeout: 10_000, interval: 5 }

for (const dialect of DIALECTS)
  describe(`things to do later, on ${dialect}`, () => {
    let database: TestDatabase
    let db: Db
    let now: number
    const workers: Timers[] = []
    const fired: string[] = []
    const errors: unknown[] = []
    beforeAll(async () => {
      database = await openTestDatabase(dialect)
      db = database.db
    })
    afterAll(() => database.close())
    beforeEach(() => {
      now = Date.now()
      fired.length = 0
      errors.length = 0
    })
    afterEach(async () => {
      for (const worker of workers.splice(0)) await worker.stop()
      await db.kysely.deleteFrom('timers').execute()
    })

    const work = (handle: (timer: TimerRow) => Promise<void> = async () => {}) => {
      const worker = createTimers({ db, now: () => now, onError: (error) => void errors.push(error) })
      worker.on('test', async (timer) => {
        await handle(timer)
        await db.write(async (tx) => {
          if (await finishTimer(tx, timer)) fired.push(timer.key)
        })
      })
      worker.start()
      workers.push(worker)
      return worker
    }
    const set = (key: string, dueAt: number) => db.write((tx) => setTimer(tx, 'test', key, dueAt))

    test('what is due is done, oldest first, what is not waits', async () => {
      await set('later', now + 3_600_000)
      await set('second', now - 1)
      await set('first', now - 2)
      work()
      await vi.waitFor(() => expect(fired).toEqual(['first', 'second']), patient)
      expect(await db.kysely.selectFrom('timers').select('key').execute()).toEqual([{ key: 'later' }])
    })

    test('of two workers one does it', async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `${index}`)
      for (const key of keys) await set(key, now - 1)
      work()
      work()
      await vi.waitFor(() => expect(fired).toHaveLength(40), patient)
      expect(new Set(fired).size).toBe(40)
      expect(await db.kysely.selectFrom('timers').selectAll().execute()).toEqual([])
    })

    test('one set while another is done is seen at once', async () => {
      const worker = work(async ({ key }) => {
        if (key !== 'a') return
        await set('b', now - 1)
        worker.kick()
      })
      await set('a', now - 1)
      worker.kick()
      await vi.waitFor(() => expect(fired).toEqual(['a', 'b']), { timeout: 2_000, interval: 5 })
    })

    test('one moved while it was being done stays for its new time', async () => {
      const worker = work(async ({ key, due_at }) => {
        if (due_at < now) await set(key, now + 3_600_000)
      })
      await set('moved', now - 1)
      worker.kick()
      await vi.waitFor(
        async () =>
          expect(await db.kysely.selectFrom('timers').select(['key', 'due_at', 'claimed_until']).execute()).toEqual([
            { key: 'moved', due_at: now + 3_600_000, claimed_until: null },
          ]),
        patient,
      )
      await worker.stop()
      expect(fired).toEqual([])
    })

    test('one whose worker died or failed is done by another when its claim is over', async () => {
      const worker = work(() => Promise.reject(new Error('database is away')))
      await set('again', now - 1)
      worker.kick()
      await vi.waitFor(() => expect(errors).toHaveLength(1), patient)
      await worker.stop()
      const other = work()
      await vi.waitFor(async () => {
        const row = await db.kysely.selectFrom('timers').select('claimed_until').executeTakeFirst()
        expect(row?.claimed_until).toBeGreaterThan(now)
      }, patient)
      expect(fired).toEqual([])
      now += 61_000
      other.kick()
      await vi.waitFor(() => expect(fired).toEqual(['again']), patient)
    })
  })
