import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outSubject } from '../../src/bus.ts'
import { newId, newSendKey } from '../../src/ids.ts'
import type { DeliveryId, IdentityId, MessageId } from '../../src/model.ts'
import { inbound, startTestCore, type TestCore } from '../support/core.ts'
import { DIALECTS } from '../support/databases.ts'

for (const dialect of DIALECTS)
  describe(`work that the lanes lost, on ${dialect}`, () => {
    let t: TestCore
    beforeAll(async () => {
      t = await startTestCore(dialect)
    })
    afterAll(() => t.close())

    const plan = async (address: string, change: object = {}) => {
      const row = await t.db.kysely
        .selectFrom('conversations')
        .innerJoin('identities', 'identities.id', 'conversations.identity_id')
        .select(['conversations.id', 'conversations.identity_id'])
        .where('identities.address', '=', address)
        .executeTakeFirstOrThrow()
      const message = newId<MessageId>()
      const ids = { conversation_id: row.id, account_id: t.accounts.sms, identity_id: row.identity_id as IdentityId }
      await t.db.kysely
        .insertInto('messages')
        .values({
          ...ids,
          id: message,
          direction: 'out',
          author_id: null,
          text: 'hello',
          html: null,
          subject: null,
          quoted_from: null,
          thread: null,
          remote_id: null,
          reply_to: null,
          withdrawn_at: null,
          sent_at: 1,
          created_at: 1,
        })
        .execute()
      await t.db.kysely
        .insertInto('deliveries')
        .values({
          ...ids,
          id: newId<DeliveryId>(),
          message_id: message,
          send_key: newSendKey(),
          lane: 'reply',
          state: 'planned',
          failure: null,
          next_attempt_at: null,
          decision: '{}',
          planned_at: Date.now() - 20_000,
          accepted_at: null,
          delivered_at: null,
          read_at: null,
          ended_at: null,
          ...change,
        })
        .execute()
    }

    const waiting = () => t.nats.bus.waitingOut('reply', t.accounts.sms)

    test('is handed out again, the first of each person, and only while the lane is empty', async () => {
      await t.receive(inbound(t.accounts.sms, '+8613800000071', 'a'), inbound(t.accounts.sms, '+8613800000072', 'b'))
      await t.settled()
      await plan('+8613800000071')
      await plan('+8613800000071')
      await plan('+8613800000072', { next_attempt_at: Date.now() + 60_000 })
      expect(await waiting()).toBe(0)
      expect(await t.core.lostWork.look()).toBe(1)
      await t.core.outbox.drain()
      expect(await waiting()).toBe(1)
      expect(await t.core.lostWork.look()).toBe(0)
    })

    test('what is on its way is left alone', async () => {
      await t.nats.bus.connection.request(
        '$JS.API.STREAM.PURGE.OT_OUT',
        JSON.stringify({ filter: outSubject('reply', t.accounts.sms) }),
      )
      await t.db.kysely.updateTable('deliveries').set({ planned_at: Date.now() }).execute()
      expect(await t.core.lostWork.look()).toBe(0)
    })
  })
