import { bulkInsert, bulkUpdate } from '../src/bulk.ts'
import type { Dialect } from '../src/db.ts'
import { newId } from '../src/ids.ts'
import type { ContactId, ConversationId, ConversationStatus, Direction, InboundMessage } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import type { AccountFacts, KnownIdentity } from './ingest-identities.ts'
import type { Unit } from './unit.ts'

/** Where a message belongs: a contact has one conversation at a time, whatever channel they write by. */

/** A conversation resolved longer ago than this is not opened again by a new message without a reference to it. */
export const REOPEN_WITHIN_MS = 14 * 24 * 3600 * 1000

type Conversation = Row<'conversations'>

export interface Arrival {
  event: InboundMessage
  account: AccountFacts
  identity: KnownIdentity
  text: string
  preview: string
}

/** What a batch does to one conversation. */
export interface Touched {
  conversation: Conversation
  isNew: boolean
  before: ConversationStatus
  arrivals: Arrival[]
}

type ConversationInsert = {
  id: string
  contact_id: string
  account_id: string
  identity_id: string
  team_id: string | null
  status: string
  priority: string
  subject: string | null
  last_message_at: number
  created_at: number
  updated_at: number
}

type ConversationTouch = {
  id: string
  account_id: string
  identity_id: string
  assignee_id: string | null
  status: string
  subject: string | null
  waiting_since: number | null
  unread: number
  preview: string
  preview_direction: string
  last_message_at: number
  last_seq: number
  updated_at: number
}

