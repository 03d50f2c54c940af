import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentId } from '../../src/model.ts'
import { inbound, startTestCore, type TestCore } from '../support/core.ts'
import { DIALECTS } from '../support/databases.ts'

for (const dialect of DIALECTS)
  describe(`opening a conversation again, on ${dialect}`, () => {
    let t: TestCore
    let boss: { agentId: AgentId; role: 'administrator'; teamIds: [] }
    beforeAll(async () => {
      t = await startTestCore(dialect)
      boss = { agentId: await t.addAgent({ online: false }), role: 'administrator', teamIds: [] }
    })
    afterAll(() => t.close())

    const load = () => t.db.kysely.selectFrom('conversations').selectAll().executeTakeFirstOrThrow()
    const set = async (status: 'open' | 'resolved') => {
      const { id } = await load()
      expect(await t.core.commands.update(boss, id, { status })).toMatchObject({ ok: true })
    }

    test('a customer whom nobody answered waits as long as before; one who was answered does not', async () => {
      await t.receive(inbound(t.accounts.sms, '+8613800000001', 'is anybody there?'))
      await t.settled()
      const { id, waiting_since: since } = await load()
      expect(since).not.toBeNull()
      await set('resolved')
      expect(await load()).toMatchObject({ waiting_since: null })
      await set('open')
      expect(await load()).toMatchObject({ status: 'open', waiting_since: since })

      await t.core.commands.reply(boss, id, { text: 'yes', attachmentIds: [] })
      await set('resolved')
      await set('open')
      expect(await load()).toMatchObject({ status: 'open', waiting_since: null })
    })
  })
