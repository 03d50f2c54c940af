import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Viewer } from '../../conversations/viewer.ts'
import { listConversations } from '../../conversations/views/conversations.ts'
import { newId } from '../../src/ids.ts'
import type { AgentId, ContactId, ConversationId, TeamId } from '../../src/model.ts'
import { inbound, startTestCore, type TestCore } from '../support/core.ts'
import { DIALECTS } from '../support/databases.ts'

for (const dialect of DIALECTS)
  describe(`two contacts that are one person, on ${dialect}`, () => {
    let t: TestCore
    let viewer: Viewer
    let people = 0
    beforeAll(async () => {
      t = await startTestCore(dialect)
      viewer = { agentId: await t.addAgent({ online: false }), role: 'administrator', teamIds: [] }
    })
    afterAll(() => t.close())
    afterEach(() => expect(t.errors.splice(0)).toEqual([]))

    const phone = () => `+86137${String(++people).padStart(8, '0')}`
    const mail = () => `p${++people}@example.com`
    const says = async (address: string, text: string, name?: string) => {
      const account = address.startsWith('+') ? t.accounts.sms : t.accounts.email
      const from = { address, verified: true, ...(name ? { displayName: name } : {}) }
      await t.receive(inbound(account, from, text))
      await t.settled()
    }
    const identity = (address: string) =>
      t.db.kysely.selectFrom('identities').selectAll().where('address', '=', address).executeTakeFirstOrThrow()
    const contactOf = async (address: string) => (await identity(address)).contact_id
    const threads = (contact: ContactId) =>
      t.db.kysely.selectFrom('conversations').selectAll().where('contact_id', '=', contact).orderBy('id').execute()
    const threadOf = async (address: string) => {
      const shown = (await threads(await contactOf(address))).filter((row) => row.last_seq > 0)
      const [first] = shown
      if (!first || shown.length > 1) throw new Error(`${shown.length} threads`)
      return first
    }
    const texts = async (conversation: ConversationId) =>
      (
        await t.db.kysely
          .selectFrom('messages')
          .select('text')
          .where('conversation_id', '=', conversation)
          .orderBy('seq')
          .execute()
      ).map((row) => row.text)
    const join = async (winner: string, loser: string, who = viewer) => {
      const joined = await t.core.commands.join(who, await contactOf(winner), await contactOf(loser))
      if (!joined.ok) throw new Error(joined.problem.detail)
      return joined.value
    }
    const undo = async (id: string) => {
      const undone = await t.core.commands.undoJoin(viewer, id)
      if (!undone.ok) throw new Error(undone.problem.detail)
    }
    const reply = async (conversation: ConversationId, text: string, to: string) => {
      const { id, account_id } = await identity(to)
      const sent = await t.core.commands.reply(viewer, conversation, {
        text,
        identityId: id,
        accountId: account_id,
        attachmentIds: [],
      })
      if (!sent.ok) throw new Error(sent.problem.detail)
    }
    const resolve = (conversation: ConversationId) =>
      t.core.commands.update(viewer, conversation, { status: 'resolved' })

    /** All that an agent could see of these people, without the times of looking. */
    const everything = async (addresses: string[]) => {
      const found = []
      for (const address of addresses) {
        const { contact_id } = await identity(address)
        const contact = await t.db.kysely
          .selectFrom('contacts')
          .select(['id', 'name', 'joined_into'])
          .where('id', '=', contact_id)
          .executeTakeFirst()
        const rows = []
        for (const { updated_at: _, ...row } of await threads(contact_id))
          rows.push({
            ...row,
            texts: await texts(row.id),
            deliveries: await t.db.kysely
              .selectFrom('deliveries')
              .select('id')
              .where('conversation_id', '=', row.id)
              .orderBy('seq')
              .execute(),
          })
        found.push({ address, contact, rows })
      }
      return found
    }

    test('their two open threads become one, in the order in which everything arrived', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'one')
      await says(email, 'two')
      await says(sms, 'three')
      await join(sms, email)
      const thread = await threadOf(sms)
      expect(await texts(thread.id)).toEqual(['one', 'two', 'three'])
      expect(thread).toMatchObject({ status: 'open', unread: 3, preview: 'three' })
      expect(await contactOf(email)).toBe(await contactOf(sms))
    })

    test('both identities write in the one thread afterwards', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'one')
      await says(email, 'two')
      await join(sms, email)
      await says(email, 'three')
      await says(sms, 'four')
      expect(await texts((await threadOf(sms)).id)).toEqual(['one', 'two', 'three', 'four'])
    })

    test('what was emptied is in no list, and no message opens it again', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'one')
      await says(email, 'two')
      await join(sms, email)
      const contact = await contactOf(sms)
      const { items } = await listConversations(t.db.kysely, viewer, { contact, limit: 10 })
      expect(items.map((item) => item.preview)).toEqual(['two'])
      await resolve((await threadOf(sms)).id)
      await says(email, 'three')
      expect(await texts((await threadOf(sms)).id)).toEqual(['one', 'two', 'three'])
    })

    test('undoing gives back exactly what was before', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'one', 'Ana')
      await says(email, 'two', 'Ana at work')
      await reply((await threadOf(sms)).id, 'hello', sms)
      await t.core.commands.note(viewer, (await threadOf(email)).id, { text: 'a note', attachmentIds: [] })
      await t.core.commands.markRead(viewer, (await threadOf(email)).id)
      const before = await everything([sms, email])
      const id = await join(sms, email)
      expect(await everything([sms, email])).not.toEqual(before)
      await undo(id)
      expect(await everything([sms, email])).toEqual(before)
    })

    test('undoing gives each what was written since, too', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'sms 1')
      await says(email, 'mail 1')
      const id = await join(sms, email)
      await says(email, 'mail 2')
      await reply((await threadOf(sms)).id, 'to the mail', email)
      await says(sms, 'sms 2')
      await undo(id)
      expect(await texts((await threadOf(sms)).id)).toEqual(['sms 1', 'sms 2'])
      expect(await texts((await threadOf(email)).id)).toEqual(['mail 1', 'mail 2', 'to the mail'])
      expect(await threadOf(sms)).toMatchObject({ unread: 1, preview: 'sms 2' })
      expect(await threadOf(email)).toMatchObject({ unread: 0, waiting_since: null, preview: 'to the mail' })
      const sent = await t.db.kysely
        .selectFrom('deliveries')
        .select('conversation_id')
        .where('identity_id', '=', (await identity(email)).id)
        .execute()
      expect(sent).toEqual([{ conversation_id: (await threadOf(email)).id }])
    })

    test('undoing parts them also where only one of them had an open thread', async () => {
      for (const closed of ['winner', 'loser'] as const) {
        const [sms, email] = [phone(), mail()]
        await says(sms, 'sms 1')
        await says(email, 'mail 1')
        await resolve((await threadOf(closed === 'winner' ? sms : email)).id)
        const id = await join(sms, email)
        await says(email, 'mail 2')
        await says(sms, 'sms 2')
        await undo(id)
        const written = async (address: string) =>
          (await everything([address]))[0]?.rows.flatMap((row) => row.texts).sort()
        expect(await written(sms)).toEqual(['sms 1', 'sms 2'])
        expect(await written(email)).toEqual(['mail 1', 'mail 2'])
      }
    })

    test('a resolved thread that moves stays as it was resolved', async () => {
      const [sms, email] = [phone(), mail()]
      await says(email, 'done long ago')
      await resolve((await threadOf(email)).id)
      const { id } = await threadOf(email)
      await says(sms, 'new')
      await join(sms, email)
      const row = (await threads(await contactOf(sms))).find((one) => one.id === id)
      expect(row).toMatchObject({ status: 'resolved', unread: 0, waiting_since: null })
    })

    test('whoever was talking with one of them keeps the thread', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'waits')
      await says(email, 'is helped')
      await reply((await threadOf(email)).id, 'helping', email)
      await join(sms, email)
      expect(await threadOf(sms)).toMatchObject({ assignee_id: viewer.agentId })
    })

    test('a customer who waits is not put to sleep by the other thread; a snooze parted again still ends', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'waits')
      await says(email, 'sleeps')
      const until = Date.now() + 3_600_000
      await t.core.commands.update(viewer, (await threadOf(email)).id, { status: 'snoozed', snoozedUntil: until })
      const asleep = (await threadOf(email)).id
      const id = await join(email, sms)
      expect(await threadOf(email)).toMatchObject({ id: asleep, status: 'open', unread: 2 })
      await undo(id)
      expect(await threadOf(email)).toMatchObject({ status: 'snoozed', snoozed_until: until })
      const timer = await t.db.kysely.selectFrom('timers').selectAll().where('key', '=', asleep).execute()
      expect(timer).toMatchObject([{ kind: 'snooze', due_at: until }])
      expect(await threadOf(sms)).toMatchObject({ status: 'open', unread: 1 })
    })

    test('a join of a join is undone in steps, the last first', async () => {
      const [a, b, c] = [phone(), mail(), phone()]
      for (const address of [a, b, c]) await says(address, `first of ${address}`)
      const before = await everything([a, b, c])
      const one = await join(b, c)
      const two = await join(a, b)
      for (const address of [c, b, a]) await says(address, `second of ${address}`)
      expect(await texts((await threadOf(a)).id)).toHaveLength(6)
      expect(await t.core.commands.undoJoin(viewer, one)).toMatchObject({ problem: { code: 'joined_since' } })
      await undo(two)
      expect(await texts((await threadOf(a)).id)).toEqual([`first of ${a}`, `second of ${a}`])
      await undo(one)
      expect((await everything([a, b, c])).map((row) => row.contact)).toEqual(before.map((row) => row.contact))
      for (const address of [a, b, c])
        expect(await texts((await threadOf(address)).id)).toEqual([`first of ${address}`, `second of ${address}`])
    })

    test('two joins into the same contact are undone in any order', async () => {
      const [a, b, c] = [phone(), mail(), phone()]
      for (const address of [a, b, c]) await says(address, address)
      const before = await everything([a, b, c])
      const one = await join(a, b)
      const two = await join(a, c)
      await undo(one)
      expect(await texts((await threadOf(a)).id)).toEqual([a, c])
      expect(await threadOf(a)).toMatchObject({ unread: 2 })
      await undo(two)
      expect(await everything([a, b, c])).toEqual(before)
    })

    test('the name that one of them told is kept, and goes back', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'no name')
      await says(email, 'named', 'Ana Li')
      const name = async () =>
        (
          await t.db.kysely
            .selectFrom('contacts')
            .select('name')
            .where('id', '=', await contactOf(sms))
            .executeTakeFirst()
        )?.name
      const id = await join(sms, email)
      expect(await name()).toBe('Ana Li')
      await undo(id)
      expect(await name()).toBeNull()
      const again = await join(sms, email)
      await t.core.commands.updateContact(viewer, await contactOf(sms), { name: 'Ana Maria' })
      await undo(again)
      expect(await name()).toBe('Ana Maria')
    })

    test('what they agreed to moves with them and comes back', async () => {
      const [sms, other] = [phone(), phone()]
      await says(sms, 'hi')
      await says(other, 'hi')
      const consent = async (change: 'granted' | 'revoked') => {
        await t.receive({
          kind: 'consent',
          account: t.accounts.sms,
          id: newId<string>(),
          at: Date.now(),
          thread: other,
          from: { address: other, verified: true },
          change,
          evidence: change,
        })
        await t.settled()
      }
      await consent('revoked')
      const consents = async (contact: ContactId) =>
        (await t.db.kysely.selectFrom('consents').select('state').where('contact_id', '=', contact).execute()).length
      const loser = await contactOf(other)
      const id = await join(sms, other)
      expect(await consents(await contactOf(sms))).toBe(1)
      await consent('granted')
      await undo(id)
      expect(await consents(await contactOf(sms))).toBe(0)
      expect(await consents(loser)).toBe(2)
    })

    test('with oneself, twice, undone twice, or of a foreign team: refused with the reason', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'a')
      await says(email, 'b')
      const [one, two] = [await contactOf(sms), await contactOf(email)]
      const { commands } = t.core
      expect(await commands.join(viewer, one, one)).toMatchObject({ problem: { code: 'same_contact' } })
      const stranger: Viewer = { agentId: newId<AgentId>(), role: 'agent', teamIds: [newId<TeamId>()] }
      expect(await commands.join(stranger, one, two)).toMatchObject({ problem: { code: 'not_yours' } })
      const id = await join(sms, email)
      expect(await commands.join(viewer, one, two)).toMatchObject({ problem: { code: 'not_found' } })
      expect(await commands.undoJoin(stranger, id)).toMatchObject({ problem: { code: 'not_yours' } })
      await undo(id)
      expect(await commands.undoJoin(viewer, id)).toMatchObject({ problem: { code: 'already_undone' } })
    })

    test('two agents who join them crosswise at the same moment join them once', async () => {
      const [sms, email] = [phone(), mail()]
      await says(sms, 'a')
      await says(email, 'b')
      const [one, two] = [await contactOf(sms), await contactOf(email)]
      const results = await Promise.all([
        t.core.commands.join(viewer, one, two),
        t.core.commands.join(viewer, two, one),
      ])
      expect(results.map((result) => result.ok).sort()).toEqual([false, true])
      expect(await texts((await threadOf(sms)).id)).toEqual(['a', 'b'])
    })

    test('whatever they wrote before: joining and undoing changes nothing', { timeout: 60_000 }, async () => {
      const act = fc.record({
        who: fc.nat(1),
        what: fc.constantFrom('writes', 'is answered', 'is read', 'is noted', 'is resolved', 'is snoozed'),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(act, { maxLength: 8 }), fc.boolean(), async (acts, swapped) => {
          const addresses = [phone(), mail()] as [string, string]
          for (const address of addresses) await says(address, 'hi')
          for (const { who, what } of acts) {
            const address = addresses[who] as string
            const { id } = await threadOf(address)
            const snooze = { status: 'snoozed', snoozedUntil: Date.now() + 3_600_000 } as const
            if (what === 'writes') await says(address, newId())
            else if (what === 'is answered') await reply(id, newId(), address)
            else if (what === 'is read') await t.core.commands.markRead(viewer, id)
            else if (what === 'is noted') await t.core.commands.note(viewer, id, { text: 'n', attachmentIds: [] })
            else if (what === 'is resolved') await resolve(id)
            else await t.core.commands.update(viewer, id, snooze)
          }
          const before = await everything(addresses)
          const [winner, loser] = swapped ? [addresses[1], addresses[0]] : addresses
          await undo(await join(winner, loser))
          expect(await everything(addresses)).toEqual(before)
        }),
        { numRuns: 6 },
      )
    })
  })
