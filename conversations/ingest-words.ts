import { newId } from '../src/ids.ts'
import type { BusIn, InboundConsent, InboundReceipt, InboundWithdrawn } from '../src/model.ts'
import { announceMessage, applyAttempt, applyReceipt, findDelivery } from './deliveries.ts'
import { type AccountFacts, type Identities, keyOf } from './ingest-identities.ts'
import { afterSend, afterSettling } from './ledger.ts'
import { announceContact, type Unit } from './unit.ts'

/** What adapters report besides messages: receipts, consent, withdrawals, health, results of sends and fetches. */

export const ingestReceipt = async (unit: Unit, event: InboundReceipt): Promise<void> => {
  const delivery = await findDelivery(unit, event.account, event.of)
  const { numInsertedOrUpdatedRows } = await unit.tx
    .insertInto('receipts')
    .values({
      account_id: event.account,
      id: event.id,
      remote_id: 'remote' in event.of ? event.of.remote : null,
      send_key: 'sendKey' in event.of ? event.of.sendKey : null,
      status: event.status,
      failure: event.failure ? JSON.stringify(event.failure) : null,
      at: event.at,
      applied: delivery ? 1 : 0,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (!delivery || numInsertedOrUpdatedRows === 0n) return
  await applyReceipt(unit, delivery, { status: event.status, at: event.at, failure: event.failure ?? null })
}

export const ingestWithdrawn = async (unit: Unit, event: InboundWithdrawn): Promise<void> => {
  const row = await unit.tx
    .updateTable('messages')
    .set({ withdrawn_at: event.at })
    .where('account_id', '=', event.account)
    .where('remote_id', '=', event.of)
    .where('withdrawn_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (row) await announceMessage(unit, row.id)
}

const SUPPRESSION = { revoked: 'stop', unreachable: 'unreachable' } as const

/** STOP suppresses at once; START, a new follow or a message that opens a window lifts it. */
export const ingestConsent = async (
  unit: Unit,
  event: InboundConsent,
  account: AccountFacts,
  identities: Identities,
): Promise<void> => {
  const heard = { account, from: event.from, thread: event.thread, at: event.at, window: event.window }
  const identity = (await identities.resolve(unit, [heard])).get(keyOf(heard))
  if (!identity) throw new Error(`identity ${event.from.address} was not stored`)
  const target = { space: identity.space, address: identity.address, account_id: account.id }
  if (event.change === 'granted') {
    await unit.tx
      .deleteFrom('suppressions')
      .where('space', '=', target.space)
      .where('address', '=', target.address)
      .where('account_id', '=', target.account_id)
      .execute()
  } else {
    const row = { ...target, reason: SUPPRESSION[event.change], evidence: event.evidence.slice(0, 1000), at: event.at }
    await unit.tx
      .insertInto('suppressions')
      .values(row)
      .onConflict((conflict) => conflict.columns(['space', 'address', 'account_id']).doUpdateSet(row))
      .execute()
  }
  if (event.change !== 'unreachable')
    await unit.tx
      .insertInto('consents')
      .values({
        id: newId(),
        contact_id: identity.contact_id,
        identity_id: identity.id,
        channel: account.channel,
        purpose: 'marketing',
        state: event.change,
        evidence: event.evidence.slice(0, 1000),
        at: event.at,
      })
      .execute()
  await unit.tx
    .insertInto('events')
    .values({
      id: newId(),
      conversation_id: null,
      contact_id: identity.contact_id,
      type: 'consent',
      actor_id: null,
      data: JSON.stringify({ change: event.change, accountId: account.id, evidence: event.evidence }),
      at: event.at,
    })
    .execute()
  announceContact(unit, identity.contact_id)
}

type Of<Type extends BusIn['type']> = Extract<BusIn, { type: Type }>

export const ingestSent = (unit: Unit, word: Of<'sent'>): Promise<void> =>
  applyAttempt(
    unit,
    word.deliveryId,
    word.attempt,
    afterSend(word.result, word.attempt),
    word.result.ok ? word.result.ids : [],
  )

export const ingestSettled = (unit: Unit, word: Of<'settled'>): Promise<void> =>
  applyAttempt(
    unit,
    word.deliveryId,
    word.attempt,
    afterSettling(word.settled),
    word.settled.state === 'sent' ? word.settled.ids : [],
  )

/** An older word about health never overwrites a newer one. */
export const ingestHealth = async (unit: Unit, word: Of<'health'>): Promise<void> => {
  const { numUpdatedRows } = await unit.tx
    .updateTable('accounts')
    .set({ health: JSON.stringify(word.health), health_at: word.at })
    .where('id', '=', word.account)
    .where('health_at', '<=', word.at)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return
  const { qr: _, ...publicHealth } = word.health
  unit.announce({
    audience: { kind: 'staff' },
    event: { type: 'account.health', accountId: word.account, health: publicHealth, at: word.at },
  })
  // The QR code is a login: only those who may log in see it.
  if (word.health.qr)
    unit.announce({
      audience: { kind: 'administrators' },
      event: { type: 'account.health', accountId: word.account, health: word.health, at: word.at },
    })
}

export const ingestCursor = async (
  unit: Unit,
  bookmark: { account: AccountFacts['id']; receiver: string; cursor: unknown },
): Promise<void> => {
  const row = { account_id: bookmark.account, receiver: bookmark.receiver, cursor: JSON.stringify(bookmark.cursor) }
  await unit.tx
    .insertInto('account_cursors')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'receiver']).doUpdateSet({ cursor: row.cursor }))
    .execute()
}

export const ingestMedia = async (unit: Unit, word: Of<'media'>): Promise<void> => {
  const { result } = word
  const change = result.ok
    ? {
        state: 'stored' as const,
        media_id: result.media.id,
        mime_type: result.media.mimeType,
        size: result.media.size,
        failure: null,
      }
    : { state: 'failed' as const, failure: result.failure.detail }
  const row = await unit.tx
    .updateTable('attachments')
    .set(change)
    .where('id', '=', word.attachmentId)
    .returning('message_id')
    .executeTakeFirst()
  if (row?.message_id) await announceMessage(unit, row.message_id)
}
