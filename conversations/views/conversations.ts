import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Queries } from '../../src/db.ts'
import type { ContactId, ConversationId, ConversationStatus, Millis } from '../../src/model.ts'
import { CONVERSATION_STATUSES } from '../../src/model.ts'
import type { Row, Schema } from '../../src/schema.ts'
import type { ConversationView } from '../../src/views.ts'
import { toContactBrief, toConversationPatch } from '../present.ts'
import { maySee, visible } from '../rights.ts'
import type { Viewer } from '../viewer.ts'
import { decodeCursor, type Page, type Position, toPage } from './page.ts'
import { findCandidates } from './search.ts'

export interface ConversationFilter {
  view?: 'mine' | 'unassigned' | 'all' | undefined
  /** `active` = open and pending: what somebody still has to do. Absent = every status. */
  status?: ConversationStatus | 'active' | undefined
  assignee?: string | undefined
  team?: string | undefined
  account?: string | undefined
  label?: string | undefined
  contact?: string | undefined
  q?: string | undefined
  /** `recent`: newest message first; `waiting`: who waits longest first, then those who wait for nothing. */
  sort?: 'recent' | 'waiting' | undefined
  cursor?: string | undefined
  limit: number
}

type Filtered = ExpressionBuilder<Schema, 'conversations'>

/** Of the answered ones, in the order of waiting: after all who wait. Times stay below 2^53. */
const NOBODY_WAITS: Millis = 9_000_000_000_000_000

const waitingValue = sql<number>`coalesce(conversations.waiting_since, ${sql.lit(NOBODY_WAITS)} - conversations.last_message_at)`

const statusesOf = (status: ConversationFilter['status']): readonly ConversationStatus[] => {
  if (status === undefined) return CONVERSATION_STATUSES
  return status === 'active' ? ['open', 'pending'] : [status]
}

const conditions = (eb: Filtered, viewer: Viewer, filter: ConversationFilter): Expression<SqlBool>[] => {
  // What was emptied into another thread keeps its place in case they are parted, but shows nothing.
  const all: Expression<SqlBool>[] = [visible(viewer)(eb), eb('conversations.last_seq', '>', 0)]
  const equal = (column: 'assignee_id' | 'team_id' | 'account_id' | 'contact_id', value: string | undefined) => {
    if (value !== undefined) all.push(eb(sql.ref<string>(`conversations.${column}`), '=', value))
  }
  if (filter.view === 'mine') all.push(eb('conversations.assignee_id', '=', viewer.agentId))
  if (filter.view === 'unassigned') all.push(eb('conversations.assignee_id', 'is', null))
  equal('assignee_id', filter.assignee)
  equal('team_id', filter.team)
  equal('account_id', filter.account)
  equal('contact_id', filter.contact)
  const { label } = filter
  if (label !== undefined)
    all.push(
      eb(
        'conversations.id',
        'in',
        eb.selectFrom('conversation_labels').select('conversation_id').where('label_id', '=', label),
      ),
    )
  return all
}

