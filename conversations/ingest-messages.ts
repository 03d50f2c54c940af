import { sql } from 'kysely'
import { bulkInsert } from '../src/bulk.ts'
import type { Dialect } from '../src/db.ts'
import { newId } from '../src/ids.ts'
import type { AgentId, BusOut, ConversationId, InboundMessage, MessageId } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import type { MessageView } from '../src/views.ts'
import { cleanText, previewOf } from './arrival-text.ts'
import { PRESENCE_MS } from './assign.ts'
import { type Arrival, createThreading, type Touched } from './ingest-conversations.ts'
import { type AccountFacts, type Identities, keyOf } from './ingest-identities.ts'
import { audienceOf, toContactBrief, toConversationPatch, toMessageView } from './present.ts'
import { clearTimer } from './timers.ts'
import { announceConversation, type Unit } from './unit.ts'

/** Stores a run of inbound messages: a handful of statements however many there are. */

export const SNOOZE_TIMER = 'snooze'

type MessageInsert = {
  id: string
  conversation_id: string
  account_id: string
  identity_id: string
  direction: string
  text: string
  html: string | null
  subject: string | null
  quoted_from: number | null
  automatic: number
  thread: string
  remote_id: string
  reply_to: string | null
  sent_at: number
  created_at: number
}

type AttachmentInsert = {
  id: string
  message_id: string
  media_id: string | null
  name: string
  mime_type: string
  size: number | null
  content_id: string | null
  state: string
  remote_ref: string | null
  failure: string | null
  created_at: number
}

export interface Incoming {
  event: InboundMessage
  account: AccountFacts
}

const attachmentRows = (event: InboundMessage, messageId: string, now: number): AttachmentInsert[] =>
  event.media.map((media) => ({
    id: newId(),
    message_id: messageId,
    media_id: media.state === 'stored' ? media.id : null,
    name: cleanText(media.name),
    mime_type: media.mimeType,
    size: media.state === 'remote' ? null : media.size,
    content_id: media.state === 'stored' ? (media.contentId ?? null) : null,
    state: media.state === 'remote' ? 'pending' : media.state,
    remote_ref: media.state === 'remote' ? media.ref : null,
    failure: media.state === 'refused' ? media.reason : null,
    created_at: now,
  }))

