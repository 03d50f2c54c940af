import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import type { RemoteId } from '../../src/model.ts'
import { inbound, startTestCore, type TestCore } from '../support/core.ts'
import { DIALECTS } from '../support/databases.ts'

for (const dialect of DIALECTS)
  describe(`what channels hand over, on ${dialect}`, () => {
    let t: TestCore
    beforeAll(async () => {
      t = await startTestCore(dialect)
    })
    afterAll(() => t.close())
    afterEach(() => expect(t.errors.splice(0)).toEqual([]))

    const conversationsOf = (address: string) =>
      t.db.kysely
        .selectFrom('conversations')
        .innerJoin('identities', 'identities.contact_id', 'conversations.contact_id')
        .selectAll('conversations')
        .where('identities.address', '=', address)
        .execute()
    const textsOf = async (address: string) =>
      (
        await t.db.kysely
          .selectFrom('messages')
          .innerJoin('identities', 'identities.id', 'messages.identity_id')
          .select('text')
          .where('identities.address', '=', address)
          .orderBy('seq')
          .execute()
      ).map((row) => row.text)

    test('a first message makes a contact, an identity, a conversation and a message', async () => {
      await t.receive(
        inbound(t.accounts.sms, { address: '+8613800000001', verified: true, displayName: '李伟' }, '你好'),
      )
      await t.settled()
      const [conversation] = await conversationsOf('+8613800000001')
      expect(conversation).toMatchObject({ status: 'open', team_id: t.team, unread: 1, preview: '你好' })
      const contact = await t.db.kysely
        .selectFrom('contacts')
        .selectAll()
        .where('id', '=', conversation?.contact_id ?? ('' as never))
        .executeTakeFirst()
      expect(contact?.name).toBe('李伟')
    })

    test('the same event again changes nothing, even after the conversation was resolved', async () => {
      const event = inbound(t.accounts.sms, '+8613800000002', 'once')
      await t.receive(event, event)
      await t.settled()
      await t.db.kysely
        .updateTable('conversations')
        .set({ status: 'resolved', resolved_at: Date.now() })
        .where('preview', '=', 'once')
        .execute()
      await t.receive(event)
      await t.settled()
      expect(await textsOf('+8613800000002')).toEqual(['once'])
      expect(await conversationsOf('+8613800000002')).toMatchObject([{ status: 'resolved' }])
    })

    test('messages of one person keep their order in a burst of many people', async () => {
      const people = Array.from({ length: 20 }, (_, index) => `+86139000000${String(index).padStart(2, '0')}`)
      const events = Array.from({ length: 25 }, (_, n) =>
        people.map((person) => inbound(t.accounts.sms, person, `${n}`)),
      )
      await t.receive(...events.flat())
      await t.settled()
      const expected = Array.from({ length: 25 }, (_, n) => `${n}`)
      for (const person of people) {
        expect(await textsOf(person)).toEqual(expected)
        expect(await conversationsOf(person)).toMatchObject([{ unread: 25, preview: '24' }])
      }
    })

    test('a new message opens a resolved conversation again instead of starting another', async () => {
      await t.receive(inbound(t.accounts.sms, '+8613800000003', 'first'))
      await t.settled()
      await t.db.kysely
        .updateTable('conversations')
        .set({ status: 'resolved', resolved_at: Date.now() })
        .where('preview', '=', 'first')
        .execute()
      await t.receive(inbound(t.accounts.sms, '+8613800000003', 'again'))
      await t.settled()
      expect(await conversationsOf('+8613800000003')).toMatchObject([{ status: 'open', preview: 'again' }])
    })

    test('a mail that answers somebody else’s mail stays with its own sender', async () => {
      const first = inbound(t.accounts.email, 'ana@example.com', 'mine')
      await t.receive(first)
      await t.settled()
      await t.receive(inbound(t.accounts.email, 'eve@example.com', 'also mine?', { replyTo: [first.id] }))
      await t.settled()
      expect(await textsOf('ana@example.com')).toEqual(['mine'])
      expect(await conversationsOf('eve@example.com')).toHaveLength(1)
    })

    test('control characters and halves of emoji never reach the database', async () => {
      await t.receive(
        inbound(t.accounts.sms, { address: '+8613800000004', verified: true, displayName: '🙂' }, 'a\u0000b\ud83d'),
      )
      await t.settled()
      expect(await textsOf('+8613800000004')).toEqual(['ab\ufffd'])
    })

    test('STOP suppresses and START lifts it', async () => {
      const from = { address: '+8613800000005', verified: true }
      const consent = (change: 'granted' | 'revoked', evidence: string) => ({
        kind: 'consent' as const,
        account: t.accounts.sms,
        id: newId<string>(),
        at: Date.now(),
        thread: from.address,
        from,
        change,
        evidence,
      })
      await t.receive(consent('revoked', 'STOP'))
      await t.settled()
      const find = () =>
        t.db.kysely.selectFrom('suppressions').selectAll().where('address', '=', from.address).execute()
      expect(await find()).toMatchObject([{ reason: 'stop', evidence: 'STOP' }])
      await t.receive(consent('granted', 'START'))
      await t.settled()
      expect(await find()).toEqual([])
    })

    test('a word that cannot be applied is kept whole and holds nothing up', async () => {
      const bad = inbound(t.accounts.sms, '+8613800000006', 'bad')
      const broken = { ...bad, media: null } as unknown as typeof bad
      await t.receive(broken, inbound(t.accounts.sms, '+8613800000006', 'good'))
      await t.settled()
      expect(await textsOf('+8613800000006')).toEqual(['good'])
      const [letter] = await t.db.kysely.selectFrom('dead_letters').selectAll().execute()
      expect(JSON.parse(letter?.payload ?? '{}')).toMatchObject({ event: { id: bad.id } })
      expect(t.errors.splice(0)).not.toEqual([])
    })

    test('after a restart it goes on where it was, and a message published meanwhile is there', async () => {
      await t.restart()
      const id = newId<RemoteId>()
      await t.receive(inbound(t.accounts.sms, '+8613800000007', 'after', { id }))
      await t.settled()
      expect(await textsOf('+8613800000007')).toEqual(['after'])
    })

    test('a worker that lost its turn and got it again goes on with what came meanwhile', async () => {
      await t.core.ingest.stop()
      await t.receive(inbound(t.accounts.sms, '+8613800000017', 'meanwhile'))
      await t.core.ingest.start()
      await t.receive(inbound(t.accounts.sms, '+8613800000017', 'again'))
      await t.settled()
      expect(await textsOf('+8613800000017')).toEqual(['meanwhile', 'again'])
    })

    test('a receipt that overtakes the answer of its send is applied when the send is known', async () => {
      await t.receive(inbound(t.accounts.sms, '+8613800000008', 'hi'))
      await t.settled()
      const agent = await t.addAgent({ online: false })
      const [conversation] = await conversationsOf('+8613800000008')
      if (!conversation) throw new Error('no conversation')
      const viewer = { agentId: agent, role: 'administrator' as const, teamIds: [] }
      const reply = await t.core.commands.reply(viewer, conversation.id, { text: 'hello', attachmentIds: [] })
      if (!reply.ok) throw new Error(reply.problem.detail)
      const load = () =>
        t.db.kysely.selectFrom('deliveries').selectAll().where('message_id', '=', reply.value).executeTakeFirstOrThrow()
      const { id } = await load()
      const claim = await t.core.claim(id)
      expect(claim).toMatchObject({
        do: 'send',
        attempt: 1,
        content: { text: 'hello', to: { address: '+8613800000008' } },
      })
      const remote = 'SM1' as RemoteId
      const base = { account: t.accounts.sms, at: Date.now() }
      const receipt = (status: 'sent' | 'delivered') => ({
        ...base,
        kind: 'receipt' as const,
        id: `SM1/${status}`,
        of: { remote },
        status,
      })
      await t.receive(receipt('delivered'))
      await t.settled()
      expect(await load()).toMatchObject({ state: 'sending' })
      await t.publish({
        v: 1,
        type: 'sent',
        receivedAt: Date.now(),
        account: t.accounts.sms,
        deliveryId: id,
        attempt: 1,
        result: { ok: true, ids: [remote] },
      })
      await t.receive(receipt('sent'))
      await t.settled()
      expect(await load()).toMatchObject({ state: 'delivered' })
      expect(await t.core.claim(id)).toEqual({ do: 'nothing' })
    })
  })
