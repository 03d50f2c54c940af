import type { Kysely } from 'kysely'
import type { DeliveryId, Failure, MediaId, Millis, Outbound, OutboundMedia, RemoteId } from '../src/model.ts'
import type { Row, Schema } from '../src/schema.ts'
import type { ChannelCatalogue } from './channel-facts.ts'
import { announceMessage, endDelivery, spendWindow } from './deliveries.ts'
import { explainReason, routesFor } from './routes.ts'
import type { Transact, Unit } from './unit.ts'

/**
 * The gate: what the host asks before it hands anything to an adapter. The claim is durable before the provider is
 * called, so that after a crash nobody can mistake a send that was under way for one that never began.
 */

/** An outbound message as the gate gives it: the host adds how its files are opened. */
export type Content = Omit<Outbound, 'media'> & { media: Omit<OutboundMedia, 'open'>[] }

export type Claim =
  /** Send it now; report the answer for this attempt. */
  | { do: 'send'; content: Content; attempt: number }
  /** An attempt began and its answer is not known: find out, never send again by guess. */
  | { do: 'settle'; content: Content; attempt: number; startedAt: Millis; byMe: boolean }
  /** Nothing to do: ended, or waits for its turn and comes again by itself. */
  | { do: 'nothing' }

/** References of a mail: enough for every reader to thread by. */
const REFERENCES = 30

const attachmentsOf = async (db: Kysely<Schema>, delivery: Row<'deliveries'>) => {
  const rows = await db
    .selectFrom('attachments')
    .selectAll()
    .where('message_id', '=', delivery.message_id)
    .where('state', '=', 'stored')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.media_id as MediaId,
    name: row.name,
    mimeType: row.mime_type,
    size: row.size ?? 0,
  }))
}

/** Remote ids of what was said before with this identity, oldest first: both theirs and ours. */
const earlierIds = async (db: Kysely<Schema>, delivery: Row<'deliveries'>, before: number) => {
  const theirs = await db
    .selectFrom('messages')
    .select(['seq', 'remote_id'])
    .where('conversation_id', '=', delivery.conversation_id)
    .where('identity_id', '=', delivery.identity_id)
    .where('direction', '=', 'in')
    .where('seq', '<', before)
    .orderBy('seq', 'desc')
    .limit(REFERENCES)
    .execute()
  const ours = await db
    .selectFrom('deliveries')
    .innerJoin('delivery_remotes', 'delivery_remotes.delivery_id', 'deliveries.id')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .select(['messages.seq', 'delivery_remotes.remote_id'])
    .where('deliveries.identity_id', '=', delivery.identity_id)
    .where('messages.conversation_id', '=', delivery.conversation_id)
    .where('messages.seq', '<', before)
    .orderBy('messages.seq', 'desc')
    .limit(REFERENCES)
    .execute()
  const references = [...theirs, ...ours]
    .filter((row): row is { seq: number; remote_id: RemoteId } => row.remote_id !== null)
    .sort((a, b) => a.seq - b.seq)
    .slice(-REFERENCES)
    .map((row) => row.remote_id)
  return { references, replyTo: theirs[0]?.remote_id ?? null }
}

const contentOf = async (db: Kysely<Schema>, delivery: Row<'deliveries'>): Promise<Content> => {
  const message = await db
    .selectFrom('messages')
    .leftJoin('agents', 'agents.id', 'messages.author_id')
    .selectAll('messages')
    .select('agents.name as author')
    .where('messages.id', '=', delivery.message_id)
    .executeTakeFirstOrThrow()
  const identity = await db
    .selectFrom('identities')
    .selectAll()
    .where('id', '=', delivery.identity_id)
    .executeTakeFirstOrThrow()
  const { references, replyTo } = await earlierIds(db, delivery, message.seq)
  return {
    sendKey: delivery.send_key,
    deliveryId: delivery.id,
    messageId: delivery.message_id,
    to: { address: identity.address, displayName: identity.display_name },
    thread: identity.thread,
    text: message.text,
    html: message.html,
    subject: message.subject,
    media: await attachmentsOf(db, delivery),
    replyTo,
    references,
    fromName: message.author,
    automatic: message.automatic === 1,
    at: message.created_at,
  }
}