/** Rows of one status in order, so that the index on (status, last_message_at, id) gives them already sorted. */
const readStatus = async (
  db: Queries,
  viewer: Viewer,
  filter: ConversationFilter,
  status: ConversationStatus,
  from: Position | null,
  found: { ids: string[]; contactIds: string[] } | null,
): Promise<(Row<'conversations'> & { sort_value: number })[]> => {
  const waiting = filter.sort === 'waiting'
  const value = waiting ? waitingValue : sql<number>`conversations.last_message_at`
  const direction = waiting ? 'asc' : 'desc'
  return db
    .selectFrom('conversations')
    .selectAll('conversations')
    .select(value.as('sort_value'))
    .where('conversations.status', '=', status)
    .where((eb) => eb.and(conditions(eb, viewer, filter)))
    .$if(found !== null, (query) =>
      query.where((eb) =>
        eb.or([
          ...(found?.ids.length ? [eb('conversations.id', 'in', found.ids as ConversationId[])] : []),
          ...(found?.contactIds.length ? [eb('conversations.contact_id', 'in', found.contactIds as ContactId[])] : []),
        ]),
      ),
    )
    .$if(from !== null, (query) =>
      query.where(
        waiting
          ? sql<SqlBool>`(${value}, conversations.id) > (${from?.value}, ${from?.id})`
          : sql<SqlBool>`(conversations.last_message_at, conversations.id) < (${from?.value}, ${from?.id})`,
      ),
    )
    .orderBy(value, direction)
    .orderBy('conversations.id', direction)
    .limit(filter.limit + 1)
    .execute()
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const listConversations = async (
  db: Queries,
  viewer: Viewer,
  filter: ConversationFilter,
): Promise<Page<ConversationView>> => {
  const from = filter.cursor === undefined ? null : decodeCursor(filter.cursor)
  const found = filter.q ? await findCandidates(db, filter.q) : null
  if (found && found.ids.length + found.contactIds.length === 0) return { items: [], nextCursor: null }
  const lists = await Promise.all(
    statusesOf(filter.status).map((status) => readStatus(db, viewer, filter, status, from, found)),
  )
  const sign = filter.sort === 'waiting' ? 1 : -1
  const rows = lists.flat().sort((a, b) => sign * (a.sort_value - b.sort_value || byText(a.id, b.id)))
  const page = toPage(
    rows,
    filter.limit,
    (row) => ({ value: row.sort_value, id: row.id }),
    (kept) => kept,
  )
  return { items: await toConversationViews(db, page.items), nextCursor: page.nextCursor }
}

/** Rows with what stands beside them: contact, address and labels. */
export const toConversationViews = async (db: Queries, rows: Row<'conversations'>[]): Promise<ConversationView[]> => {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const [contacts, identities, labels] = await Promise.all([
    db
      .selectFrom('contacts')
      .select(['id', 'name', 'vip_level'])
      .where('id', 'in', [...new Set(rows.map((row) => row.contact_id))])
      .execute(),
    db
      .selectFrom('identities')
      .select(['id', 'address', 'display_name'])
      .where('id', 'in', [...new Set(rows.map((row) => row.identity_id))])
      .execute(),
    db.selectFrom('conversation_labels').selectAll().where('conversation_id', 'in', ids).execute(),
  ])
  const contactOf = new Map(contacts.map((contact) => [contact.id, contact]))
  const addressOf = new Map(identities.map((identity) => [identity.id, identity.address]))
  return rows.map((row) => ({
    ...toConversationPatch(row),
    contact: toContactBrief(contactOf.get(row.contact_id) ?? { id: row.contact_id, name: null, vip_level: 0 }),
    address: addressOf.get(row.identity_id) ?? '',
    subject: row.subject,
    labelIds: labels.filter((label) => label.conversation_id === row.id).map((label) => label.label_id),
  }))
}

/** Null when there is none or the viewer may not see it: the two must look the same. */
export const findConversation = async (
  db: Queries,
  viewer: Viewer,
  id: string,
): Promise<Row<'conversations'> | null> => {
  const row = await db
    .selectFrom('conversations')
    .selectAll()
    .where('id', '=', id as ConversationId)
    .executeTakeFirst()
  return row && maySee(viewer, { teamId: row.team_id, assigneeId: row.assignee_id }) ? row : null
}

export const readConversation = async (db: Queries, viewer: Viewer, id: string): Promise<ConversationView | null> => {
  const row = await findConversation(db, viewer, id)
  return row ? ((await toConversationViews(db, [row]))[0] ?? null) : null
}

export interface ConversationCounts {
  mine: number
  unassigned: number
  all: number
  snoozed: number
  resolved: number
}

/**
 * Counts for the tabs; `mine`, `unassigned` and `all` are of active conversations. Read from the index
 * (team_id, status, assignee_id) alone, then judged by the same rule as everything else.
 */
export const countConversations = async (db: Queries, viewer: Viewer): Promise<ConversationCounts> => {
  const groups = await db
    .selectFrom('conversations')
    .select(['team_id', 'status', 'assignee_id'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .groupBy(['team_id', 'status', 'assignee_id'])
    .execute()
  const counts: ConversationCounts = { mine: 0, unassigned: 0, all: 0, snoozed: 0, resolved: 0 }
  for (const group of groups) {
    if (!maySee(viewer, { teamId: group.team_id, assigneeId: group.assignee_id })) continue
    const count = Number(group.count)
    if (group.status === 'snoozed' || group.status === 'resolved') {
      counts[group.status] += count
      continue
    }
    counts.all += count
    if (group.assignee_id === null) counts.unassigned += count
    if (group.assignee_id === viewer.agentId) counts.mine += count
  }
  return counts
}
