import type { Queries } from '../../src/db.ts'
import type { ConversationId, MessageId } from '../../src/model.ts'
import type { Row } from '../../src/schema.ts'
import type { EventView, MessageView } from '../../src/views.ts'
import { toEventView, toMessageView } from '../present.ts'

export interface MessagePage {
  /** Oldest first. */
  items: MessageView[]
  /** What happened between them, oldest first. */
  events: EventView[]
  /** `before` of the page of older ones; null when this is the beginning. */
  nextBefore: number | null
}

const EVENTS_PER_PAGE = 500

/** Messages with their attachments and newest delivery. */
export const toMessageViews = async (db: Queries, rows: Row<'messages'>[]): Promise<MessageView[]> => {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const [attachments, deliveries] = await Promise.all([
    db.selectFrom('attachments').selectAll().where('message_id', 'in', ids).orderBy('id').execute(),
    db.selectFrom('deliveries').selectAll().where('message_id', 'in', ids).orderBy('seq').execute(),
  ])
  const newest = new Map(deliveries.map((delivery) => [delivery.message_id, delivery]))
  const attached = Map.groupBy(attachments, (attachment) => attachment.message_id)
  return rows.map((row) => toMessageView(row, attached.get(row.id) ?? [], newest.get(row.id) ?? null))
}

/** Events of the page's stretch of time: from its oldest message (or the beginning) to the oldest of the next page. */
const readEvents = (db: Queries, conversation: ConversationId, from: number | null, to: number | null) =>
  db
    .selectFrom('events')
    .selectAll()
    .where('conversation_id', '=', conversation)
    .$if(from !== null, (query) => query.where('at', '>=', from as number))
    .$if(to !== null, (query) => query.where('at', '<', to as number))
    .orderBy('seq', 'desc')
    .limit(EVENTS_PER_PAGE)
    .execute()

const createdAt = async (db: Queries, conversation: ConversationId, seq: number): Promise<number | null> => {
  const row = await db
    .selectFrom('messages')
    .select('created_at')
    .where('conversation_id', '=', conversation)
    .where('seq', '>=', seq)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row?.created_at ?? null
}

export const readMessages = async (
  db: Queries,
  conversation: ConversationId,
  options: { before: number | null; limit: number },
): Promise<MessagePage> => {
  const { before, limit } = options
  const rows = await db
    .selectFrom('messages')
    .selectAll()
    .where('conversation_id', '=', conversation)
    .$if(before !== null, (query) => query.where('seq', '<', before as number))
    .orderBy('seq', 'desc')
    .limit(limit + 1)
    .execute()
  const kept = rows.slice(0, limit).reverse()
  const oldest = kept[0]
  const more = rows.length > limit && oldest !== undefined
  const until = before === null ? null : await createdAt(db, conversation, before)
  const [items, events] = await Promise.all([
    toMessageViews(db, kept),
    readEvents(db, conversation, more ? oldest.created_at : null, until),
  ])
  return { items, events: events.reverse().map(toEventView), nextBefore: more ? oldest.seq : null }
}

export const readMessage = async (db: Queries, id: MessageId): Promise<MessageView | null> => {
  const row = await db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? ((await toMessageViews(db, [row]))[0] ?? null) : null
}
