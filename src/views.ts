import * as v from 'valibot'
import { AVAILABILITIES, CONVERSATION_STATUSES, DELIVERY_STATES, PRIORITIES, ROLES } from './model.ts'

/**
 * What the API and the event stream show: the one description of every shape that leaves the hub, from which the
 * OpenAPI document, the inbox's types and the server's checks all come. Times are UTC milliseconds.
 */

const time = v.pipe(v.number(), v.integer())
const id = v.string()

export const healthView = v.object({
  state: v.picklist(['connecting', 'ok', 'degraded', 'needs_login', 'misconfigured', 'down']),
  /** What to do when it is not ok. */
  detail: v.string(),
  /** Text of a QR code to scan, while a login waits for one. */
  qr: v.optional(v.string()),
})

export const capabilitiesView = v.object({
  text: v.object({ maxLength: v.number(), formats: v.array(v.picklist(['plain', 'html'])) }),
  media: v.record(v.string(), v.object({ maxBytes: v.number(), mimeTypes: v.array(v.string()) })),
  subject: v.boolean(),
  receipts: v.array(v.string()),
  idempotency: v.picklist(['native', 'lookup', 'none']),
  startsConversations: v.boolean(),
  replyWindow: v.nullable(v.object({ ms: v.number(), messages: v.nullable(v.number()) })),
  concurrency: v.number(),
})

const bilingual = v.object({ en: v.string(), zh: v.string() })

export const channelView = v.object({
  channel: v.string(),
  label: bilingual,
  glyph: v.picklist(['chat', 'sms', 'wechat', 'mail', 'hook']),
  capabilities: capabilitiesView,
  /** An account of it logs in by QR code, and can be logged out. */
  logsIn: v.optional(v.boolean()),
  fields: v.array(
    v.object({
      key: v.string(),
      type: v.picklist(['text', 'secret', 'number', 'boolean', 'select', 'list']),
      label: bilingual,
      help: v.optional(bilingual),
      options: v.optional(v.array(v.object({ value: v.string(), label: bilingual }))),
      required: v.boolean(),
      placeholder: v.optional(v.string()),
    }),
  ),
})

/** An account as everybody may see it: enough to name it beside a message. */
export const accountBriefView = v.object({
  id,
  channel: v.string(),
  glyph: v.picklist(['chat', 'sms', 'wechat', 'mail', 'hook']),
  name: v.string(),
})

export const accountView = v.object({
  ...accountBriefView.entries,
  teamId: v.nullable(id),
  enabled: v.boolean(),
  sandbox: v.boolean(),
  /** Settings; a secret that is set reads `{ "set": true }`, never its value. */
  config: v.record(v.string(), v.unknown()),
  health: healthView,
  healthAt: time,
  hookUrl: v.string(),
  createdAt: time,
})

export const teamView = v.object({ id, name: v.string(), memberIds: v.array(id) })

export const agentView = v.object({
  id,
  name: v.string(),
  email: v.string(),
  role: v.picklist(ROLES),
  capacity: v.number(),
  /** What the agent chose; conversations are given only while also `connected`. */
  availability: v.picklist(AVAILABILITIES),
  connected: v.boolean(),
  /** Open conversations held now. */
  load: v.number(),
  teamIds: v.array(id),
  disabled: v.boolean(),
})

export const labelView = v.object({ id, name: v.string(), color: v.string() })

export const attachmentView = v.object({
  id,
  name: v.string(),
  mimeType: v.string(),
  size: v.nullable(v.number()),
  kind: v.picklist(['image', 'audio', 'video', 'file']),
  state: v.picklist(['stored', 'pending', 'failed', 'refused']),
  /** Where to get it while `stored`: `/api/v1/attachments/<id>`. */
  url: v.nullable(v.string()),
  /** Of `failed` and `refused`: why, in words. */
  reason: v.nullable(v.string()),
  /** Of an inline picture of a mail: its cid. */
  contentId: v.nullable(v.string()),
})

export const failureView = v.object({
  class: v.picklist(['retryable', 'throttled', 'permanent', 'uncertain']),
  code: v.string(),
  detail: v.string(),
})

