import type { Db } from '../../src/db.ts'
import { newId } from '../../src/ids.ts'
import type {
  AccountId,
  AgentId,
  ContactId,
  ConversationId,
  ConversationStatus,
  IdentityId,
  TeamId,
} from '../../src/model.ts'

/** Rows by readable ids, for tests of what reads them. */

const ACCOUNT = 'account' as AccountId

export const emptyHub = async ({ kysely }: Db): Promise<void> => {
  for (const table of [
    'events',
    'messages',
    'conversation_labels',
    'conversations',
    'identities',
    'contacts',
    'accounts',
    'team_members',
    'agents',
    'teams',
  ] as const)
    await kysely.deleteFrom(table).execute()
}

export const insertPeople = async ({ kysely }: Db, people: { teams: string[]; agents: string[] }): Promise<void> => {
  for (const team of people.teams)
    await kysely
      .insertInto('teams')
      .values({ id: team as TeamId, name: team, created_at: 0 })
      .execute()
  for (const agent of people.agents)
    await kysely
      .insertInto('agents')
      .values({
        id: agent as AgentId,
        email: `${agent}@example.com`,
        name: agent,
        role: 'agent',
        capacity: 10,
        availability: 'online',
        connected: 0,
        available_since: null,
        last_assigned_at: null,
        last_seen_at: null,
        language: null,
        disabled_at: null,
        created_at: 0,
      })
      .execute()
  await kysely
    .insertInto('accounts')
    .values({
      id: ACCOUNT,
      channel: 'pigeon',
      name: 'Pigeons',
      config: '{}',
      team_id: null,
      enabled: 1,
      sandbox: 0,
      health: '{"state":"ok","detail":""}',
      health_at: 0,
      created_at: 0,
      updated_at: 0,
    })
    .execute()
}

export const insertConversation = async (
  { kysely }: Db,
  id: string,
  facts: {
    status?: ConversationStatus | undefined
    teamId?: string | null
    assigneeId?: string | null
    waitingSince?: number | null
    lastMessageAt?: number
    contactName?: string
    address?: string
  } = {},
): Promise<ConversationId> => {
  const at = facts.lastMessageAt ?? 1000
  const contact = `contact-of-${id}` as ContactId
  const identity = `identity-of-${id}` as IdentityId
  await kysely
    .insertInto('contacts')
    .values({
      id: contact,
      name: facts.contactName ?? null,
      language: null,
      time_zone: null,
      joined_into: null,
      created_at: at,
      updated_at: at,
    })
    .execute()
  await kysely
    .insertInto('identities')
    .values({
      id: identity,
      contact_id: contact,
      account_id: ACCOUNT,
      channel: 'pigeon',
      space: 'phone',
      address: facts.address ?? id,
      display_name: null,
      verified: 1,
      thread: null,
      last_seen_at: at,
      window_expires_at: null,
      window_remaining: null,
      created_at: at,
    })
    .execute()
  await kysely
    .insertInto('conversations')
    .values({
      id: id as ConversationId,
      contact_id: contact,
      account_id: ACCOUNT,
      identity_id: identity,
      team_id: (facts.teamId ?? null) as TeamId | null,
      assignee_id: (facts.assigneeId ?? null) as AgentId | null,
      assigned_at: null,
      status: facts.status ?? 'open',
      priority: 'normal',
      subject: null,
      waiting_since: facts.waitingSince ?? null,
      snoozed_until: null,
      last_message_at: at,
      last_seq: 1,
      created_at: at,
      updated_at: at,
      resolved_at: null,
    })
    .execute()
  return id as ConversationId
}

export const insertMessage = async (
  { kysely }: Db,
  conversation: string,
  message: { text: string; at?: number },
): Promise<void> => {
  const at = message.at ?? 1000
  await kysely
    .insertInto('messages')
    .values({
      id: newId(),
      conversation_id: conversation as ConversationId,
      account_id: ACCOUNT,
      identity_id: `identity-of-${conversation}` as IdentityId,
      direction: 'in',
      author_id: null,
      text: message.text,
      html: null,
      subject: null,
      quoted_from: null,
      thread: null,
      remote_id: newId(),
      reply_to: null,
      withdrawn_at: null,
      sent_at: at,
      created_at: at,
    })
    .execute()
}
