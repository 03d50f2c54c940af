import { setTimeout as delay } from 'node:timers/promises'
import { channels } from '../../adapters/registry.ts'
import { partitionOf } from '../../src/bus.ts'
import { catalogueOf } from '../../src/catalogue.ts'
import { type Core, createCore } from '../../src/core.ts'
import type { Db, Dialect } from '../../src/db.ts'
import { newId } from '../../src/ids.ts'
import type {
  AccountId,
  AgentId,
  BusIn,
  Identity,
  InboundEvent,
  InboundMessage,
  RemoteId,
  TeamId,
} from '../../src/model.ts'
import { openTestDatabase } from './databases.ts'
import { startTestNats, type TestNats } from './nats.ts'

export interface TestCore {
  core: Core
  db: Db
  nats: TestNats
  team: TeamId
  /** Accounts by channel. */
  accounts: { sms: AccountId; email: AccountId; official: AccountId }
  addAgent(options?: { capacity?: number; online?: boolean; name?: string }): Promise<AgentId>
  receive(...events: InboundEvent[]): Promise<void>
  publish(...words: BusIn[]): Promise<void>
  /** Resolves when all that was published is applied, assigned and announced. */
  settled(): Promise<void>
  errors: unknown[]
  /** Stops the core and starts a new one on the same data. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** The model on a real database and a real nats-server, with a team and accounts, without adapters. */
export const startTestCore = async (dialect: Dialect): Promise<TestCore> => {
  const [database, nats] = await Promise.all([openTestDatabase(dialect), startTestNats()])
  const { db } = database
  const errors: unknown[] = []
  const start = async () => {
    const core = createCore({
      db,
      bus: nats.bus,
      catalogue: catalogueOf(channels),
      node: 'test-node',
      now: Date.now,
      onError: (error) => void errors.push(error),
    })
    await core.ingest.start()
    core.timers.start()
    return core
  }
  const team = newId<TeamId>()
  await db.kysely.insertInto('teams').values({ id: team, name: 'Front desk', created_at: Date.now() }).execute()
  const addAccount = async (channel: string) => {
    const id = newId<AccountId>()
    const now = Date.now()
    await db.kysely
      .insertInto('accounts')
      .values({
        id,
        channel,
        name: `Test ${channel}`,
        config: '{}',
        team_id: team,
        enabled: 1,
        sandbox: 0,
        health: JSON.stringify({ state: 'ok', detail: '' }),
        health_at: 0,
        created_at: now,
        updated_at: now,
      })
      .execute()
    return id
  }
  const accounts = {
    sms: await addAccount('sms'),
    email: await addAccount('email'),
    official: await addAccount('wechat-official'),
  }
  let core = await start()
  const stop = async () => {
    await core.ingest.stop()
    await core.timers.stop()
    await core.assigner.stop()
    await core.outbox.stop()
  }
  const publish = async (...words: BusIn[]) => {
    // Pipelined on one connection: the order stays.
    await Promise.all(words.map((word) => nats.bus.publishIn(partitionOf('test'), word)))
  }
  const test: TestCore = {
    get core() {
      return core
    },
    db,
    nats,
    team,
    accounts,
    errors,
    async addAgent({ capacity = 5, online = true, name = 'Agent' } = {}) {
      const id = newId<AgentId>()
      const now = Date.now()
      await db.kysely
        .insertInto('agents')
        .values({
          id,
          email: `${id}@example.com`,
          name,
          role: 'agent',
          capacity,
          availability: online ? 'online' : 'offline',
          connected: 0,
          available_since: now,
          last_assigned_at: null,
          last_seen_at: null,
          language: null,
          disabled_at: null,
          created_at: now,
        })
        .execute()
      await db.kysely.insertInto('team_members').values({ team_id: team, agent_id: id }).execute()
      if (online) await core.commands.setConnected(id, true)
      return id
    },
    publish,
    receive: (...events) =>
      publish(...events.map((event): BusIn => ({ v: 1, type: 'inbound', receivedAt: Date.now(), event }))),
    async settled() {
      const { last } = await nats.bus.inPosition()
      while (core.ingest.position() < last) await delay(2)
      await core.assigner.idle()
      await core.outbox.drain()
    },
    async restart() {
      await stop()
      core = await start()
    },
    async close() {
      await stop()
      await nats.close()
      await database.close()
    },
  }
  return test
}

/** An inbound message with the fields a test cares about. */
export const inbound = (
  account: AccountId,
  from: string | Identity,
  text: string,
  more: Partial<Omit<InboundMessage, 'kind' | 'account' | 'from' | 'text'>> = {},
): InboundMessage => {
  const identity = typeof from === 'string' ? { address: from, verified: true } : from
  return {
    kind: 'message',
    account,
    id: newId<RemoteId>(),
    at: Date.now(),
    thread: identity.address,
    from: identity,
    text,
    media: [],
    ...more,
  }
}
