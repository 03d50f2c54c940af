import type {
  AccountId,
  AgentId,
  Availability,
  ContactId,
  ConversationId,
  ConversationStatus,
  DeliveryId,
  IdentityId,
  MessageId,
  Priority,
  TeamId,
} from '../src/model.ts'
import type { RequestKey } from './once.ts'
import type { Outcome } from './outcome.ts'
import type { Viewer } from './viewer.ts'

export interface ReplyInput {
  text: string
  subject?: string | undefined
  /** Which way it goes; absent = the way the customer wrote last. Both or none. */
  identityId?: IdentityId | undefined
  accountId?: AccountId | undefined
  attachmentIds: string[]
  request?: RequestKey | undefined
}

export interface StartInput {
  /** A known identity … */
  identityId?: IdentityId | undefined
  /** … or an address typed by hand, for a new or a given contact. */
  address?: string | undefined
  contactId?: ContactId | undefined
  contactName?: string | undefined
  accountId: AccountId
  text: string
  subject?: string | undefined
  attachmentIds: string[]
  request?: RequestKey | undefined
}

/**
 * Everything a person can make the hub do to conversations and contacts. Each is one transaction with its events in the
 * outbox. The caller has checked that the viewer's role allows the kind of act; whether it is the viewer's conversation
 * is checked here.
 */
export interface Commands {
  reply(viewer: Viewer, conversation: ConversationId, input: ReplyInput): Promise<Outcome<MessageId>>
  note(
    viewer: Viewer,
    conversation: ConversationId,
    input: { text: string; attachmentIds: string[]; request?: RequestKey | undefined },
  ): Promise<Outcome<MessageId>>
  start(viewer: Viewer, input: StartInput): Promise<Outcome<{ conversationId: ConversationId; messageId: MessageId }>>
  update(
    viewer: Viewer,
    conversation: ConversationId,
    change: {
      status?: ConversationStatus | undefined
      /** Required with status `snoozed`; in the future. */
      snoozedUntil?: number | undefined
      priority?: Priority | undefined
      /** Null gives it back to the queue. */
      assigneeId?: AgentId | null | undefined
      teamId?: TeamId | null | undefined
      labelIds?: string[] | undefined
    },
  ): Promise<Outcome<void>>
  markRead(viewer: Viewer, conversation: ConversationId): Promise<Outcome<void>>
  /** Sends a failed or unknown delivery once more, because a person said so. */
  retryDelivery(viewer: Viewer, delivery: DeliveryId): Promise<Outcome<void>>
  createContact(
    viewer: Viewer,
    input: {
      name: string | null
      language?: string | undefined
      timeZone?: string | undefined
      vipLevel?: number | undefined
    },
  ): Promise<Outcome<ContactId>>
  updateContact(
    viewer: Viewer,
    contact: ContactId,
    change: {
      name?: string | null | undefined
      language?: string | null | undefined
      timeZone?: string | null | undefined
      vipLevel?: number | undefined
      attributes?: Record<string, unknown> | undefined
    },
  ): Promise<Outcome<void>>
  addIdentity(
    viewer: Viewer,
    contact: ContactId,
    input: { accountId: AccountId; address: string },
  ): Promise<Outcome<IdentityId>>
  /** `loser` joins into `winner`; returns the id of the join, by which it can be undone. */
  join(viewer: Viewer, winner: ContactId, loser: ContactId): Promise<Outcome<string>>
  undoJoin(viewer: Viewer, join: string): Promise<Outcome<void>>
  setAvailability(agent: AgentId, availability: Availability): Promise<void>
  /** An inbox of the agent is open (or none any more). Called on the first and after the last, and every 30 s between. */
  setConnected(agent: AgentId, connected: boolean): Promise<void>
  replayDeadLetter(viewer: Viewer, id: string): Promise<Outcome<void>>
}
