import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Bus } from '../../src/bus.ts'
import { newId } from '../../src/ids.ts'
import { type Lease, openLeases } from '../../src/leases.ts'
import { startTestNats, type TestNats } from '../support/nats.ts'

let nats: TestNats
const opened: { bus: Bus; leases: Lease[] }[] = []
beforeAll(async () => {
  nats = await startTestNats()
})
afterEach(async () => {
  for (const { bus, leases } of opened.splice(0)) {
    await Promise.all(leases.map((lease) => lease.release()))
    if (!bus.connection.isClosed()) await bus.close()
  }
})
afterAll(() => nats.close())

/** A node with a connection of its own: `die` ends it as a crash would, without a word to anybody. */
const startNode = async (name: string) => {
  const bus = await nats.connect()
  const errors: unknown[] = []
  const leases = await openLeases(bus, name, (error) => void errors.push(error))
  const kept: Lease[] = []
  opened.push({ bus, leases: kept })
  return {
    errors,
    keep(lease: string, on: Partial<Parameters<typeof leases.keep>[1]> = {}) {
      const words: string[] = []
      const handle = leases.keep(lease, {
        held: async () => {
          words.push('held')
          await on.held?.()
        },
        lost: async () => {
          words.push('lost')
          await on.lost?.()
        },
      })
      kept.push(handle)
      return { ...handle, words }
    },
    die: () => bus.connection.close(),
  }
}

const soon = { timeout: 4_000 }

test('of two nodes one holds the lease; it goes over at once when it is given back', async () => {
  const [a, b] = [await startNode('a'), await startNode('b')]
  const name = newId()
  const first = a.keep(name)
  await vi.waitFor(() => expect(first.held()).toBe(true), soon)
  const second = b.keep(name)
  const other = b.keep(newId())
  await vi.waitFor(() => expect(other.held()).toBe(true), soon)
  expect(second.words).toEqual([])
  await first.release()
  expect(first.words).toEqual(['held', 'lost'])
  await vi.waitFor(() => expect(second.held()).toBe(true), soon)
})

test('a lease moves to another node within 15 s of its holder’s death', { timeout: 25_000 }, async () => {
  const [a, b] = [await startNode('a'), await startNode('b')]
  const name = newId()
  const first = a.keep(name)
  await vi.waitFor(() => expect(first.held()).toBe(true), soon)
  const second = b.keep(name)
  const diedAt = Date.now()
  await a.die()
  await vi.waitFor(() => expect(second.held()).toBe(true), { timeout: 20_000, interval: 20 })
  expect(Date.now() - diedAt).toBeLessThan(15_000)
  // The dead one knows by then that it holds nothing any more.
  expect(first.held()).toBe(false)
  expect(first.words).toEqual(['held', 'lost'])
})

test('a node that comes back under its own name has its lease at once', async () => {
  const a = await startNode('a')
  const name = newId()
  const before = a.keep(name)
  await vi.waitFor(() => expect(before.held()).toBe(true), soon)
  await a.die()
  const again = (await startNode('a')).keep(name)
  await vi.waitFor(() => expect(again.held()).toBe(true), { timeout: 1_500 })
})

test('what could not begin is ended and begun again, not held in silence', async () => {
  const a = await startNode('a')
  let tries = 0
  const lease = a.keep(newId(), {
    held: async () => {
      if (++tries === 1) throw new Error('the broker was away')
    },
  })
  await vi.waitFor(() => expect(lease.words).toEqual(['held', 'lost', 'held']), { timeout: 6_000 })
  expect(lease.held()).toBe(true)
  expect(a.errors).toMatchObject([{ message: 'the broker was away' }])
})

test('a restart of the server takes no lease away', { timeout: 20_000 }, async () => {
  const a = await startNode('a')
  const lease = a.keep(newId())
  await vi.waitFor(() => expect(lease.held()).toBe(true), soon)
  const before = nats.server.pid
  process.kill(before, 'SIGKILL')
  const probe = a.keep(newId())
  await vi.waitFor(() => expect(probe.held()).toBe(true), { timeout: 10_000 })
  expect(nats.server.pid).not.toBe(before)
  expect(lease.words).toEqual(['held'])
})
