import { type SqlBool, sql } from 'kysely'
import type { Queries } from '../../src/db.ts'
import type { ContactId, IdentityId } from '../../src/model.ts'
import type { Row } from '../../src/schema.ts'
import type { ContactView, IdentityView, JoinView } from '../../src/views.ts'
import { toContactBrief } from '../present.ts'
import { decodeCursor, type Page, toPage } from './page.ts'
import { findContactIds } from './search.ts'

export const toIdentityView = (row: Row<'identities'>): IdentityView => ({
  id: row.id,
  accountId: row.account_id,
  channel: row.channel,
  address: row.address,
  displayName: row.display_name,
  verified: row.verified === 1,
  lastSeenAt: row.last_seen_at,
  window: row.window_expires_at === null ? null : { expiresAt: row.window_expires_at, remaining: row.window_remaining },
})

const readIdentities = (db: Queries, contacts: ContactId[]) =>
  db.selectFrom('identities').selectAll().where('contact_id', 'in', contacts).orderBy('last_seen_at', 'desc').execute()

type JoinRow = Pick<Row<'contact_joins'>, 'id' | 'winner_id' | 'loser_id' | 'agent_id' | 'created_at' | 'moved'> & {
  loser_name: string | null
}

export const toJoinView = (row: JoinRow): JoinView => ({
  id: row.id,
  winnerId: row.winner_id,
  loserId: row.loser_id,
  loserName: row.loser_name,
  agentId: row.agent_id,
  at: row.created_at,
})

const joins = (db: Queries) =>
  db
    .selectFrom('contact_joins')
    .innerJoin('contacts', 'contacts.id', 'contact_joins.loser_id')
    .select([
      'contact_joins.id',
      'contact_joins.winner_id',
      'contact_joins.loser_id',
      'contact_joins.agent_id',
      'contact_joins.created_at',
      'contact_joins.moved',
      'contacts.name as loser_name',
    ])

/** Who told no name is shown by an address that came with them. */
const withAddresses = async (db: Queries, rows: JoinRow[]): Promise<JoinRow[]> => {
  const first = (row: JoinRow) => (JSON.parse(row.moved) as { identities: IdentityId[] }).identities[0]
  const wanted = rows.flatMap((row) => (row.loser_name === null ? (first(row) ?? []) : []))
  if (wanted.length === 0) return rows
  const known = await db.selectFrom('identities').select(['id', 'address']).where('id', 'in', wanted).execute()
  const addresses = new Map(known.map((row) => [row.id, row.address]))
  return rows.map((row) => {
    const id = first(row)
    return { ...row, loser_name: row.loser_name ?? (id ? (addresses.get(id) ?? null) : null) }
  })
}

const readJoins = async (db: Queries, contacts: ContactId[]) =>
  withAddresses(
    db,
    await joins(db)
      .where('contact_joins.winner_id', 'in', contacts)
      .where('contact_joins.undone_at', 'is', null)
      .orderBy('contact_joins.created_at', 'desc')
      .execute(),
  )

export const readJoin = async (db: Queries, id: string): Promise<JoinView | null> => {
  const row = await joins(db).where('contact_joins.id', '=', id).executeTakeFirst()
  const [shown] = row ? await withAddresses(db, [row]) : []
  return shown ? toJoinView(shown) : null
}

const readSuppressions = (db: Queries, contacts: ContactId[]) =>
  db
    .selectFrom('suppressions')
    .innerJoin('identities', (join) =>
      join
        .onRef('identities.space', '=', 'suppressions.space')
        .onRef('identities.address', '=', 'suppressions.address'),
    )
    .selectAll('suppressions')
    .select('identities.contact_id')
    .where('identities.contact_id', 'in', contacts)
    .execute()

const toContactViews = async (db: Queries, rows: Row<'contacts'>[]): Promise<ContactView[]> => {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const [identities, joined, suppressions] = await Promise.all([
    readIdentities(db, ids),
    readJoins(db, ids),
    readSuppressions(db, ids),
  ])
  return rows.map((row) => ({
    ...toContactBrief(row),
    language: row.language,
    timeZone: row.time_zone,
    attributes: JSON.parse(row.attributes) as Record<string, unknown>,
    identities: identities.filter((identity) => identity.contact_id === row.id).map(toIdentityView),
    joins: joined.filter((join) => join.winner_id === row.id).map(toJoinView),
    suppressions: suppressions
      .filter((suppression) => suppression.contact_id === row.id)
      .map(({ space, address, account_id, reason, evidence, at }) => ({
        space,
        address,
        accountId: account_id,
        reason,
        evidence,
        at,
      })),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }))
}

/** Newest changed first; those joined into another are not in it. */
export const listContacts = async (
  db: Queries,
  filter: { q?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<Page<ContactView>> => {
  const from = filter.cursor === undefined ? null : decodeCursor(filter.cursor)
  const found = filter.q ? await findContactIds(db, filter.q) : null
  if (found?.length === 0) return { items: [], nextCursor: null }
  const rows = await db
    .selectFrom('contacts')
    .selectAll()
    .where('joined_into', 'is', null)
    .$if(found !== null, (query) => query.where('id', 'in', (found ?? []) as ContactId[]))
    .$if(from !== null, (query) => query.where(sql<SqlBool>`(updated_at, id) < (${from?.value}, ${from?.id})`))
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
    .execute()
  const page = toPage(
    rows,
    filter.limit,
    (row) => ({ value: row.updated_at, id: row.id }),
    (kept) => kept,
  )
  return { items: await toContactViews(db, page.items), nextCursor: page.nextCursor }
}

/** A contact that was joined into another is found under the other: old links go on working. */
export const readContact = async (db: Queries, id: string): Promise<ContactView | null> => {
  const row = await db
    .selectFrom('contacts')
    .selectAll()
    .where('id', '=', id as ContactId)
    .executeTakeFirst()
  if (!row) return null
  if (row.joined_into !== null) return readContact(db, row.joined_into)
  return (await toContactViews(db, [row]))[0] ?? null
}

export const readIdentity = async (db: Queries, id: string): Promise<IdentityView | null> => {
  const row = await db
    .selectFrom('identities')
    .selectAll()
    .where('id', '=', id as Row<'identities'>['id'])
    .executeTakeFirst()
  return row ? toIdentityView(row) : null
}