export const deliveryView = v.object({
  id,
  state: v.picklist(DELIVERY_STATES),
  failure: v.nullable(failureView),
  attempts: v.number(),
  /** Of a planned delivery that waits for a retry. */
  nextAttemptAt: v.nullable(time),
  at: time,
})

export const messageView = v.object({
  id,
  seq: v.number(),
  conversationId: id,
  direction: v.picklist(['in', 'out', 'note']),
  accountId: v.nullable(id),
  identityId: v.nullable(id),
  /** Agent who wrote it; null for a customer's message and for one that no person wrote. */
  authorId: v.nullable(id),
  text: v.string(),
  /** Sanitised; to be shown in a sandboxed frame only. */
  html: v.nullable(v.string()),
  subject: v.nullable(v.string()),
  /** Where in `text` the quoted history begins. */
  quotedFrom: v.nullable(v.number()),
  automatic: v.boolean(),
  withdrawnAt: v.nullable(time),
  /** When the sender says it was written; `createdAt` is when the hub stored it. */
  sentAt: time,
  createdAt: time,
  attachments: v.array(attachmentView),
  /** Only in events: the message is too large for one, so its body is cut; fetch it. */
  trimmed: v.optional(v.boolean()),
  delivery: v.nullable(deliveryView),
})

export const identityView = v.object({
  id,
  accountId: id,
  channel: v.string(),
  address: v.string(),
  displayName: v.nullable(v.string()),
  verified: v.boolean(),
  lastSeenAt: v.nullable(time),
  window: v.nullable(v.object({ expiresAt: time, remaining: v.nullable(v.number()) })),
})

export const contactBriefView = v.object({
  id,
  /** Null when nobody told a name; show the newest address then. */
  name: v.nullable(v.string()),
  vipLevel: v.number(),
})

/** Why a team and an agent were chosen, or nobody could be. */
export const assignmentDecisionView = v.object({
  rule: v.picklist(['least_busy', 'manual', 'none']),
  chosen: v.nullable(id),
  candidates: v.array(
    v.object({
      agentId: id,
      agentName: v.string(),
      load: v.number(),
      capacity: v.number(),
      idleSince: v.nullable(time),
      /** Null for the chosen one. */
      rejected: v.nullable(
        v.picklist(['offline', 'not_connected', 'away', 'at_capacity', 'busier', 'idle_shorter', 'disabled']),
      ),
    }),
  ),
})

export const conversationView = v.object({
  id,
  contact: contactBriefView,
  /** Account and identity of the newest message from the customer. */
  accountId: id,
  identityId: id,
  /** Address of that identity, to show where the contact has no name. */
  address: v.string(),
  teamId: v.nullable(id),
  assigneeId: v.nullable(id),
  status: v.picklist(CONVERSATION_STATUSES),
  priority: v.picklist(PRIORITIES),
  subject: v.nullable(v.string()),
  /** Arrival of the oldest customer message that nobody answered yet. */
  waitingSince: v.nullable(time),
  unread: v.number(),
  snoozedUntil: v.nullable(time),
  preview: v.string(),
  previewDirection: v.picklist(['in', 'out', 'note']),
  lastMessageAt: time,
  lastSeq: v.number(),
  labelIds: v.array(id),
  createdAt: time,
  updatedAt: time,
})

/** An entry of a conversation's history that is not a message. `data` depends on `type`. */
export const eventView = v.object({
  id,
  seq: v.number(),
  type: v.picklist([
    'created',
    'assigned',
    'unassigned',
    'queued',
    'status',
    'priority',
    'labels',
    'joined',
    'parted',
    'consent',
    'channel_changed',
  ]),
  /** Agent who did it; null when the hub did. */
  actorId: v.nullable(id),
  data: v.record(v.string(), v.unknown()),
  at: time,
})

/** One way to reach the contact of a conversation now, or the reason why not. Ordered, best first. */
export const routeView = v.object({
  identityId: id,
  accountId: id,
  channel: v.string(),
  glyph: v.picklist(['chat', 'sms', 'wechat', 'mail', 'hook']),
  accountName: v.string(),
  address: v.string(),
  displayName: v.nullable(v.string()),
  possible: v.boolean(),
  /** Null when possible. */
  reason: v.nullable(
    v.picklist([
      'account_disabled',
      'account_down',
      'window_closed',
      'quota_used',
      'no_window',
      'suppressed',
      'not_present',
    ]),
  ),
  /** Of a suppression: what the customer or provider said. */
  evidence: v.nullable(v.string()),
  window: v.nullable(v.object({ expiresAt: time, remaining: v.nullable(v.number()) })),
  capabilities: capabilitiesView,
})

