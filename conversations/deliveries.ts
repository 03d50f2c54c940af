import type { Kysely } from 'kysely'
import { newId, newSendKey } from '../src/ids.ts'
import type {
  AccountId,
  BusOut,
  ConversationId,
  DeliveryId,
  DeliveryState,
  Failure,
  IdentityId,
  Lane,
  MessageId,
  Millis,
  ReceiptStatus,
  RemoteId,
  SendKey,
} from '../src/model.ts'
import type { Row, Schema } from '../src/schema.ts'
import { climb, type Next } from './ledger.ts'
import { audienceOf, toMessageView } from './present.ts'
import { clearTimer, finishTimer, type TimerHandler } from './timers.ts'
import type { Transact, Unit } from './unit.ts'

/** The ledger's writes: a delivery is planned with its message, and every later word about it climbs the ladder. */

export const DELIVERY_TIMER = 'delivery'

type Delivery = Row<'deliveries'>

export const workFor = (delivery: Pick<Delivery, 'account_id' | 'id' | 'identity_id'>): BusOut => ({
  v: 1,
  type: 'send',
  account: delivery.account_id,
  deliveryId: delivery.id,
  thread: delivery.identity_id,
})

/** Plans one delivery and hands it to its account's lane. */
export const planDelivery = async (
  unit: Unit,
  plan: {
    messageId: MessageId
    conversationId: ConversationId
    accountId: AccountId
    identityId: IdentityId
    lane: Lane
    decision: object
  },
): Promise<Delivery> => {
  const row = await unit.tx
    .insertInto('deliveries')
    .values({
      id: newId<DeliveryId>(),
      message_id: plan.messageId,
      conversation_id: plan.conversationId,
      account_id: plan.accountId,
      identity_id: plan.identityId,
      send_key: newSendKey(),
      lane: plan.lane,
      state: 'planned',
      failure: null,
      next_attempt_at: null,
      decision: JSON.stringify(plan.decision),
      planned_at: unit.now,
      accepted_at: null,
      delivered_at: null,
      read_at: null,
      ended_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  unit.work(plan.lane, workFor(row))
  return row
}

/** The newest delivery of a message: the one whose state is shown. */
export const newestDelivery = (db: Kysely<Schema>, message: MessageId): Promise<Delivery | undefined> =>
  db
    .selectFrom('deliveries')
    .selectAll()
    .where('message_id', '=', message)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()

/** Tells every viewer of the conversation how a message stands now. */
export const announceMessage = async (unit: Unit, messageId: MessageId): Promise<void> => {
  const { tx } = unit
  const message = await tx.selectFrom('messages').selectAll().where('id', '=', messageId).executeTakeFirstOrThrow()
  const conversation = await tx
    .selectFrom('conversations')
    .select(['team_id', 'assignee_id', 'account_id'])
    .where('id', '=', message.conversation_id)
    .executeTakeFirstOrThrow()
  const attachments = await tx.selectFrom('attachments').selectAll().where('message_id', '=', messageId).execute()
  const delivery = (await newestDelivery(tx, messageId)) ?? null
  unit.announce({
    audience: audienceOf(conversation),
    event: {
      type: 'message.changed',
      conversationId: message.conversation_id,
      message: toMessageView(message, attachments, delivery),
    },
  })
}

const lockDelivery = (unit: Unit, by: { id: DeliveryId } | { sendKey: SendKey }) => {
  const query = unit.tx.selectFrom('deliveries').selectAll()
  return ('id' in by ? query.where('id', '=', by.id) : query.where('send_key', '=', by.sendKey)).executeTakeFirst()
}

/**
 * Messages to one person by one account go in order: the next planned one was told to wait while this one was not
 * through, and goes now.
 */
const releaseNext = async (unit: Unit, delivery: Delivery): Promise<void> => {
  const next = await unit.tx
    .selectFrom('deliveries')
    .selectAll()
    .where('identity_id', '=', delivery.identity_id)
    .where('state', '=', 'planned')
    .where('account_id', '=', delivery.account_id)
    .where('next_attempt_at', 'is', null)
    .where('seq', '>', delivery.seq)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  if (next) unit.work(next.lane, workFor(next))
}

const timesOf = (state: DeliveryState, delivery: Delivery, at: Millis) => ({
  accepted_at: state === 'accepted' || state === 'sent' ? (delivery.accepted_at ?? at) : delivery.accepted_at,
  delivered_at: state === 'delivered' || state === 'read' ? (delivery.delivered_at ?? at) : delivery.delivered_at,
  read_at: state === 'read' ? (delivery.read_at ?? at) : delivery.read_at,
  ended_at: state === 'failed' || state === 'canceled' ? at : delivery.ended_at,
})

const moveTo = async (
  unit: Unit,
  delivery: Delivery,
  state: DeliveryState,
  change: { failure?: Failure | null; nextAttemptAt?: Millis | null; at?: Millis } = {},
): Promise<void> => {
  const at = change.at ?? unit.now
  await unit.tx
    .updateTable('deliveries')
    .set({
      state,
      ...timesOf(state, delivery, at),
      next_attempt_at: change.nextAttemptAt ?? null,
      ...(change.failure === undefined ? {} : { failure: change.failure && JSON.stringify(change.failure) }),
    })
    .where('id', '=', delivery.id)
    .execute()
}

/** Marks a delivery failed before it was ever handed over (the gate said no), or canceled. */
export const endDelivery = async (
  unit: Unit,
  delivery: Delivery,
  state: 'failed' | 'canceled',
  failure: Failure | null,
): Promise<void> => {
  await moveTo(unit, delivery, state, { failure })
  await releaseNext(unit, delivery)
  await announceMessage(unit, delivery.message_id)
}

const rememberRemotes = async (unit: Unit, delivery: Delivery, ids: RemoteId[]): Promise<void> => {
  await unit.tx
    .insertInto('delivery_remotes')
    .values(ids.map((id) => ({ account_id: delivery.account_id, remote_id: id, delivery_id: delivery.id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Receipts that overtook the provider's answer are applied now that their delivery is known. */
const applyWaitingReceipts = async (unit: Unit, delivery: Delivery, ids: RemoteId[]): Promise<void> => {
  const waiting = await unit.tx
    .selectFrom('receipts')
    .selectAll()
    .where('account_id', '=', delivery.account_id)
    .where('remote_id', 'in', ids)
    .where('applied', '=', 0)
    .orderBy('at')
    .execute()
  for (const receipt of waiting) {
    await unit.tx
      .updateTable('receipts')
      .set({ applied: 1 })
      .where('account_id', '=', receipt.account_id)
      .where('id', '=', receipt.id)
      .execute()
    await applyReceipt(unit, delivery.id, {
      status: receipt.status,
      at: receipt.at,
      failure: receipt.failure === null ? null : (JSON.parse(receipt.failure) as Failure),
    })
  }
}

/** Counts messages against the provider's quota; one send may take several. */
export const spendWindow = async (unit: Unit, identity: IdentityId, messages: number): Promise<void> => {
  await unit.tx
    .updateTable('identities')
    .set((eb) => ({
      window_remaining: eb
        .case()
        .when('window_remaining', '>', messages)
        .then(eb('window_remaining', '-', messages))
        .else(0)
        .end(),
    }))
    .where('id', '=', identity)
    .where('window_remaining', 'is not', null)
    .execute()
}

const endAttempt = async (unit: Unit, delivery: Delivery, attempt: number, next: Next): Promise<void> => {
  await unit.tx
    .updateTable('delivery_attempts')
    .set({
      ended_at: unit.now,
      outcome: next.state,
      failure: next.state === 'accepted' ? null : JSON.stringify(next.failure),
    })
    .where('delivery_id', '=', delivery.id)
    .where('attempt', '=', attempt)
    .execute()
}

/**
 * Writes what became of one attempt. An answer to an attempt that is not the current one, or that comes when the ladder
 * is past it, changes nothing but what we learn of remote ids.
 */
export const applyAttempt = async (
  unit: Unit,
  id: DeliveryId,
  attempt: number,
  next: Next,
  remoteIds: RemoteId[],
): Promise<void> => {
  const delivery = await lockDelivery(unit, { id })
  if (!delivery) return
  await endAttempt(unit, delivery, attempt, next)
  if (remoteIds.length > 0) await rememberRemotes(unit, delivery, remoteIds)
  if (remoteIds.length > 1) await spendWindow(unit, delivery.identity_id, remoteIds.length - 1)
  const current = delivery.attempts === attempt && (delivery.state === 'sending' || delivery.state === 'unknown')
  if (current && next.state === 'planned') {
    const dueAt = unit.now + next.retryInMs
    await moveTo(unit, delivery, 'planned', { failure: next.failure, nextAttemptAt: dueAt })
    await unit.setTimer(DELIVERY_TIMER, delivery.id, dueAt)
  } else if (current) {
    await moveTo(unit, delivery, next.state, { failure: next.state === 'accepted' ? null : next.failure })
    await releaseNext(unit, delivery)
  }
  if (remoteIds.length > 0) await applyWaitingReceipts(unit, delivery, remoteIds)
  await announceMessage(unit, delivery.message_id)
}

/** A provider's receipt for a known delivery. */
export const applyReceipt = async (
  unit: Unit,
  id: DeliveryId,
  receipt: { status: ReceiptStatus; at: Millis; failure: Failure | null },
): Promise<void> => {
  const delivery = await lockDelivery(unit, { id })
  if (!delivery) return
  const state = climb(delivery.state, receipt.status)
  if (state === delivery.state) return
  await moveTo(unit, delivery, state, {
    at: receipt.at,
    failure: state === 'failed' ? receipt.failure : null,
  })
  if (delivery.state === 'planned') await clearTimer(unit.tx, DELIVERY_TIMER, delivery.id)
  await releaseNext(unit, delivery)
  await announceMessage(unit, delivery.message_id)
}

/** Finds the delivery that a receipt speaks of. */
export const findDelivery = async (
  unit: Unit,
  account: AccountId,
  of: { remote: RemoteId } | { sendKey: SendKey },
): Promise<DeliveryId | null> => {
  if ('sendKey' in of) {
    const row = await lockDelivery(unit, of)
    return row && row.account_id === account ? row.id : null
  }
  const row = await unit.tx
    .selectFrom('delivery_remotes')
    .select('delivery_id')
    .where('account_id', '=', account)
    .where('remote_id', '=', of.remote)
    .executeTakeFirst()
  return row?.delivery_id ?? null
}

/** When a retry is due, the delivery goes back to its lane. */
export const deliveryTimer =
  (transact: Transact): TimerHandler =>
  (timer) =>
    transact(async (unit) => {
      if (!(await finishTimer(unit.tx, timer))) return
      const delivery = await lockDelivery(unit, { id: timer.key as DeliveryId })
      if (delivery?.state !== 'planned') return
      await moveTo(unit, delivery, 'planned')
      unit.work(delivery.lane, workFor(delivery))
    })
