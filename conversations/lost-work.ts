import { sql } from 'kysely'
import type { Bus } from '../src/bus.ts'
import type { Db } from '../src/db.ts'
import type { AccountId, Lane, Millis } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import { workFor } from './deliveries.ts'
import type { Transact } from './unit.ts'

/**
 * The ledger is the truth, the lanes only carry it. A delivery that waits while its lane is empty has lost its work (a
 * broker older than 2.10.23 forgets two minutes in a power cut): it is handed out once more. The gate sees to it that
 * nothing is sent twice.
 */

const LOOK_EVERY_MS: Millis = 30_000
/** Younger ones are on their way to the lane. */
const LOST_AFTER_MS: Millis = 15_000
const BATCH = 500

export interface LostWork {
  start(): void
  /** Looks once; resolves with how many were handed out again. */
  look(): Promise<number>
  stop(): Promise<void>
}

type Delivery = Pick<Row<'deliveries'>, 'id' | 'account_id' | 'identity_id' | 'lane'>

export const createLostWork = (deps: {
  db: Db
  bus: Pick<Bus, 'waitingOut'>
  transact: Transact
  now: () => Millis
  onError: (error: unknown) => void
}): LostWork => {
  const { db, bus, transact } = deps
  let timer: NodeJS.Timeout | null = null
  let running: Promise<unknown> = Promise.resolve()

  const lanes = async () => {
    const { rows } = await sql<{ account_id: AccountId; lane: Lane }>`
      select distinct account_id, lane from deliveries where state in ('planned', 'sending')`.execute(db.kysely)
    return rows
  }

  /** The first of each person: the others wait for it. One with a timer waits for that. */
  const firstOf = async (account: AccountId, lane: Lane): Promise<Delivery[]> => {
    const { rows } = await sql<Delivery>`
      select d.id, d.account_id, d.identity_id, d.lane from deliveries d
      where d.state in ('planned', 'sending') and d.account_id = ${account} and d.lane = ${lane}
        and d.next_attempt_at is null and d.planned_at < ${deps.now() - LOST_AFTER_MS}
        and not exists (
          select 1 from deliveries e where e.state in ('planned', 'sending') and e.account_id = d.account_id
            and e.lane = d.lane and e.identity_id = d.identity_id and e.seq < d.seq)
      order by d.seq limit ${sql.lit(BATCH)}`.execute(db.kysely)
    return rows
  }

  const look = async (): Promise<number> => {
    let found = 0
    for (const { account_id, lane } of await lanes()) {
      const lost = await firstOf(account_id, lane)
      if (lost.length === 0 || (await bus.waitingOut(lane, account_id)) > 0) continue
      found += lost.length
      await transact(async (unit) => {
        for (const delivery of lost) unit.work(delivery.lane, workFor(delivery))
      })
    }
    return found
  }

  return {
    look,
    start() {
      timer = setInterval(() => {
        running = running.then(look).catch(deps.onError)
      }, LOOK_EVERY_MS)
    },
    async stop() {
      if (timer) clearInterval(timer)
      await running
    },
  }
}
