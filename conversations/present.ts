import type { Audience } from '../src/bus.ts'
import { type Failure, mediaKindOf } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import type {
  AttachmentView,
  ContactBriefView,
  ConversationPatch,
  DeliveryView,
  EventView,
  MessageView,
} from '../src/views.ts'

/** Rows as the API and the event stream show them: the one place where a row becomes a view. */

export const toAttachmentView = (row: Row<'attachments'>): AttachmentView => ({
  id: row.id,
  name: row.name,
  mimeType: row.mime_type,
  size: row.size,
  kind: mediaKindOf(row.mime_type),
  state: row.state,
  url: row.state === 'stored' ? `/api/v1/attachments/${row.id}` : null,
  reason: row.failure,
  contentId: row.content_id,
})

export const toDeliveryView = (row: Row<'deliveries'>): DeliveryView => {
  const failure = row.failure === null ? null : (JSON.parse(row.failure) as Failure)
  return {
    id: row.id,
    state: row.state,
    failure: failure && { class: failure.class, code: failure.code, detail: failure.detail },
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    at: row.read_at ?? row.delivered_at ?? row.ended_at ?? row.accepted_at ?? row.planned_at,
  }
}

export const toMessageView = (
  row: Row<'messages'>,
  attachments: Row<'attachments'>[],
  delivery: Row<'deliveries'> | null,
): MessageView => ({
  id: row.id,
  seq: row.seq,
  conversationId: row.conversation_id,
  direction: row.direction,
  accountId: row.account_id,
  identityId: row.identity_id,
  authorId: row.author_id,
  text: row.text,
  html: row.html,
  subject: row.subject,
  quotedFrom: row.quoted_from,
  automatic: row.automatic === 1,
  withdrawnAt: row.withdrawn_at,
  sentAt: row.sent_at,
  createdAt: row.created_at,
  attachments: attachments.map(toAttachmentView),
  delivery: delivery && toDeliveryView(delivery),
})

export const toEventView = (row: Row<'events'>): EventView => ({
  id: row.id,
  seq: row.seq,
  type: row.type as EventView['type'],
  actorId: row.actor_id,
  data: JSON.parse(row.data) as Record<string, unknown>,
  at: row.at,
})

export const toContactBrief = (row: Pick<Row<'contacts'>, 'id' | 'name' | 'vip_level'>): ContactBriefView => ({
  id: row.id,
  name: row.name,
  vipLevel: row.vip_level,
})

export const toConversationPatch = (row: Row<'conversations'>): ConversationPatch => ({
  id: row.id,
  accountId: row.account_id,
  identityId: row.identity_id,
  teamId: row.team_id,
  assigneeId: row.assignee_id,
  status: row.status,
  priority: row.priority,
  subject: row.subject,
  waitingSince: row.waiting_since,
  unread: row.unread,
  snoozedUntil: row.snoozed_until,
  preview: row.preview,
  previewDirection: row.preview_direction,
  lastMessageAt: row.last_message_at,
  lastSeq: row.last_seq,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

export const audienceOf = (
  row: Pick<Row<'conversations'>, 'team_id' | 'assignee_id' | 'account_id'>,
): Audience & { kind: 'conversation' } => ({
  kind: 'conversation',
  teamId: row.team_id,
  assigneeId: row.assignee_id,
  accountId: row.account_id,
})
