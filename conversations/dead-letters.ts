import type { Bus } from '../src/bus.ts'
import { partitionOf } from '../src/bus.ts'
import type { Db } from '../src/db.ts'
import type { BusIn } from '../src/model.ts'
import type { Commands } from './commands.ts'
import { done, refused } from './outcome.ts'

/** What could not be applied is kept whole; when the cause is mended it goes through the door again. */
export const createDeadLetters = (deps: {
  db: Db
  bus: Pick<Bus, 'publishIn'>
  now: () => number
}): Pick<Commands, 'replayDeadLetter'> => ({
  async replayDeadLetter(_viewer, id) {
    const row = await deps.db.kysely.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) return refused(404, 'not_found', 'There is no such dead letter.')
    if (row.replayed_at !== null) return refused(409, 'already_replayed', 'This one was replayed already.')
    await deps.bus.publishIn(partitionOf(row.account_id ?? row.id), JSON.parse(row.payload) as BusIn)
    await deps.db.kysely.updateTable('dead_letters').set({ replayed_at: deps.now() }).where('id', '=', id).execute()
    return done(undefined)
  },
})
