import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bus } from '../../src/bus.ts'
import { newId } from '../../src/ids.ts'
import { openSharedValues } from '../../src/shared-values.ts'
import { startTestNats, type TestNats } from '../support/nats.ts'

/** Enough to see that what lies in the bucket is not what was put there. */
const seal = {
  seal: (text: string, context: string) => Buffer.from(`${context}\n${text}`).toString('base64'),
  open: (sealed: string, context: string) => {
    const [of, text] = Buffer.from(sealed, 'base64').toString().split('\n')
    if (of !== context) throw new Error('sealed for something else')
    return text ?? ''
  },
}

let nats: TestNats
let now = Date.now()
const buses: Bus[] = []
beforeAll(async () => {
  nats = await startTestNats()
})
afterAll(async () => {
  for (const bus of buses) await bus.close()
  await nats.close()
})

const node = async (name: string) => {
  const bus = await nats.connect()
  buses.push(bus)
  return openSharedValues(bus, name, () => now, seal)
}
const token = (value: string, livesMs = 7_200_000) => ({ value, expiresAt: now + livesMs })

test('one node fetches a token, all others wait for it', async () => {
  const nodes = await Promise.all(['a', 'b', 'c'].map(node))
  const key = newId()
  let fetches = 0
  const refresh = async () => token(`token ${++fetches}`)
  const got = await Promise.all(nodes.flatMap((one) => [one.get(key, refresh), one.get(key, refresh)]))
  expect(new Set(got)).toEqual(new Set(['token 1']))
  expect(fetches).toBe(1)
})

test('a value near its end is fetched anew', async () => {
  const [a, b] = [await node('a'), await node('b')]
  const key = newId()
  await a.get(key, async () => token('old', 120_000))
  expect(await b.get(key, async () => token('new'))).toBe('old')
  now += 90_000
  expect(await b.get(key, async () => token('new'))).toBe('new')
})

test('a value that turned out bad is forgotten everywhere; a newer one stays', async () => {
  const [a, b] = [await node('a'), await node('b')]
  const key = newId()
  await a.get(key, async () => token('bad'))
  await b.drop(key, 'bad')
  expect(await a.get(key, async () => token('good'))).toBe('good')
  await b.drop(key, 'bad')
  expect(await b.get(key, async () => token('unneeded'))).toBe('good')
})

test('when the fetch fails the asker learns it, and the next one tries again', async () => {
  const [a, b] = [await node('a'), await node('b')]
  const key = newId()
  await expect(a.get(key, () => Promise.reject(new Error('provider is down')))).rejects.toThrow('provider is down')
  expect(await b.get(key, async () => token('works'))).toBe('works')
})

test('nobody who reads the bucket sees the token', async () => {
  const a = await node('a')
  const key = newId()
  await a.get(key, async () => token('very secret'))
  const bucket = await nats.bus.bucket('ot_shared', 24 * 3600 * 1000)
  const entry = await bucket.get(Buffer.from(key).toString('base64url'))
  expect(entry?.string()).toBeTruthy()
  expect(entry?.string()).not.toContain('very secret')
})
