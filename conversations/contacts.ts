import { newId } from '../src/ids.ts'
import type { ContactId } from '../src/model.ts'
import { ensureIdentity } from './addresses.ts'
import { cleanName } from './arrival-text.ts'
import type { ChannelCatalogue } from './channel-facts.ts'
import type { Commands } from './commands.ts'
import { done, refused } from './outcome.ts'
import { announceContact, type Transact } from './unit.ts'

/** What agents know and change about a person. */

const GONE = refused(404, 'not_found', 'There is no such contact, or it was joined into another.')
const ATTRIBUTES_BYTES = 20_000

const badZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return false
  } catch {
    return true
  }
}

export const createContacts = (deps: {
  transact: Transact
  catalogue: ChannelCatalogue
}): Pick<Commands, 'createContact' | 'updateContact' | 'addIdentity'> => ({
  createContact: (_viewer, input) =>
    deps.transact(async (unit) => {
      if (input.timeZone && badZone(input.timeZone))
        return refused(422, 'bad_time_zone', `${input.timeZone} is not a time zone. Use a name like Asia/Shanghai.`)
      const id = newId<ContactId>()
      await unit.tx
        .insertInto('contacts')
        .values({
          id,
          name: cleanName(input.name),
          language: input.language ?? null,
          time_zone: input.timeZone ?? null,
          vip_level: input.vipLevel ?? 0,
          joined_into: null,
          created_at: unit.now,
          updated_at: unit.now,
        })
        .execute()
      announceContact(unit, id)
      return done(id)
    }),

  updateContact: (_viewer, id, change) =>
    deps.transact(async (unit) => {
      if (change.timeZone && badZone(change.timeZone))
        return refused(422, 'bad_time_zone', `${change.timeZone} is not a time zone. Use a name like Asia/Shanghai.`)
      const attributes = change.attributes && JSON.stringify(change.attributes)
      if (attributes && attributes.length > ATTRIBUTES_BYTES)
        return refused(
          413,
          'attributes_too_large',
          `Attributes take ${ATTRIBUTES_BYTES} characters in all. Remove some.`,
        )
      const { numUpdatedRows } = await unit.tx
        .updateTable('contacts')
        .set({
          ...(change.name === undefined ? {} : { name: cleanName(change.name) }),
          ...(change.language === undefined ? {} : { language: change.language }),
          ...(change.timeZone === undefined ? {} : { time_zone: change.timeZone }),
          ...(change.vipLevel === undefined ? {} : { vip_level: change.vipLevel }),
          ...(attributes === undefined ? {} : { attributes }),
          updated_at: unit.now,
        })
        .where('id', '=', id)
        .where('joined_into', 'is', null)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return GONE
      announceContact(unit, id)
      return done(undefined)
    }),

  addIdentity: (_viewer, id, input) =>
    deps.transact(async (unit) => {
      const contact = await unit.tx
        .selectFrom('contacts')
        .select('id')
        .where('id', '=', id)
        .where('joined_into', 'is', null)
        .executeTakeFirst()
      if (!contact) return GONE
      const made = await ensureIdentity(unit, deps.catalogue, { ...input, contactId: id, name: null })
      if (!made.ok) return made
      if (made.value.contact_id !== id)
        return refused(409, 'address_taken', 'This address belongs to another contact. Join the two contacts instead.')
      return done(made.value.id)
    }),
})