export const joinView = v.object({
  id,
  winnerId: id,
  loserId: id,
  /** Of one who told no name: an address of theirs. */
  loserName: v.nullable(v.string()),
  agentId: v.nullable(id),
  at: time,
})

export const contactView = v.object({
  ...contactBriefView.entries,
  language: v.nullable(v.string()),
  timeZone: v.nullable(v.string()),
  attributes: v.record(v.string(), v.unknown()),
  identities: v.array(identityView),
  /** Joins that can still be undone, newest first. */
  joins: v.array(joinView),
  /** Channels on which the contact said stop, or cannot be reached. */
  suppressions: v.array(
    v.object({
      space: v.string(),
      address: v.string(),
      accountId: id,
      reason: v.string(),
      evidence: v.string(),
      at: time,
    }),
  ),
  createdAt: time,
  updatedAt: time,
})

export const deadLetterView = v.object({
  id,
  accountId: v.nullable(id),
  stage: v.picklist(['ingest', 'send']),
  payload: v.string(),
  error: v.string(),
  createdAt: time,
  replayedAt: v.nullable(time),
})

export type HealthView = v.InferOutput<typeof healthView>
export type CapabilitiesView = v.InferOutput<typeof capabilitiesView>
export type ChannelView = v.InferOutput<typeof channelView>
export type AccountBriefView = v.InferOutput<typeof accountBriefView>
export type AccountView = v.InferOutput<typeof accountView>
export type TeamView = v.InferOutput<typeof teamView>
export type AgentView = v.InferOutput<typeof agentView>
export type LabelView = v.InferOutput<typeof labelView>
export type AttachmentView = v.InferOutput<typeof attachmentView>
export type DeliveryView = v.InferOutput<typeof deliveryView>
export type MessageView = v.InferOutput<typeof messageView>
export type IdentityView = v.InferOutput<typeof identityView>
export type ContactBriefView = v.InferOutput<typeof contactBriefView>
export type ConversationView = v.InferOutput<typeof conversationView>
export type AssignmentDecisionView = v.InferOutput<typeof assignmentDecisionView>
export type EventView = v.InferOutput<typeof eventView>
export type RouteView = v.InferOutput<typeof routeView>
export type JoinView = v.InferOutput<typeof joinView>
export type ContactView = v.InferOutput<typeof contactView>
export type DeadLetterView = v.InferOutput<typeof deadLetterView>

/**
 * One event on `/api/v1/events` (SSE `data:`; SSE `id:` is the position to resume from). The inbox applies it to what
 * it shows; what it does not know yet it fetches.
 */
export type LiveEvent =
  /** New message; `conversation` is the state of its conversation after it. */
  | { type: 'message.added'; conversation: ConversationPatch; message: MessageView }
  /** Delivery state, attachment state or withdrawal changed. */
  | { type: 'message.changed'; conversationId: string; message: MessageView }
  | { type: 'conversation.changed'; conversation: ConversationPatch; event: EventView | null }
  /** Identities, joins or attributes changed: fetch it again. */
  | { type: 'contact.changed'; contactId: string; joinedInto: string | null }
  | { type: 'agent.changed'; agentId: string }
  | { type: 'account.changed'; accountId: string }
  | { type: 'account.health'; accountId: string; health: HealthView; at: number }
  | { type: 'settings.changed'; what: 'teams' | 'labels' | 'agents' | 'accounts' }
  | { type: 'dead_letter.added'; id: string }
  /** Somebody types in a conversation (never stored). */
  | { type: 'typing'; conversationId: string; who: 'customer' | 'agent'; agentId: string | null; on: boolean }
  /** What was missed is no longer kept: fetch everything again. */
  | { type: 'reset' }

/** The fields of a conversation that an event carries: everything but the labels and contact when they did not change. */
export type ConversationPatch = Omit<ConversationView, 'labelIds' | 'contact' | 'address' | 'subject'> &
  Partial<Pick<ConversationView, 'labelIds' | 'contact' | 'address' | 'subject'>>
