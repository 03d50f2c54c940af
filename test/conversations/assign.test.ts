import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { channels } from '../../adapters/registry.ts'
import type { Viewer } from '../../conversations/viewer.ts'
import { catalogueOf } from '../../src/catalogue.ts'
import { createCore } from '../../src/core.ts'
import { newId } from '../../src/ids.ts'
import type { AgentId, TeamId } from '../../src/model.ts'
import { inbound, startTestCore, type TestCore } from '../support/core.ts'
import { DIALECTS } from '../support/databases.ts'

for (const dialect of DIALECTS)
  describe(`the queue, on ${dialect}`, () => {
    let t: TestCore
    let boss: Viewer
    let people = 0
    beforeAll(async () => {
      t = await startTestCore(dialect)
    })
    afterAll(() => t.close())
    beforeEach(async () => {
      await t.db.kysely.updateTable('conversations').set({ status: 'resolved' }).execute()
      await t.db.kysely.updateTable('agents').set({ disabled_at: 1 }).execute()
      boss = { agentId: newId<AgentId>(), role: 'supervisor', teamIds: [] }
    })
    afterEach(() => expect(t.errors.splice(0)).toEqual([]))

    const write = async (count: number) => {
      for (let n = 0; n < count; n++)
        await t.receive(inbound(t.accounts.sms, `+86136${String(++people).padStart(8, '0')}`, 'help'))
      await t.settled()
    }
    const open = () =>
      t.db.kysely.selectFrom('conversations').selectAll().where('status', '=', 'open').orderBy('created_at').execute()
    const heldBy = async (agent: AgentId) => (await open()).filter((row) => row.assignee_id === agent)
    const eventsOf = async (type: string) =>
      (
        await t.db.kysely
          .selectFrom('events')
          .innerJoin('conversations', 'conversations.id', 'events.conversation_id')
          .select(['events.conversation_id', 'events.data'])
          .where('conversations.status', '=', 'open')
          .where('events.type', '=', type)
          .execute()
      ).map((row) => ({ id: row.conversation_id, data: JSON.parse(row.data) }))

    test('a new conversation goes to the free agent at once, with the reason', async () => {
      const busy = await t.addAgent({ name: 'Busy' })
      await write(1)
      const free = await t.addAgent({ name: 'Free' })
      await write(1)
      expect(await heldBy(busy)).toHaveLength(1)
      expect(await heldBy(free)).toHaveLength(1)
      const events = await eventsOf('assigned')
      const decision = events.find((event) => event.data.agentId === free)?.data.decision
      expect(decision).toMatchObject({ rule: 'least_busy', chosen: free })
      expect(decision.candidates.find((one: { agentId: string }) => one.agentId === busy)).toMatchObject({
        rejected: 'busier',
      })
    })

    test('who waits is given out, oldest first, the moment an agent comes online', async () => {
      const agent = await t.addAgent({ capacity: 2, online: false })
      await t.core.commands.setConnected(agent, true)
      await write(3)
      expect(await heldBy(agent)).toEqual([])
      await t.core.commands.setAvailability(agent, 'online')
      await t.core.assigner.idle()
      const all = await open()
      expect((await heldBy(agent)).map((row) => row.id)).toEqual(all.slice(0, 2).map((row) => row.id))
    })

    test('a resolved conversation frees its seat for the next in line', async () => {
      const agent = await t.addAgent({ capacity: 1 })
      await write(2)
      const [first, second] = await open()
      expect(await heldBy(agent)).toMatchObject([{ id: first?.id }])
      await t.core.commands.update(boss, first?.id as never, { status: 'resolved' })
      await t.core.assigner.idle()
      expect(await heldBy(agent)).toMatchObject([{ id: second?.id }])
    })

    test('a raised capacity takes the next in line', async () => {
      const agent = await t.addAgent({ capacity: 1 })
      await write(2)
      await t.db.kysely.updateTable('agents').set({ capacity: 2 }).where('id', '=', agent).execute()
      t.core.assigner.kick(null)
      await t.core.assigner.idle()
      expect(await heldBy(agent)).toHaveLength(2)
    })

    test('while nobody is there each conversation says once why it waits', async () => {
      await t.addAgent({ online: false, name: 'Gone' })
      await write(2)
      for (let again = 0; again < 2; again++) {
        t.core.assigner.kick(null)
        await t.core.assigner.idle()
      }
      const events = await eventsOf('queued')
      expect(events).toHaveLength(2)
      const gone = events[0]?.data.decision.candidates.find((one: { agentName: string }) => one.agentName === 'Gone')
      expect(gone).toMatchObject({ rejected: 'offline' })
    })

    test('an agent whose inbox was closed is not given work once the grace is over', async () => {
      const agent = await t.addAgent()
      await t.core.commands.setConnected(agent, false)
      await write(1)
      // A page that is loaded again is not gone.
      expect(await heldBy(agent)).toHaveLength(1)
      await t.db.kysely
        .updateTable('timers')
        .set({ due_at: Date.now() - 1 })
        .where('key', '=', agent)
        .execute()
      t.core.timers.kick()
      const connected = () =>
        t.db.kysely.selectFrom('agents').select('connected').where('id', '=', agent).executeTakeFirst()
      await vi.waitFor(async () => expect(await connected()).toEqual({ connected: 0 }))
      await write(1)
      expect(await heldBy(agent)).toHaveLength(1)
    })

    test('an agent not heard of for two minutes is not given work, whatever was stored', async () => {
      const agent = await t.addAgent()
      await t.db.kysely
        .updateTable('agents')
        .set({ last_seen_at: Date.now() - 120_000 })
        .where('id', '=', agent)
        .execute()
      await write(1)
      expect(await heldBy(agent)).toEqual([])
    })

    test('what failed is tried again without being asked', async () => {
      const agent = await t.addAgent({ capacity: 0 })
      await write(1)
      await t.db.kysely.updateTable('agents').set({ capacity: 5 }).where('id', '=', agent).execute()
      const write0 = t.db.write
      const broken = vi.spyOn(t.db, 'write').mockRejectedValueOnce(new Error('database is away'))
      broken.mockImplementation(write0)
      t.core.assigner.kick(null)
      await t.core.assigner.idle()
      broken.mockRestore()
      expect(t.errors.splice(0)).toMatchObject([{ message: 'database is away' }])
      expect(await heldBy(agent)).toHaveLength(1)
    })

    // SQLite has one hub: two can only share a PostgreSQL.
    test.runIf(dialect === 'postgres')(
      'two nodes never give one conversation twice, nor exceed a capacity',
      async () => {
        const bus = await t.nats.connect()
        const other = createCore({
          db: t.db,
          bus,
          catalogue: catalogueOf(channels),
          node: 'other-node',
          now: Date.now,
          onError: (error) => void t.errors.push(error),
        })
        await write(30)
        // Two teams, and one agent who is in both.
        const second = newId<TeamId>()
        await t.db.kysely.insertInto('teams').values({ id: second, name: second, created_at: 0 }).execute()
        const ids = (await open()).map((row) => row.id)
        await t.db.kysely
          .updateTable('conversations')
          .set({ team_id: second })
          .where('id', 'in', ids.slice(15))
          .execute()
        const agents = []
        for (const capacity of [3, 4, 5]) agents.push(await t.addAgent({ capacity, online: false }))
        for (const agent of agents.slice(1))
          await t.db.kysely.insertInto('team_members').values({ team_id: second, agent_id: agent }).execute()
        await t.db.kysely
          .updateTable('agents')
          .set({ availability: 'online', connected: 1, last_seen_at: Date.now() })
          .where('id', 'in', agents)
          .execute()
        for (let n = 0; n < 10; n++) {
          t.core.assigner.kick([n % 2 ? t.team : second])
          other.assigner.kick([n % 2 ? second : t.team])
        }
        await Promise.all([t.core.assigner.idle(), other.assigner.idle()])
        const loads = await Promise.all(agents.map(async (agent) => (await heldBy(agent)).length))
        expect(loads).toEqual([3, 4, 5])
        const given = (await eventsOf('assigned')).map((event) => event.id)
        expect(new Set(given).size).toBe(given.length)
        await other.outbox.stop()
        await bus.close()
      },
    )
  })
