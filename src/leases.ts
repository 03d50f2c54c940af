import type { KV } from '@nats-io/kv'
import type { Bus } from './bus.ts'
import type { Millis } from './model.ts'

/**
 * One node at a time holds a lease; it moves to another within 15 s of its holder's death. A node that comes back under
 * its own name takes its leases up again at once.
 */
const LEASE_MS: Millis = 10_000
const RENEW_MS: Millis = 2_500
/** Who could not renew by then gives up, before anybody else can take over. */
const GIVE_UP_MS: Millis = LEASE_MS - RENEW_MS

export interface Lease {
  held(): boolean
  release(): Promise<void>
}

export interface Leases {
  /**
   * Calls `held` whenever the lease is won and `lost` whenever it is lost or released, never both at a time; keeps
   * trying until released. When `held` rejects, the lease is given back and tried again.
   */
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
      /** Before the server was asked: its own clock of the lease started later. */
      let renewedAt = 0
      let released = false
      let beating: Promise<void> | null = null
      let turn: Promise<void> = Promise.resolve()

      /** One after the other: what was begun is ended before it begins again. */
      const inTurn = (work: () => Promise<void>): Promise<void> => {
        const done = turn.then(work)
        turn = done.catch(() => {})
        return done
      }

      const forget = async (): Promise<void> => {
        if (revision === null) return
        revision = null
        await inTurn(() => on.lost())
      }

      /** Only our own entry: who took over meanwhile keeps theirs. */
      const giveBack = async (): Promise<void> => {
        const last = revision
        await forget()
        if (last !== null) await kv.delete(key, { previousSeq: last }).catch(() => {})
      }

      const win = async (taken: number, at: Millis): Promise<void> => {
        revision = taken
        renewedAt = at
        try {
          await inTurn(() => on.held())
        } catch (error) {
          onError(error)
          await giveBack()
        }
      }

      const renew = async (current: number): Promise<void> => {
        const at = Date.now()
        const next = await kv
          .update(key, node, current)
          // Our own write may have got through though its answer was lost.
          .catch(() => tryTake(kv, key, node))
        // Given up meanwhile: the next beat begins anew.
        if (next === null || revision === null) return
        revision = next
        renewedAt = at
      }

      const beat = async (): Promise<void> => {
        if (revision !== null) return renew(revision)
        const at = Date.now()
        const taken = await tryTake(kv, key, node)
        if (taken === null) return
        if (released) await kv.delete(key, { previousSeq: taken }).catch(() => {})
        else await win(taken, at)
      }

      const step = () => {
        if (revision !== null && Date.now() - renewedAt > GIVE_UP_MS) {
          onError(new Error(`lease ${name} could not be renewed`))
          forget().catch(onError)
        }
        beating ??= beat()
          .catch(onError)
          .finally(() => {
            beating = null
          })
      }
      const timer = setInterval(step, RENEW_MS)
      step()

      return {
        held: () => revision !== null,
        async release() {
          released = true
          clearInterval(timer)
          await beating
          await giveBack()
          await turn
        },
      }
    },
  }
}