/** True when an earlier message to the same person by the same account is not through yet. */
const mustWait = async (unit: Unit, delivery: Row<'deliveries'>): Promise<boolean> => {
  const earlier = await unit.tx
    .selectFrom('deliveries')
    .select('id')
    .where('identity_id', '=', delivery.identity_id)
    .where('state', 'in', ['planned', 'sending'])
    .where('account_id', '=', delivery.account_id)
    .where('lane', '=', delivery.lane)
    .where('seq', '<', delivery.seq)
    .limit(1)
    .executeTakeFirst()
  return earlier !== undefined
}

const refusal = async (
  unit: Unit,
  catalogue: ChannelCatalogue,
  delivery: Row<'deliveries'>,
): Promise<Failure | null> => {
  const identity = await unit.tx
    .selectFrom('identities')
    .select('contact_id')
    .where('id', '=', delivery.identity_id)
    .executeTakeFirstOrThrow()
  const routes = await routesFor(unit.tx, catalogue, identity.contact_id, unit.now)
  const route = routes.find(
    (candidate) => candidate.identityId === delivery.identity_id && candidate.accountId === delivery.account_id,
  )
  // An account that is down is waited for, and tells by its own failures; the rest is final.
  if (!route || route.possible || route.reason === 'account_down') return null
  return { class: 'permanent', code: route.reason ?? 'no_route', detail: explainReason(route) }
}

const beginAttempt = async (unit: Unit, delivery: Row<'deliveries'>, node: string): Promise<Claim> => {
  const attempt = delivery.attempts + 1
  const { numUpdatedRows } = await unit.tx
    .updateTable('deliveries')
    .set({ state: 'sending', attempts: attempt })
    .where('id', '=', delivery.id)
    .where('state', '=', 'planned')
    .where('attempts', '=', delivery.attempts)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return { do: 'nothing' }
  await unit.tx
    .insertInto('delivery_attempts')
    .values({
      delivery_id: delivery.id,
      attempt,
      node,
      started_at: unit.now,
      ended_at: null,
      outcome: null,
      failure: null,
    })
    .execute()
  await spendWindow(unit, delivery.identity_id, 1)
  await announceMessage(unit, delivery.message_id)
  return { do: 'send', content: await contentOf(unit.tx, delivery), attempt }
}

const settling = async (unit: Unit, delivery: Row<'deliveries'>, node: string): Promise<Claim> => {
  const attempt = await unit.tx
    .selectFrom('delivery_attempts')
    .selectAll()
    .where('delivery_id', '=', delivery.id)
    .where('attempt', '=', delivery.attempts)
    .executeTakeFirstOrThrow()
  return {
    do: 'settle',
    content: await contentOf(unit.tx, delivery),
    attempt: delivery.attempts,
    startedAt: attempt.started_at,
    byMe: attempt.node === node,
  }
}

export type ClaimDelivery = (id: DeliveryId) => Promise<Claim>

export const createClaims =
  (deps: { transact: Transact; catalogue: ChannelCatalogue; node: string }): ClaimDelivery =>
  (id) =>
    deps.transact(async (unit) => {
      const delivery = await unit.tx.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst()
      if (delivery?.state === 'sending') return settling(unit, delivery, deps.node)
      if (delivery?.state !== 'planned' || delivery.next_attempt_at !== null) return { do: 'nothing' }
      if (await mustWait(unit, delivery)) return { do: 'nothing' }
      const failure = await refusal(unit, deps.catalogue, delivery)
      if (!failure) return beginAttempt(unit, delivery, deps.node)
      await endDelivery(unit, delivery, 'failed', failure)
      return { do: 'nothing' }
    })
