import type { Db, Tx } from '../src/db.ts'
import type { Millis } from '../src/model.ts'
import type { Row } from '../src/schema.ts'

/**
 * One durable table of things to do later. The next due one wakes the worker; a claim keeps two nodes from firing the
 * same one, and a handler removes its timer in the transaction that does the work, so that the effect happens once.
 */

/** How long a claim holds when its node dies. */
const CLAIM_MS = 60_000
/** Timers that other nodes set are seen after this at the latest. */
const LOOK_EVERY_MS = 5_000
const BATCH = 100

export type TimerRow = Row<'timers'>

/** Does the work and removes the timer (or moves it) by `finishTimer` in one transaction. */
export type TimerHandler = (timer: TimerRow) => Promise<void>

export const setTimer = async (tx: Tx, kind: string, key: string, dueAt: Millis, data: object = {}): Promise<void> => {
  const values = { kind, key, due_at: Math.round(dueAt), data: JSON.stringify(data), claimed_until: null }
  await tx
    .insertInto('timers')
    .values(values)
    .onConflict((conflict) => conflict.columns(['kind', 'key']).doUpdateSet(values))
    .execute()
}

export const clearTimer = async (tx: Tx, kind: string, key: string): Promise<void> => {
  await tx.deleteFrom('timers').where('kind', '=', kind).where('key', '=', key).execute()
}

/** Removes a fired timer; false when somebody set it anew meanwhile: then the work is not ours any more. */
export const finishTimer = async (tx: Tx, timer: TimerRow): Promise<boolean> => {
  const { numDeletedRows } = await tx
    .deleteFrom('timers')
    .where('kind', '=', timer.kind)
    .where('key', '=', timer.key)
    .where('due_at', '=', timer.due_at)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export interface Timers {
  /** Registers what a kind of timer does; before `start`. */
  on(kind: string, handler: TimerHandler): void
  start(): void
  /** Call after a transaction that set a timer. */
  kick(): void
  stop(): Promise<void>
}

export const createTimers = (deps: { db: Db; now: () => Millis; onError: (error: unknown) => void }): Timers => {
  const { db } = deps
  const handlers = new Map<string, TimerHandler>()
  let alarm: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  let again = false
  let stopped = true

  const claim = async (): Promise<TimerRow[]> => {
    const now = deps.now()
    const due = await db.kysely
      .selectFrom('timers')
      .selectAll()
      .where('due_at', '<=', now)
      .where((or) => or.or([or('claimed_until', 'is', null), or('claimed_until', '<', now)]))
      .orderBy('due_at')
      .limit(BATCH)
      .execute()
    const claimed: TimerRow[] = []
    for (const timer of due) {
      const { numUpdatedRows } = await db.kysely
        .updateTable('timers')
        .set({ claimed_until: now + CLAIM_MS })
        .where('kind', '=', timer.kind)
        .where('key', '=', timer.key)
        .where('due_at', '=', timer.due_at)
        .where((or) => or.or([or('claimed_until', 'is', null), or('claimed_until', '<', now)]))
        .executeTakeFirst()
      if (numUpdatedRows > 0n) claimed.push(timer)
    }
    return claimed
  }

  const fire = async (timer: TimerRow) => {
    const handler = handlers.get(timer.kind)
    if (!handler) return
    try {
      await handler(timer)
    } catch (error) {
      deps.onError(error)
    }
  }

  const nextDue = async (): Promise<Millis | null> => {
    const row = await db.kysely
      .selectFrom('timers')
      .select((fn) => fn.fn.min('due_at').as('due'))
      .where('claimed_until', 'is', null)
      .executeTakeFirst()
    return row?.due ?? null
  }

  const run = async () => {
    do {
      again = false
      for (let due = await claim(); due.length > 0 && !stopped; due = await claim()) {
        for (const timer of due) await fire(timer)
      }
    } while (again && !stopped)
    if (stopped) return
    const due = await nextDue()
    const wait = due === null ? LOOK_EVERY_MS : Math.min(LOOK_EVERY_MS, Math.max(5, due - deps.now()))
    alarm = setTimeout(look, wait)
  }

  const look = () => {
    if (stopped) return
    again = true
    if (alarm) clearTimeout(alarm)
    running ??= run()
      .catch((error) => {
        deps.onError(error)
        alarm = setTimeout(look, LOOK_EVERY_MS)
      })
      .finally(() => {
        running = null
        // Asked to look while the last look was ending: it may have missed what was just set.
        if (again) look()
      })
  }

  return {
    on: (kind, handler) => void handlers.set(kind, handler),
    start() {
      stopped = false
      look()
    },
    kick: look,
    async stop() {
      stopped = true
      await running
      if (alarm) clearTimeout(alarm)
    },
  }
}
