import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { climb } from '../../conversations/ledger.ts'
import type { Outcome } from '../../conversations/outcome.ts'
import type { Viewer } from '../../conversations/viewer.ts'
import { newId } from '../../src/ids.ts'
import {
  type AccountId,
  type AgentId,
  type ConversationId,
  DELIVERY_STATES,
  type DeliveryId,
  type MessageId,
  type ReceiptStatus,
  type RemoteId,
  type SendResult,
} from '../../src/model.ts'
import { inbound, startTestCore, type TestCore } from '../support/core.ts'
import { DIALECTS } from '../support/databases.ts'

const RECEIPTS: ReceiptStatus[] = ['accepted', 'sent', 'delivered', 'read', 'failed']

test('receipts in any order, late or doubled, end in the same state and never step back', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...DELIVERY_STATES),
      fc
        .array(fc.constantFrom(...RECEIPTS))
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      (start, [receipts, shuffled]) => {
        const end = receipts.reduce(climb, start)
        expect(shuffled.reduce(climb, start)).toBe(end)
        for (const receipt of receipts) expect(climb(end, receipt)).toBe(end)
      },
    ),
  )
})

for (const dialect of DIALECTS)
  describe(`what agents write, on ${dialect}`, () => {
    let t: TestCore
    let viewer: Viewer
    let people = 0
    beforeAll(async () => {
      t = await startTestCore(dialect)
      viewer = { agentId: await t.addAgent({ online: false }), role: 'administrator', teamIds: [] }
    })
    afterAll(() => t.close())
    afterEach(() => expect(t.errors.splice(0)).toEqual([]))

    const phone = () => `+86135${String(++people).padStart(8, '0')}`
    const must = <T>(outcome: Outcome<T>): T => {
      if (!outcome.ok) throw new Error(outcome.problem.detail)
      return outcome.value
    }
    const codeOf = (outcome: Outcome<unknown>) => (outcome.ok ? 'done' : outcome.problem.code)
    const identity = (address: string) =>
      t.db.kysely.selectFrom('identities').selectAll().where('address', '=', address).executeTakeFirstOrThrow()
    const hears = async (account: AccountId, address: string, more: Parameters<typeof inbound>[3] = {}) => {
      await t.receive(inbound(account, address, 'hi', more))
      await t.settled()
      const { contact_id } = await identity(address)
      const row = await t.db.kysely
        .selectFrom('conversations')
        .selectAll()
        .where('contact_id', '=', contact_id)
        .executeTakeFirstOrThrow()
      return row.id
    }
    const say = (id: ConversationId, text: string, more: object = {}) =>
      t.core.commands.reply(viewer, id, { text, attachmentIds: [], ...more })
    const deliveriesOf = (message: MessageId) =>
      t.db.kysely.selectFrom('deliveries').selectAll().where('message_id', '=', message).orderBy('seq').execute()
    const deliveryOf = async (message: MessageId) => {
      const delivery = (await deliveriesOf(message)).at(-1)
      if (!delivery) throw new Error('no delivery')
      return delivery
    }
    const answer = async (account: AccountId, deliveryId: DeliveryId, result: SendResult, attempt = 1) => {
      await t.publish({ v: 1, type: 'sent', receivedAt: Date.now(), account, deliveryId, attempt, result })
      await t.settled()
    }
    const upload = async (mimeType: string, size: number) => {
      const id = newId<string>()
      await t.db.kysely
        .insertInto('attachments')
        .values({
          id,
          message_id: null,
          media_id: null,
          name: 'file',
          mime_type: mimeType,
          size,
          content_id: null,
          state: 'stored',
          remote_ref: null,
          failure: null,
          uploaded_by: viewer.agentId,
          created_at: 0,
        })
        .execute()
      return id
    }
    const window = (expiresAt: number, remaining: number | null) => ({ window: { expiresAt, remaining } })
    const hour = 3_600_000

    test('an answer goes by the way that was chosen, else the way the customer wrote last', async () => {
      const address = phone()
      const id = await hears(t.accounts.sms, address)
      const contact = (await identity(address)).contact_id
      const mail = must(
        await t.core.commands.addIdentity(viewer, contact, {
          accountId: t.accounts.email,
          address: `${newId()}@example.com`,
        }),
      )
      const usual = await deliveryOf(must(await say(id, 'usual')))
      expect(usual).toMatchObject({ account_id: t.accounts.sms, state: 'planned' })
      const chosen = must(await say(id, 'chosen', { identityId: mail, accountId: t.accounts.email }))
      expect(await deliveryOf(chosen)).toMatchObject({ account_id: t.accounts.email, identity_id: mail })
    })

    test('an answer by mail in a joined thread keeps the subject of the mail', async () => {
      const [number, mail] = [phone(), `${newId()}@example.com`]
      const id = await hears(t.accounts.sms, number)
      await hears(t.accounts.email, mail, { subject: 'Broken cup' })
      const [one, other] = [await identity(number), await identity(mail)]
      must(await t.core.commands.join(viewer, one.contact_id, other.contact_id))
      const answered = must(await say(id, 'yes', { identityId: other.id, accountId: t.accounts.email }))
      const row = await t.db.kysely
        .selectFrom('messages')
        .select('subject')
        .where('id', '=', answered)
        .executeTakeFirstOrThrow()
      expect(row.subject).toBe('Re: Broken cup')
    })

    test('a way that is closed is refused with its reason', async () => {
      const { official, sms } = t.accounts
      const refusals: Record<string, string> = {}
      const now = Date.now()
      refusals.quota = codeOf(
        await say(await hears(official, 'quota_used_up_openid_0000001', window(now + hour, 0)), 'x'),
      )
      refusals.closed = codeOf(
        await say(await hears(official, 'window_closed_openid_0000001', window(now - 1, 5)), 'x'),
      )
      refusals.none = codeOf(await say(await hears(official, 'no_window_at_all_openid_0001'), 'x'))
      refusals.open = codeOf(
        await say(await hears(official, 'window_is_open_openid_000001', window(now + hour, 1)), 'x'),
      )
      const stopped = phone()
      const id = await hears(sms, stopped)
      await t.receive({
        kind: 'consent',
        account: sms,
        id: newId<string>(),
        at: now,
        thread: stopped,
        from: { address: stopped, verified: true },
        change: 'revoked',
        evidence: 'STOP',
      })
      await t.settled()
      refusals.stopped = codeOf(await say(id, 'x'))
      const other = await hears(sms, phone())
      const account = t.db.kysely.updateTable('accounts').where('id', '=', sms)
      await account.set({ enabled: 0 }).execute()
      refusals.disabled = codeOf(await say(other, 'x'))
      const health = (state: string) => JSON.stringify({ state, detail: '' })
      await account.set({ enabled: 1, health: health('needs_login') }).execute()
      refusals.down = codeOf(await say(other, 'x'))
      await account.set({ health: health('ok') }).execute()
      expect(refusals).toEqual({
        quota: 'quota_used',
        closed: 'window_closed',
        none: 'no_window',
        open: 'done',
        stopped: 'suppressed',
        disabled: 'account_disabled',
        down: 'account_down',
      })
    })

    test('a text too long, a file of the wrong kind or too large, and nothing at all are refused', async () => {
      const id = await hears(t.accounts.official, 'misfits_are_refused_openid_1', window(Date.now() + hour, 5))
      expect(codeOf(await say(id, 'x'.repeat(2001)))).toBe('text_too_long')
      expect(codeOf(await say(id, ' '))).toBe('empty')
      const files = async (mime: string, size: number) =>
        codeOf(await say(id, '', { attachmentIds: [await upload(mime, size)] }))
      expect(await files('application/zip', 10)).toBe('media_not_supported')
      expect(await files('image/png', 1024 ** 3)).toBe('media_too_large')
      expect(await files('image/png', 10)).toBe('done')
    })

    test('who answers what nobody has, has it; who does not, does not', async () => {
      const id = await hears(t.accounts.sms, phone())
      must(await t.core.commands.note(viewer, id, { text: 'thinking', attachmentIds: [] }))
      const owner = () =>
        t.db.kysely.selectFrom('conversations').select('assignee_id').where('id', '=', id).executeTakeFirst()
      expect(await owner()).toEqual({ assignee_id: null })
      must(await say(id, 'mine'))
      expect(await owner()).toEqual({ assignee_id: viewer.agentId })
      const colleague = { ...viewer, agentId: await t.addAgent({ online: false }) }
      must(await t.core.commands.reply(colleague, id, { text: 'also', attachmentIds: [] }))
      expect(await owner()).toEqual({ assignee_id: viewer.agentId })
    })

    test('a note never leaves, and the customer’s own page does not show it', async () => {
      const address = phone()
      const id = await hears(t.accounts.sms, address)
      const note = must(await t.core.commands.note(viewer, id, { text: 'secret', attachmentIds: [] }))
      expect(await deliveriesOf(note)).toEqual([])
      const history = await t.core.customerSide.history(t.accounts.sms, address, 0, 10)
      expect(history.map((message) => message.text)).toEqual(['hi'])
    })

    test('what a stranger to the conversation writes is refused', async () => {
      const id = await hears(t.accounts.sms, phone())
      const stranger: Viewer = { agentId: newId<AgentId>(), role: 'agent', teamIds: [] }
      expect(codeOf(await t.core.commands.reply(stranger, id, { text: 'x', attachmentIds: [] }))).toBe('not_found')
      expect(codeOf(await t.core.commands.note(stranger, id, { text: 'x', attachmentIds: [] }))).toBe('not_found')
    })

    test('the first message to a new number makes the person and the conversation, to a known one goes to theirs', async () => {
      const address = phone()
      const begin = { accountId: t.accounts.sms, text: 'hello', attachmentIds: [] }
      const first = must(await t.core.commands.start(viewer, { ...begin, address, contactName: 'New Person' }))
      const { contact_id } = await identity(address)
      const contact = await t.db.kysely
        .selectFrom('contacts')
        .selectAll()
        .where('id', '=', contact_id)
        .executeTakeFirst()
      expect(contact?.name).toBe('New Person')
      const again = must(await t.core.commands.start(viewer, { ...begin, address, text: 'again' }))
      expect(again.conversationId).toBe(first.conversationId)
      const other = must(await t.core.commands.createContact(viewer, { name: 'Somebody else' }))
      expect(codeOf(await t.core.commands.start(viewer, { ...begin, address, contactId: other }))).toBe('address_taken')
      expect(codeOf(await t.core.commands.start(viewer, { ...begin, address: 'nonsense' }))).toBe('bad_address')
    })

    test('a first message that cannot go leaves nothing behind', async () => {
      const address = phone()
      const contacts = async () => (await t.db.kysely.selectFrom('contacts').select('id').execute()).length
      const before = await contacts()
      const refused = await t.core.commands.start(viewer, {
        accountId: t.accounts.sms,
        address,
        text: 'x'.repeat(100_000),
        attachmentIds: [],
      })
      expect(codeOf(refused)).toBe('text_too_long')
      expect(await contacts()).toBe(before)
    })

    test('nobody is written to under a contact that was joined away', async () => {
      const [one, two] = [phone(), phone()]
      await hears(t.accounts.sms, one)
      await hears(t.accounts.sms, two)
      const gone = (await identity(two)).contact_id
      must(await t.core.commands.join(viewer, (await identity(one)).contact_id, gone))
      const begin = { accountId: t.accounts.sms, text: 'hello', attachmentIds: [], address: phone(), contactId: gone }
      expect(codeOf(await t.core.commands.start(viewer, begin))).toBe('not_found')
    })

    test.each(['failed', 'unknown'] as const)(
      'what %s is sent again once, and the message shows how that fares',
      async (state) => {
        const id = await hears(t.accounts.sms, phone())
        const message = must(await say(id, 'please arrive'))
        const first = await deliveryOf(message)
        expect(codeOf(await t.core.commands.retryDelivery(viewer, first.id))).toBe('not_failed')
        await t.core.claim(first.id)
        const failure =
          state === 'failed'
            ? ({ class: 'permanent', code: '30005', detail: 'no such number' } as const)
            : ({ class: 'uncertain', code: 'reset', detail: 'no answer' } as const)
        await answer(t.accounts.sms, first.id, { ok: false, failure })
        expect(await deliveryOf(message)).toMatchObject({ id: first.id, state })
        const clicks = await Promise.all([
          t.core.commands.retryDelivery(viewer, first.id),
          t.core.commands.retryDelivery(viewer, first.id),
        ])
        expect(clicks.map(codeOf).sort()).toEqual(['done', 'sent_again'])
        const second = await deliveryOf(message)
        expect(await deliveriesOf(message)).toHaveLength(2)
        expect(second).toMatchObject({ state: 'planned' })
        expect(second.send_key).not.toBe(first.send_key)
        expect(await t.core.claim(second.id)).toMatchObject({ do: 'send', content: { text: 'please arrive' } })
      },
    )

    test('the second message waits for the first that is tried again, and goes when that ended', async () => {
      const id = await hears(t.accounts.sms, phone())
      const first = await deliveryOf(must(await say(id, 'first')))
      const second = await deliveryOf(must(await say(id, 'second')))
      expect(await t.core.claim(first.id)).toMatchObject({ do: 'send' })
      expect(await t.core.claim(second.id)).toEqual({ do: 'nothing' })
      const soon = { class: 'retryable', code: '503', detail: 'busy', retryAfterMs: 20 } as const
      await answer(t.accounts.sms, first.id, { ok: false, failure: soon })
      expect(await t.core.claim(second.id)).toEqual({ do: 'nothing' })
      // The retry comes back by its timer.
      await vi.waitFor(
        async () => expect(await t.core.claim(first.id)).toMatchObject({ do: 'send', attempt: 2 }),
        10_000,
      )
      await answer(t.accounts.sms, first.id, { ok: true, ids: [newId<RemoteId>()] }, 2)
      expect(await t.core.claim(second.id)).toMatchObject({ do: 'send', content: { text: 'second' } })
    })

    test('a snoozed conversation comes back by itself, also after a restart', async () => {
      const id = await hears(t.accounts.sms, phone())
      const until = Date.now() + 400
      must(await t.core.commands.update(viewer, id, { status: 'snoozed', snoozedUntil: until }))
      await t.restart()
      const status = () =>
        t.db.kysely.selectFrom('conversations').select('status').where('id', '=', id).executeTakeFirst()
      await vi.waitFor(async () => expect(await status()).toEqual({ status: 'open' }), 10_000)
      expect(Date.now()).toBeGreaterThanOrEqual(until)
    })
  })
