import { isUniqueViolation } from '../../src/db.ts'
import { newId } from '../../src/ids.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import type { Transact, Unit } from '../unit.ts'

export interface Labels {
  create(input: { name: string; color: string }): Promise<Outcome<string>>
  update(id: string, change: { name?: string | undefined; color?: string | undefined }): Promise<Outcome<void>>
  /** Takes it off every conversation, too. */
  remove(id: string): Promise<Outcome<void>>
}

const noLabel = () => refused(404, 'label_not_found', 'There is no such label.')

const announce = (unit: Unit) =>
  unit.announce({ audience: { kind: 'staff' }, event: { type: 'settings.changed', what: 'labels' } })

const unique = async <T>(work: Promise<Outcome<T>>): Promise<Outcome<T>> => {
  try {
    return await work
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return refused(409, 'name_taken', 'A label of this name is already there: choose another name.')
  }
}

export const createLabels = (deps: { transact: Transact }): Labels => ({
  create: (input) =>
    unique(
      deps.transact(async (unit) => {
        const id = newId()
        await unit.tx
          .insertInto('labels')
          .values({ id, name: input.name, color: input.color, created_at: unit.now })
          .execute()
        announce(unit)
        return done(id)
      }),
    ),

  update: (id, change) =>
    unique(
      deps.transact(async (unit) => {
        const row = await unit.tx.selectFrom('labels').selectAll().where('id', '=', id).executeTakeFirst()
        if (!row) return noLabel()
        await unit.tx
          .updateTable('labels')
          .set({ name: change.name ?? row.name, color: change.color ?? row.color })
          .where('id', '=', id)
          .execute()
        announce(unit)
        return done(undefined)
      }),
    ),

  remove: (id) =>
    deps.transact(async (unit) => {
      const { numDeletedRows } = await unit.tx.deleteFrom('labels').where('id', '=', id).executeTakeFirstOrThrow()
      if (numDeletedRows === 0n) return noLabel()
      announce(unit)
      return done(undefined)
    }),
})
