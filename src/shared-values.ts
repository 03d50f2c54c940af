import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import type { Bus } from './bus.ts'
import type { Millis } from './model.ts'

/** Small values that all nodes share, such as a provider's access token: one node fetches it, the others wait for it. */

const HOURS_24: Millis = 24 * 3600 * 1000
/** A value is fetched anew this long before it ends. */
const MARGIN_MS = 60_000
const LOCK_MS = 15_000
const LOOK_EVERY_MS = 150

const stored = v.object({ value: v.string(), expiresAt: v.number() })
export type SharedValue = v.InferOutput<typeof stored>

export interface SharedValues {
  get(key: string, refresh: () => Promise<SharedValue>): Promise<string>
  drop(key: string, value: string): Promise<void>
}

const encode = (key: string): string => Buffer.from(key).toString('base64url')

export const openSharedValues = async (
  bus: Pick<Bus, 'bucket'>,
  node: string,
  now: () => Millis,
  seal: { seal(text: string, context: string): string; open(sealed: string, context: string): string },
): Promise<SharedValues> => {
  const values = await bus.bucket('ot_shared', HOURS_24)
  const locks = await bus.bucket('ot_locks', LOCK_MS)
  const waiting = new Map<string, Promise<string>>()

  const read = async (key: string): Promise<(SharedValue & { revision: number }) | null> => {
    const entry = await values.get(encode(key))
    if (entry?.operation !== 'PUT') return null
    try {
      const value = v.parse(stored, JSON.parse(seal.open(entry.string(), key)))
      return { ...value, revision: entry.revision }
    } catch {
      // Sealed under another key: fetch it again.
      return null
    }
  }

  const fresh = async (key: string): Promise<string | null> => {
    const known = await read(key)
    return known && known.expiresAt - MARGIN_MS > now() ? known.value : null
  }

  /** True for the node that may refresh; a node that died in the middle loses the lock by time. */
  const lock = async (key: string): Promise<boolean> => {
    const entry = await locks.get(encode(key))
    if (entry?.operation === 'PUT' && entry.string() === node) return true
    return locks.create(encode(key), node).then(
      () => true,
      () => false,
    )
  }

  const load = async (key: string, refresh: () => Promise<SharedValue>): Promise<string> => {
    for (;;) {
      const known = await fresh(key)
      if (known !== null) return known
      if (await lock(key)) break
      await delay(LOOK_EVERY_MS)
    }
    try {
      // Another node may have put it there while we came to the lock; a second fetch could spoil the first one's.
      const meanwhile = await fresh(key)
      if (meanwhile !== null) return meanwhile
      const next = await refresh()
      await values.put(encode(key), seal.seal(JSON.stringify(next), key))
      return next.value
    } finally {
      await locks.delete(encode(key)).catch(() => {})
    }
  }

  return {
    get(key, refresh) {
      const running = waiting.get(key)
      if (running) return running
      const next = load(key, refresh).finally(() => waiting.delete(key))
      waiting.set(key, next)
      return next
    },
    async drop(key, value) {
      const known = await read(key)
      // Refused when somebody put a newer one there in between: then there is nothing to forget.
      if (known?.value === value) await values.delete(encode(key), { previousSeq: known.revision }).catch(() => {})
    },
  }
}
