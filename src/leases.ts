import type { KV } from '@nats-io/kv'
import type { Bus } from './bus.ts'
import type { Millis } from './model.ts'

/**
 * One node at a time holds a lease; it moves to another within LEASE_MS of its holder's death. A node that comes back
 * under its own name takes its leases up again at once.
 */
const LEASE_MS: Millis = 12_000
const RENEW_MS: Millis = 3_000

export interface Lease {
  held(): boolean
  release(): Promise<void>
}

export interface Leases {
  /** Calls `onHeld` whenever the lease is won and `onLost` whenever it is lost or released; keeps trying until released. */
  keep(name: string, on: { held(): Promise<void>; lost(): Promise<void> }): Lease
}

const keyOf = (name: string): string => Buffer.from(name).toString('base64url')

const tryTake = async (kv: KV, key: string, node: string): Promise<number | null> => {
  const entry = await kv.get(key)
  const value = entry && entry.operation === 'PUT' ? entry.string() : null
  if (value !== null && value !== node) return null
  // An entry that somebody else writes in between makes this fail: then it is theirs.
  return (entry ? kv.update(key, node, entry.revision) : kv.create(key, node)).catch(() => null)
}

export const openLeases = async (
  bus: Pick<Bus, 'bucket'>,
  node: string,
  onError: (error: unknown) => void,
): Promise<Leases> => {
  const kv = await bus.bucket('ot_leases', LEASE_MS)
  return {
    keep(name, on) {
      const key = keyOf(name)
      let revision: number | null = null
      let renewedAt = 0
      let released = false
      let busy: Promise<void> = Promise.resolve()

      const lose = async () => {
        if (revision === null) return
        revision = null
        await on.lost()
      }

      const beat = async () => {
        if (released) return
        if (revision === null) {
          const taken = await tryTake(kv, key, node)
          if (taken === null || released) return
          revision = taken
          renewedAt = Date.now()
          await on.held()
          return
        }
        try {
          revision = await kv.update(key, node, revision)
          renewedAt = Date.now()
        } catch (error) {
          const retaken = await tryTake(kv, key, node).catch(() => null)
          if (retaken !== null) {
            revision = retaken
            renewedAt = Date.now()
          } else if (Date.now() - renewedAt > LEASE_MS - RENEW_MS) {
            onError(error)
            await lose()
          }
        }
      }
      const step = () => {
        busy = busy.then(beat).catch(onError)
      }
      const timer = setInterval(step, RENEW_MS)
      step()

      return {
        held: () => revision !== null,
        async release() {
          released = true
          clearInterval(timer)
          await busy
          const held = revision !== null
          await lose()
          if (held) await kv.delete(key).catch(() => {})
        },
      }
    },
  }
}