export const createThreading = (dialect: Dialect) => {
  const insertConversations = bulkInsert<ConversationInsert>(
    dialect,
    'conversations',
    {
      id: 'text',
      contact_id: 'text',
      account_id: 'text',
      identity_id: 'text',
      team_id: 'text',
      status: 'text',
      priority: 'text',
      subject: 'text',
      last_message_at: 'bigint',
      created_at: 'bigint',
      updated_at: 'bigint',
    },
    'returning *',
  )
  const columns = {
    id: 'text',
    account_id: 'text',
    identity_id: 'text',
    assignee_id: 'text',
    status: 'text',
    subject: 'text',
    waiting_since: 'bigint',
    unread: 'bigint',
    preview: 'text',
    preview_direction: 'text',
    last_message_at: 'bigint',
    last_seq: 'bigint',
    updated_at: 'bigint',
  } as const
  const news = `account_id = v.account_id, identity_id = v.identity_id, subject = coalesce(v.subject, t.subject),
     waiting_since = case when v.unread > 0 then coalesce(t.waiting_since, v.waiting_since) else null end,
     unread = case when v.unread > 0 then t.unread + v.unread else 0 end,
     preview = v.preview, preview_direction = v.preview_direction,
     last_message_at = v.last_message_at, last_seq = v.last_seq, updated_at = v.updated_at`
  const returning = dialect === 'sqlite' ? 'returning *' : 'returning t.*'
  const touchConversations = bulkUpdate<ConversationTouch>(
    dialect,
    'conversations',
    columns,
    `${news}, assignee_id = v.assignee_id, status = v.status, snoozed_until = null, resolved_at = null`,
    returning,
  )
  /** Of the four indexes of a conversation three stay as they are when status and assignee do: that is most messages. */
  const touchOpenConversations = bulkUpdate<ConversationTouch>(dialect, 'conversations', columns, news, returning)

  /** The contacts' conversations that a new message would go to: the newest that is not resolved, else one resolved lately. */
  const current = async (unit: Unit, contacts: ContactId[]): Promise<Map<ContactId, Conversation>> => {
    const found = new Map<ContactId, Conversation>()
    if (contacts.length === 0) return found
    const active = await unit.tx
      .selectFrom('conversations')
      .selectAll()
      .where('contact_id', 'in', contacts)
      .where('status', 'in', ['open', 'pending', 'snoozed'])
      .orderBy('last_message_at')
      .execute()
    for (const row of active) found.set(row.contact_id, row)
    const without = contacts.filter((id) => !found.has(id))
    if (without.length === 0) return found
    const resolved = await unit.tx
      .selectFrom('conversations')
      .selectAll()
      .where('contact_id', 'in', without)
      .where('status', '=', 'resolved')
      .where('resolved_at', '>', unit.now - REOPEN_WITHIN_MS)
      .orderBy('last_message_at')
      .execute()
    for (const row of resolved) found.set(row.contact_id, row)
    return found
  }

  /** The conversation a message itself points to by our token or by its references, if it is this contact's. */
  const pointedTo = async (unit: Unit, arrival: Arrival): Promise<Conversation | null> => {
    const { inReplyToSend, replyTo, account } = arrival.event
    const byToken = inReplyToSend
      ? await unit.tx
          .selectFrom('deliveries')
          .select('conversation_id')
          .where('send_key', '=', inReplyToSend)
          .executeTakeFirst()
      : undefined
    let id = byToken?.conversation_id ?? null
    for (const remote of id ? [] : (replyTo ?? [])) {
      const sent = await unit.tx
        .selectFrom('delivery_remotes')
        .innerJoin('deliveries', 'deliveries.id', 'delivery_remotes.delivery_id')
        .select('deliveries.conversation_id')
        .where('delivery_remotes.account_id', '=', account)
        .where('delivery_remotes.remote_id', '=', remote)
        .executeTakeFirst()
      const got = await unit.tx
        .selectFrom('messages')
        .select('conversation_id')
        .where('account_id', '=', account)
        .where('remote_id', '=', remote)
        .executeTakeFirst()
      id = sent?.conversation_id ?? got?.conversation_id ?? null
      if (id) break
    }
    if (!id) return null
    const row = await unit.tx.selectFrom('conversations').selectAll().where('id', '=', id).executeTakeFirst()
    // Somebody else's reference is no proof of being the same person.
    return row?.contact_id === arrival.identity.contact_id ? row : null
  }

  const open = async (unit: Unit, first: Map<ContactId, Arrival>): Promise<Conversation[]> =>
    insertConversations.run<Conversation>(
      unit.tx as never,
      [...first.values()].map(({ event, account, identity }) => ({
        id: newId<ConversationId>(),
        contact_id: identity.contact_id,
        account_id: account.id,
        identity_id: identity.id,
        team_id: account.teamId,
        status: 'open',
        priority: 'normal',
        subject: event.subject?.slice(0, 500) ?? null,
        last_message_at: unit.now,
        created_at: unit.now,
        updated_at: unit.now,
      })),
    )

  return {
    /** Groups arrivals by the conversation they belong to, opening new ones; order within each is kept. */
    async place(unit: Unit, arrivals: Arrival[]): Promise<Touched[]> {
      const contacts = [...new Set(arrivals.map((arrival) => arrival.identity.contact_id))]
      const byContact = await current(unit, contacts)
      const chosen = new Map<Arrival, Conversation>()
      for (const arrival of arrivals) {
        const points = arrival.event.inReplyToSend || (arrival.event.replyTo?.length ?? 0) > 0
        const pointed = points ? await pointedTo(unit, arrival) : null
        const active = byContact.get(arrival.identity.contact_id)
        // A reference opens a resolved conversation only when nothing else is open: one person, one thread.
        if (pointed && (pointed.status !== 'resolved' || !active || active.status === 'resolved')) {
          chosen.set(arrival, pointed)
          byContact.set(arrival.identity.contact_id, pointed)
        }
      }
      const first = new Map<ContactId, Arrival>()
      for (const arrival of arrivals) {
        const contact = arrival.identity.contact_id
        if (!byContact.has(contact) && !first.has(contact)) first.set(contact, arrival)
      }
      const opened = new Set<ConversationId>()
      for (const row of first.size > 0 ? await open(unit, first) : []) {
        byContact.set(row.contact_id, row)
        opened.add(row.id)
      }
      const touched = new Map<ConversationId, Touched>()
      for (const arrival of arrivals) {
        const row = chosen.get(arrival) ?? (byContact.get(arrival.identity.contact_id) as Conversation)
        const entry = touched.get(row.id)
        if (entry) entry.arrivals.push(arrival)
        else
          touched.set(row.id, {
            conversation: row,
            isNew: opened.has(row.id),
            before: row.status,
            arrivals: [arrival],
          })
      }
      return [...touched.values()]
    },

    /** Writes what the arrivals did; `lastSeq` is the newest message's. Returns the new rows by id. */
    async touch(
      unit: Unit,
      changes: { touched: Touched; lastSeq: number; assigneeId: Row<'conversations'>['assignee_id'] }[],
    ): Promise<Map<ConversationId, Conversation>> {
      const rows = changes.map(({ touched, lastSeq, assigneeId }): ConversationTouch => {
        const last = touched.arrivals.at(-1) as Arrival
        const fromCustomer = last.event.echoOf === undefined
        const unread = fromCustomer
          ? touched.arrivals.filter((arrival) => arrival.event.echoOf === undefined).length
          : 0
        const direction: Direction = fromCustomer ? 'in' : 'out'
        return {
          id: touched.conversation.id,
          account_id: last.account.id,
          identity_id: last.identity.id,
          assignee_id: assigneeId,
          status: 'open',
          subject: last.event.subject?.slice(0, 500) ?? null,
          waiting_since: unit.now,
          unread,
          preview: last.preview,
          preview_direction: direction,
          last_message_at: unit.now,
          last_seq: lastSeq,
          updated_at: unit.now,
        }
      })
      // Only on SQLite, where nobody can resolve it between our reading and our writing.
      const same = new Set(
        changes
          .filter(({ touched }) => dialect === 'sqlite' && touched.conversation.status === 'open')
          .map(({ touched }) => touched.conversation.id as string),
      )
      const updated = [
        ...(await touchOpenConversations.run<Conversation>(
          unit.tx as never,
          rows.filter((row) => same.has(row.id)),
        )),
        ...(await touchConversations.run<Conversation>(
          unit.tx as never,
          rows.filter((row) => !same.has(row.id)),
        )),
      ]
      return new Map(updated.map((row) => [row.id, row]))
    },
  }
}

export type Threading = ReturnType<typeof createThreading>
