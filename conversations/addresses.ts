import { newId } from '../src/ids.ts'
import type { ContactId, IdentityId } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import { type ChannelCatalogue, factsOf, spaceOf } from './channel-facts.ts'
import { done, type Outcome, refused } from './outcome.ts'
import { announceContact, type Unit } from './unit.ts'

/** The identity of an address typed by hand; made, with a contact when none is given, where nobody has it. */
export const ensureIdentity = async (
  unit: Unit,
  catalogue: ChannelCatalogue,
  input: { accountId: Row<'accounts'>['id']; address: string; contactId?: ContactId | undefined; name: string | null },
): Promise<Outcome<Row<'identities'>>> => {
  const { tx } = unit
  const account = await tx.selectFrom('accounts').selectAll().where('id', '=', input.accountId).executeTakeFirst()
  if (!account) return refused(404, 'not_found', 'There is no such account. Choose another.')
  const facts = factsOf(catalogue, account.channel)
  const address = facts.normalize(input.address)
  if (!address)
    return refused(422, 'bad_address', `${input.address || 'Nothing'} is not an address for ${account.name}. Check it.`)
  const space = spaceOf(facts, account.id)
  const known = await tx
    .selectFrom('identities')
    .selectAll()
    .where('space', '=', space)
    .where('address', '=', address)
    .executeTakeFirst()
  if (known) return done(known)
  const contactId = input.contactId ?? newId<ContactId>()
  if (input.contactId) {
    const live = await tx
      .selectFrom('contacts')
      .select('id')
      .where('id', '=', input.contactId)
      .where('joined_into', 'is', null)
      .executeTakeFirst()
    if (!live) return refused(404, 'not_found', 'There is no such contact, or it was joined into another.')
  } else
    await tx
      .insertInto('contacts')
      .values({
        id: contactId,
        name: input.name,
        language: null,
        time_zone: null,
        joined_into: null,
        created_at: unit.now,
        updated_at: unit.now,
      })
      .execute()
  const identity = await tx
    .insertInto('identities')
    .values({
      id: newId<IdentityId>(),
      contact_id: contactId,
      account_id: account.id,
      channel: account.channel,
      space,
      address,
      display_name: null,
      verified: 0,
      thread: null,
      last_seen_at: null,
      window_expires_at: null,
      window_remaining: null,
      created_at: unit.now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  announceContact(unit, contactId)
  return done(identity)
}