export const createMessageIngest = (dialect: Dialect, identities: Identities) => {
  const threading = createThreading(dialect)
  const insertMessages = bulkInsert<MessageInsert>(
    dialect,
    'messages',
    {
      id: 'text',
      conversation_id: 'text',
      account_id: 'text',
      identity_id: 'text',
      direction: 'text',
      text: 'text',
      html: 'text',
      subject: 'text',
      quoted_from: 'bigint',
      automatic: 'bigint',
      thread: 'text',
      remote_id: 'text',
      reply_to: 'text',
      sent_at: 'bigint',
      created_at: 'bigint',
    },
    'returning seq, id',
  )
  const insertAttachments = bulkInsert<AttachmentInsert>(dialect, 'attachments', {
    id: 'text',
    message_id: 'text',
    media_id: 'text',
    name: 'text',
    mime_type: 'text',
    size: 'bigint',
    content_id: 'text',
    state: 'text',
    remote_ref: 'text',
    failure: 'text',
    created_at: 'bigint',
  })

  /** What came before is dropped here, before it can open a conversation again. */
  const withoutRepeats = async (unit: Unit, incoming: Incoming[]): Promise<Incoming[]> => {
    const first = new Map<string, Incoming>()
    for (const one of incoming) {
      const key = `${one.account.id}\n${one.event.id}`
      if (!first.has(key)) first.set(key, one)
    }
    const values = sql.join([...first.values()].map((one) => sql`(${one.account.id}, ${one.event.id})`))
    const { rows } = await sql<{ account_id: string; remote_id: string }>`
      select account_id, remote_id from messages where (account_id, remote_id) in (values ${values})`.execute(unit.tx)
    for (const row of rows) first.delete(`${row.account_id}\n${row.remote_id}`)
    return [...first.values()]
  }

  const toRow = (arrival: Arrival, conversation: ConversationId, now: number): MessageInsert => ({
    id: newId<MessageId>(),
    conversation_id: conversation,
    account_id: arrival.account.id,
    identity_id: arrival.identity.id,
    direction: arrival.event.echoOf === undefined ? 'in' : 'out',
    text: arrival.text,
    html: arrival.event.html ?? null,
    subject: arrival.event.subject?.slice(0, 998) ?? null,
    quoted_from: arrival.event.quotedFrom ?? null,
    automatic: arrival.event.automatic ? 1 : 0,
    thread: arrival.event.thread,
    remote_id: arrival.event.id,
    reply_to: arrival.event.replyTo?.[0] ?? null,
    sent_at: Math.min(arrival.event.at, now),
    created_at: now,
  })

  /** An agent who is gone does not get back what was resolved: it goes to the queue. */
  const stillThere = async (unit: Unit, touched: Touched[]): Promise<Set<AgentId>> => {
    const reopened = touched.filter((entry) => entry.before === 'resolved' && entry.conversation.assignee_id)
    const ids = [...new Set(reopened.map((entry) => entry.conversation.assignee_id as AgentId))]
    if (ids.length === 0) return new Set()
    const rows = await unit.tx
      .selectFrom('agents')
      .select('id')
      .where('id', 'in', ids)
      .where('availability', '=', 'online')
      .where('connected', '=', 1)
      .where('last_seen_at', '>', unit.now - PRESENCE_MS)
      .where('disabled_at', 'is', null)
      .execute()
    return new Set(rows.map((row) => row.id))
  }

  const announceArrivals = async (
    unit: Unit,
    entry: Touched,
    row: Row<'conversations'>,
    views: Map<Arrival, MessageView>,
  ): Promise<void> => {
    if (entry.isNew)
      await announceConversation(unit, row, {
        happening: { type: 'created', actor: null, data: { accountId: row.account_id } },
        labelIds: [],
      })
    else if (entry.before !== 'open') {
      if (entry.before === 'snoozed') await clearTimer(unit.tx, SNOOZE_TIMER, row.id)
      const data = { from: entry.before, to: 'open', reason: 'customer_wrote' }
      await announceConversation(unit, row, {
        happening: { type: 'status', actor: null, data },
        before: entry.conversation,
      })
    }
    for (const arrival of entry.arrivals) {
      const { identity } = arrival
      const conversation = {
        ...toConversationPatch(row),
        ...(entry.isNew ? { labelIds: [] } : {}),
        contact: toContactBrief({
          id: identity.contact_id,
          name: identity.contact_name,
          vip_level: identity.vip_level,
        }),
        address: identity.address,
      }
      const message = views.get(arrival)
      if (message) unit.announce({ audience: audienceOf(row), event: { type: 'message.added', conversation, message } })
    }
  }

  const fetchRemote = (unit: Unit, event: InboundMessage, rows: AttachmentInsert[]) => {
    for (const row of rows.filter((one) => one.state === 'pending')) {
      const work: BusOut = {
        v: 1,
        type: 'fetch',
        account: event.account,
        attachmentId: row.id,
        ref: row.remote_ref ?? '',
        name: row.name,
        mimeType: row.mime_type,
      }
      unit.work('reply', work)
    }
  }

  return async (unit: Unit, incoming: Incoming[], onQueue: (team: Row<'teams'>['id']) => void): Promise<void> => {
    const fresh = await withoutRepeats(unit, incoming)
    if (fresh.length === 0) return
    const known = await identities.resolve(
      unit,
      fresh.map(({ event, account }) => ({
        account,
        from: event.from,
        thread: event.thread,
        at: event.at,
        window: event.window,
      })),
    )
    const arrivals = fresh.map(({ event, account }): Arrival => {
      const identity = known.get(keyOf({ account, from: event.from }))
      if (!identity) throw new Error(`identity ${event.from.address} was not stored`)
      const text = cleanText(event.text)
      return { event, account, identity, text, preview: previewOf(text, event.quotedFrom ?? null, event.media) }
    })
    const touched = await threading.place(unit, arrivals)
    const placeOf = new Map(touched.flatMap((entry) => entry.arrivals.map((a) => [a, entry.conversation.id] as const)))
    // In arrival order over all conversations, so that `seq` is the order in which the hub got them.
    const rows = arrivals.map((arrival) => toRow(arrival, placeOf.get(arrival) as ConversationId, unit.now))
    const inserted = await insertMessages.run<{ seq: number; id: string }>(unit.tx as never, rows)
    const seqs = new Map(inserted.map((row) => [row.id, row.seq]))
    const attachments = arrivals.map((arrival, index) =>
      attachmentRows(arrival.event, (rows[index] as MessageInsert).id, unit.now),
    )
    await insertAttachments.run(unit.tx as never, attachments.flat())

    const views = new Map<Arrival, MessageView>()
    const lastSeq = new Map<ConversationId, number>()
    for (const [index, arrival] of arrivals.entries()) {
      const row = rows[index] as MessageInsert
      const seq = seqs.get(row.id) ?? 0
      lastSeq.set(row.conversation_id as ConversationId, seq)
      const files = (attachments[index] ?? []).map((file) => ({ ...file, uploaded_by: null }) as Row<'attachments'>)
      const stored = { ...row, seq, author_id: null, withdrawn_at: null } as Row<'messages'>
      views.set(arrival, toMessageView(stored, files, null))
      fetchRemote(unit, arrival.event, attachments[index] ?? [])
    }
    const there = await stillThere(unit, touched)
    const updated = await threading.touch(
      unit,
      touched.map((entry) => {
        const assignee = entry.conversation.assignee_id
        const keeps = entry.before !== 'resolved' || (assignee !== null && there.has(assignee))
        return { touched: entry, lastSeq: lastSeq.get(entry.conversation.id) ?? 0, assigneeId: keeps ? assignee : null }
      }),
    )
    for (const entry of touched) {
      const row = updated.get(entry.conversation.id)
      if (!row) continue
      await announceArrivals(unit, entry, row, views)
      if (row.team_id && !row.assignee_id && (entry.isNew || entry.before !== 'open')) onQueue(row.team_id)
    }
  }
}
