import type { Generated, Selectable } from 'kysely'
import type {
  AccountId,
  AgentId,
  Availability,
  ContactId,
  ConversationId,
  ConversationStatus,
  DeliveryId,
  DeliveryState,
  Direction,
  IdentityId,
  Lane,
  MediaId,
  MessageId,
  Priority,
  ReceiptStatus,
  RemoteId,
  Role,
  SendKey,
  TeamId,
} from './model.ts'

/** The tables, as migrations/ make them. Flags are 0 or 1, times UTC milliseconds, columns named here as JSON hold text. */
export interface Schema {
  teams: { id: TeamId; name: string; created_at: number }
  agents: {
    id: AgentId
    email: string
    name: string
    role: Role
    capacity: number
    availability: Availability
    /** 1 while at least one inbox of this agent is open. */
    connected: number
    /** Since when the agent can be given work; ties of load go to the one idle longest. */
    available_since: number | null
    last_assigned_at: number | null
    last_seen_at: number | null
    language: string | null
    disabled_at: number | null
    created_at: number
  }
  team_members: { team_id: TeamId; agent_id: AgentId }

  accounts: {
    id: AccountId
    channel: string
    name: string
    /** JSON; fields that are secret are sealed (src/secrets.ts). */
    config: string
    team_id: TeamId | null
    enabled: number
    sandbox: number
    /** JSON Health. */
    health: string
    health_at: number
    created_at: number
    updated_at: number
  }
  account_cursors: { account_id: AccountId; receiver: string; cursor: string }

  contacts: {
    id: ContactId
    name: string | null
    language: string | null
    time_zone: string | null
    vip_level: Generated<number>
    /** JSON object. */
    attributes: Generated<string>
    /** Set while this contact is joined into another: nothing points to it any more. */
    joined_into: ContactId | null
    created_at: number
    updated_at: number
  }
  identities: {
    id: IdentityId
    contact_id: ContactId
    /** Account by which this identity was last heard. */
    account_id: AccountId
    channel: string
    /** `phone`, `email`, or the account's id where an address is known to one account only. */
    space: string
    address: string
    display_name: string | null
    verified: number
    thread: string | null
    last_seen_at: number | null
    window_expires_at: number | null
    window_remaining: number | null
    created_at: number
  }
  contact_joins: {
    id: string
    winner_id: ContactId
    loser_id: ContactId
    agent_id: AgentId | null
    /** JSON of what moved, so that it can move back. */
    moved: string
    created_at: number
    undone_at: number | null
  }
  consents: {
    id: string
    contact_id: ContactId
    /** Who said it; null when an agent wrote it down. */
    identity_id: IdentityId | null
    channel: string
    purpose: string
    state: 'granted' | 'revoked'
    evidence: string
    at: number
  }
  suppressions: {
    space: string
    address: string
    account_id: AccountId
    reason: 'stop' | 'unreachable'
    evidence: string
    at: number
  }

  conversations: {
    id: ConversationId
    contact_id: ContactId
    account_id: AccountId
    identity_id: IdentityId
    team_id: TeamId | null
    assignee_id: AgentId | null
    assigned_at: number | null
    status: ConversationStatus
    priority: Priority
    subject: string | null
    waiting_since: number | null
    unread: Generated<number>
    snoozed_until: number | null
    preview: Generated<string>
    preview_direction: Generated<Direction>
    last_message_at: number
    last_seq: Generated<number>
    created_at: number
    updated_at: number
    resolved_at: number | null
  }
  messages: {
    seq: Generated<number>
    id: MessageId
    conversation_id: ConversationId
    /** Null for a note. */
    account_id: AccountId | null
    identity_id: IdentityId | null
    direction: Direction
    author_id: AgentId | null
    text: string
    html: string | null
    subject: string | null
    quoted_from: number | null
    automatic: Generated<number>
    thread: string | null
    /** The provider's id of an inbound message. Those of outbound ones are in delivery_remotes. */
    remote_id: RemoteId | null
    reply_to: RemoteId | null
    withdrawn_at: number | null
    sent_at: number
    created_at: number
  }
  attachments: {
    id: string
    message_id: MessageId | null
    media_id: MediaId | null
    name: string
    mime_type: string
    size: number | null
    content_id: string | null
    state: 'stored' | 'pending' | 'failed' | 'refused'
    remote_ref: string | null
    failure: string | null
    /** Who uploaded it, while it belongs to no message. */
    uploaded_by: AgentId | null
    created_at: number
  }
  labels: { id: string; name: string; color: string; created_at: number }
  conversation_labels: { conversation_id: ConversationId; label_id: string }
  events: {
    seq: Generated<number>
    id: string
    conversation_id: ConversationId | null
    contact_id: ContactId | null
    type: string
    actor_id: AgentId | null
    /** JSON object. */
    data: string
    at: number
  }

  deliveries: {
    seq: Generated<number>
    id: DeliveryId
    message_id: MessageId
    conversation_id: ConversationId
    account_id: AccountId
    identity_id: IdentityId
    send_key: SendKey
    lane: Lane
    state: DeliveryState
    /** JSON Failure of the last attempt. */
    failure: string | null
    attempts: Generated<number>
    next_attempt_at: number | null
    /** JSON: the candidates and reasons from which this route was chosen. */
    decision: string
    planned_at: number
    accepted_at: number | null
    delivered_at: number | null
    read_at: number | null
    ended_at: number | null
  }
  delivery_remotes: { account_id: AccountId; remote_id: RemoteId; delivery_id: DeliveryId }
  delivery_attempts: {
    delivery_id: DeliveryId
    attempt: number
    /** Which node handed it over: only that one can know that it is not still doing so. */
    node: string
    started_at: number
    ended_at: number | null
    outcome: string | null
    failure: string | null
  }
  receipts: {
    account_id: AccountId
    id: string
    remote_id: RemoteId | null
    send_key: SendKey | null
    status: ReceiptStatus
    failure: string | null
    at: number
    /** 0 while no delivery is known for it (a provider's callback can overtake its own answer). */
    applied: number
  }

  timers: { kind: string; key: string; due_at: number; data: string; claimed_until: number | null }
  outbox: { seq: Generated<number>; node: string; subject: string; payload: string; created_at: number }
  ingest_cursors: { partition: number; stream: string; seq: number }
  dead_letters: {
    id: string
    account_id: AccountId | null
    stage: 'ingest' | 'send'
    payload: string
    error: string
    created_at: number
    replayed_at: number | null
  }
  idempotency: {
    agent_id: AgentId
    key: string
    request_hash: string
    status: number | null
    body: string | null
    /** What its work brought about, written in that transaction; null while it is not done. */
    result: string | null
    created_at: number
  }
  settings: { key: string; value: string }
}

export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>
