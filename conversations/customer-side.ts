import type { Kysely } from 'kysely'
import type { AccountId, ConversationId, DeliveryState, MediaId, Millis, RemoteId } from '../src/model.ts'
import type { Row, Schema } from '../src/schema.ts'
import { PRESENCE_MS } from './assign.ts'
import { type ChannelCatalogue, factsOf, spaceOf } from './channel-facts.ts'

/**
 * What the customer's side may know: the messages of one address on one account, whether somebody is there, and whose
 * files are whose. What the same person wrote by other channels is not shown here: an address proves only itself.
 */

export interface CustomerMessage {
  seq: number
  id: string
  direction: 'in' | 'out'
  remoteId: RemoteId | null
  text: string
  html: string | null
  media: { id: MediaId; name: string; mimeType: string; size: number }[]
  author: string | null
  at: Millis
  state: DeliveryState | null
}

export interface CustomerSide {
  history(account: AccountId, address: string, after: number, limit: number): Promise<CustomerMessage[]>
  attended(account: AccountId): Promise<boolean>
  mayRead(account: AccountId, address: string, media: MediaId): Promise<boolean>
  /** The conversation in which this address is spoken with now. */
  conversationOf(account: AccountId, address: string): Promise<Row<'conversations'> | null>
  /** Account and address to which a conversation is answered. */
  addressOf(conversation: ConversationId): Promise<{ account: AccountId; address: string } | null>
  /** The newest message of the customer in a conversation: up to where an agent has read. */
  newestInbound(
    conversation: ConversationId,
  ): Promise<{ account: AccountId; address: string; remoteId: RemoteId } | null>
}

export const createCustomerSide = (deps: {
  db: Kysely<Schema>
  catalogue: ChannelCatalogue
  now: () => Millis
}): CustomerSide => {
  const { db, catalogue } = deps

  const identityOf = async (account: AccountId, address: string): Promise<Row<'identities'> | null> => {
    const row = await db.selectFrom('accounts').select('channel').where('id', '=', account).executeTakeFirst()
    if (!row) return null
    const identity = await db
      .selectFrom('identities')
      .selectAll()
      .where('space', '=', spaceOf(factsOf(catalogue, row.channel), account))
      .where('address', '=', address)
      .executeTakeFirst()
    return identity ?? null
  }

  const filesOf = async (messages: { id: Row<'messages'>['id'] }[]) => {
    if (messages.length === 0) return []
    return db
      .selectFrom('attachments')
      .select(['message_id', 'media_id', 'name', 'mime_type', 'size'])
      .where(
        'message_id',
        'in',
        messages.map((message) => message.id),
      )
      .where('state', '=', 'stored')
      .orderBy('id')
      .execute()
  }

  return {
    async history(account, address, after, limit) {
      const identity = await identityOf(account, address)
      if (!identity) return []
      const rows = await db
        .selectFrom('messages')
        .leftJoin('agents', 'agents.id', 'messages.author_id')
        .select(['messages.seq', 'messages.id', 'direction', 'remote_id', 'text', 'html', 'sent_at'])
        .select('agents.name as author')
        .select((fn) =>
          fn
            .selectFrom('deliveries')
            .select('deliveries.state')
            .whereRef('deliveries.message_id', '=', 'messages.id')
            .orderBy('deliveries.seq', 'desc')
            .limit(1)
            .as('state'),
        )
        .where('messages.identity_id', '=', identity.id)
        .where('messages.account_id', '=', account)
        .where('direction', 'in', ['in', 'out'])
        .where('withdrawn_at', 'is', null)
        .where('messages.seq', '>', after)
        .orderBy('messages.seq')
        .limit(limit)
        .execute()
      const files = await filesOf(rows)
      return rows.map((row) => ({
        seq: row.seq,
        id: row.id,
        direction: row.direction as 'in' | 'out',
        remoteId: row.remote_id,
        text: row.text,
        html: row.html,
        media: files
          .filter((file) => file.message_id === row.id)
          .map((file) => ({
            id: file.media_id as MediaId,
            name: file.name,
            mimeType: file.mime_type,
            size: file.size ?? 0,
          })),
        author: row.author,
        at: row.sent_at,
        state: row.state,
      }))
    },

    async attended(account) {
      const row = await db
        .selectFrom('agents')
        .innerJoin('team_members', 'team_members.agent_id', 'agents.id')
        .innerJoin('accounts', 'accounts.team_id', 'team_members.team_id')
        .select('agents.id')
        .where('accounts.id', '=', account)
        .where('agents.availability', '=', 'online')
        .where('agents.connected', '=', 1)
        .where('agents.last_seen_at', '>', deps.now() - PRESENCE_MS)
        .where('agents.disabled_at', 'is', null)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    async mayRead(account, address, media) {
      const identity = await identityOf(account, address)
      if (!identity) return false
      const row = await db
        .selectFrom('attachments')
        .innerJoin('messages', 'messages.id', 'attachments.message_id')
        .select('attachments.id')
        .where('attachments.media_id', '=', media)
        .where('messages.identity_id', '=', identity.id)
        .where('messages.account_id', '=', account)
        .where('messages.direction', 'in', ['in', 'out'])
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    async conversationOf(account, address) {
      const identity = await identityOf(account, address)
      if (!identity) return null
      const row = await db
        .selectFrom('conversations')
        .selectAll()
        .where('contact_id', '=', identity.contact_id)
        .where('status', '!=', 'resolved')
        .orderBy('last_message_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row ?? null
    },

    async addressOf(conversation) {
      const row = await db
        .selectFrom('conversations')
        .innerJoin('identities', 'identities.id', 'conversations.identity_id')
        .select(['conversations.account_id', 'identities.address'])
        .where('conversations.id', '=', conversation)
        .executeTakeFirst()
      return row ? { account: row.account_id, address: row.address } : null
    },

    async newestInbound(conversation) {
      const row = await db
        .selectFrom('messages')
        .innerJoin('identities', 'identities.id', 'messages.identity_id')
        .select(['messages.account_id', 'identities.address', 'messages.remote_id'])
        .where('messages.conversation_id', '=', conversation)
        .where('messages.direction', '=', 'in')
        .orderBy('messages.seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      if (!row?.account_id || !row.remote_id) return null
      return { account: row.account_id, address: row.address, remoteId: row.remote_id }
    },
  }
}
