import { sql } from 'kysely'
import { bulkInsert, bulkUpdate } from '../src/bulk.ts'
import type { Dialect } from '../src/db.ts'
import { newId } from '../src/ids.ts'
import type { AccountId, ContactId, Identity, IdentityId, Millis, ReplyWindow, TeamId } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import { cleanName } from './arrival-text.ts'
import type { Unit } from './unit.ts'

/** Who wrote: the identity of each address, made with its contact when it is new. */

export interface AccountFacts {
  id: AccountId
  channel: string
  teamId: TeamId | null
  space: string
}

/** One word of one person on one account. */
export interface Heard {
  account: AccountFacts
  from: Identity
  thread: string
  at: Millis
  window?: ReplyWindow | undefined
}

export type KnownIdentity = Pick<
  Row<'identities'>,
  'id' | 'contact_id' | 'space' | 'address' | 'display_name' | 'account_id'
> & {
  contact_name: string | null
  vip_level: number
}

export const keyOf = (heard: { account: AccountFacts; from: Identity }): string =>
  `${heard.account.space}\n${heard.from.address}`

type NewContact = {
  id: string
  name: string | null
  language: string | null
  time_zone: string | null
  created_at: number
  updated_at: number
}
type NewIdentity = {
  id: string
  contact_id: string
  account_id: string
  channel: string
  space: string
  address: string
  display_name: string | null
  verified: number
  created_at: number
}
type Touch = {
  id: string
  account_id: string
  thread: string
  last_seen_at: number
  display_name: string | null
  verified: number
  window_expires_at: number | null
  window_remaining: number | null
}

/** A short window (a menu click) never cuts a longer one short that is open. */
const NEW_WINDOW = `v.window_expires_at is not null and (t.window_expires_at is null
  or v.window_expires_at >= t.window_expires_at or t.window_expires_at < v.last_seen_at)`

export const createIdentities = (dialect: Dialect) => {
  const insertContacts = bulkInsert<NewContact>(dialect, 'contacts', {
    id: 'text',
    name: 'text',
    language: 'text',
    time_zone: 'text',
    created_at: 'bigint',
    updated_at: 'bigint',
  })
  const insertIdentities = bulkInsert<NewIdentity>(
    dialect,
    'identities',
    {
      id: 'text',
      contact_id: 'text',
      account_id: 'text',
      channel: 'text',
      space: 'text',
      address: 'text',
      display_name: 'text',
      verified: 'bigint',
      created_at: 'bigint',
    },
    'on conflict (space, address) do nothing returning id',
  )
  const touchIdentities = bulkUpdate<Touch>(
    dialect,
    'identities',
    {
      id: 'text',
      account_id: 'text',
      thread: 'text',
      last_seen_at: 'bigint',
      display_name: 'text',
      verified: 'bigint',
      window_expires_at: 'bigint',
      window_remaining: 'bigint',
    },
    `account_id = v.account_id, thread = v.thread, last_seen_at = v.last_seen_at,
     display_name = coalesce(v.display_name, t.display_name),
     verified = case when v.verified = 1 then 1 else t.verified end,
     window_expires_at = case when ${NEW_WINDOW} then v.window_expires_at else t.window_expires_at end,
     window_remaining = case when ${NEW_WINDOW} then v.window_remaining else t.window_remaining end`,
  )

  /** Locked until commit, so that nobody joins or parts these contacts meanwhile. */
  const find = async (unit: Unit, heard: Heard[]): Promise<Map<string, KnownIdentity>> => {
    const pairs = [...new Map(heard.map((one) => [keyOf(one), one])).values()]
    if (pairs.length === 0) return new Map()
    const values = sql.join(pairs.map((one) => sql`(${one.account.space}, ${one.from.address})`))
    const lock = dialect === 'postgres' ? sql`for update of i` : sql``
    const { rows } = await sql<KnownIdentity>`
      select i.id, i.contact_id, i.space, i.address, i.display_name, i.account_id, c.name as contact_name, c.vip_level
      from identities i join contacts c on c.id = i.contact_id
      where (i.space, i.address) in (values ${values}) order by i.id ${lock}`.execute(unit.tx)
    return new Map(rows.map((row) => [`${row.space}\n${row.address}`, row]))
  }

  const create = async (unit: Unit, missing: Heard[]): Promise<void> => {
    const contacts: NewContact[] = []
    const identities: NewIdentity[] = []
    for (const { account, from } of missing) {
      const contactId = newId<ContactId>()
      contacts.push({
        id: contactId,
        name: cleanName(from.displayName),
        language: from.language ?? null,
        time_zone: from.timeZone ?? null,
        created_at: unit.now,
        updated_at: unit.now,
      })
      identities.push({
        id: newId<IdentityId>(),
        contact_id: contactId,
        account_id: account.id,
        channel: account.channel,
        space: account.space,
        address: from.address,
        display_name: cleanName(from.displayName),
        verified: from.verified ? 1 : 0,
        created_at: unit.now,
      })
    }
    await insertContacts.run(unit.tx as never, contacts)
    const made = await insertIdentities.run<{ id: string }>(unit.tx as never, identities)
    if (made.length === identities.length) return
    const kept = new Set(made.map((row) => row.id))
    const orphans = identities.filter((row) => !kept.has(row.id)).map((row) => row.contact_id as ContactId)
    await unit.tx.deleteFrom('contacts').where('id', 'in', orphans).execute()
  }

  const touch = async (unit: Unit, heard: Heard[], known: Map<string, KnownIdentity>): Promise<void> => {
    const touches = new Map<string, Touch>()
    for (const one of heard) {
      const identity = known.get(keyOf(one))
      if (!identity) continue
      const before = touches.get(identity.id)
      touches.set(identity.id, {
        id: identity.id,
        account_id: one.account.id,
        thread: one.thread,
        last_seen_at: Math.min(one.at, unit.now),
        display_name: cleanName(one.from.displayName) ?? before?.display_name ?? null,
        verified: one.from.verified ? 1 : 0,
        window_expires_at: one.window?.expiresAt ?? before?.window_expires_at ?? null,
        window_remaining: one.window ? one.window.remaining : (before?.window_remaining ?? null),
      })
    }
    await touchIdentities.run(unit.tx as never, [...touches.values()])
  }

  return {
    /** The identities of all who were heard, by `keyOf`; new ones are made, all are marked as seen. */
    async resolve(unit: Unit, heard: Heard[]): Promise<Map<string, KnownIdentity>> {
      let known = await find(unit, heard)
      const missing = new Map(heard.filter((one) => !known.has(keyOf(one))).map((one) => [keyOf(one), one]))
      if (missing.size > 0) {
        await create(unit, [...missing.values()])
        known = new Map([...known, ...(await find(unit, [...missing.values()]))])
      }
      await touch(unit, heard, known)
      return known
    },
    find,
  }
}

export type Identities = ReturnType<typeof createIdentities>
