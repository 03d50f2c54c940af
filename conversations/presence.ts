import type { AgentId } from '../src/model.ts'
import { type Assigner, PRESENCE_MS } from './assign.ts'
import type { Commands } from './commands.ts'
import { finishTimer, type TimerHandler } from './timers.ts'
import type { Transact, Unit } from './unit.ts'

/** Who is here: what an agent chose, and whether an inbox of theirs is open. */

export const PRESENCE_TIMER = 'presence'
/** A page that is loaded again is not gone. */
const GRACE_MS = 20_000

const announceAgent = (unit: Unit, agent: AgentId) =>
  unit.announce({ audience: { kind: 'staff' }, event: { type: 'agent.changed', agentId: agent } })

const find = (unit: Unit, agent: AgentId) =>
  unit.tx.selectFrom('agents').selectAll().where('id', '=', agent).executeTakeFirst()

export const createPresence = (deps: {
  transact: Transact
  assigner: Pick<Assigner, 'kick'>
}): Pick<Commands, 'setAvailability' | 'setConnected'> => ({
  setAvailability: (agent, availability) =>
    deps.transact(async (unit) => {
      const row = await find(unit, agent)
      if (!row || row.availability === availability) return
      await unit.tx
        .updateTable('agents')
        .set({ availability, available_since: availability === 'online' ? unit.now : null })
        .where('id', '=', agent)
        .execute()
      announceAgent(unit, agent)
      if (availability === 'online') unit.afterCommit(() => deps.assigner.kick(null))
    }),

  setConnected: (agent, connected) =>
    deps.transact(async (unit) => {
      const row = await find(unit, agent)
      if (!row) return
      const dueAt = unit.now + (connected ? PRESENCE_MS : GRACE_MS)
      await unit.setTimer(PRESENCE_TIMER, agent, dueAt)
      if (!connected) return
      await unit.tx
        .updateTable('agents')
        .set({
          connected: 1,
          last_seen_at: unit.now,
          ...(row.connected ? {} : { available_since: row.availability === 'online' ? unit.now : null }),
        })
        .where('id', '=', agent)
        .execute()
      const cameBack = !row.connected || (row.last_seen_at ?? 0) <= unit.now - PRESENCE_MS
      if (!cameBack) return
      announceAgent(unit, agent)
      if (row.availability === 'online') unit.afterCommit(() => deps.assigner.kick(null))
    }),
})

/** Nothing was heard of the agent's inbox since: they are gone until they come back. */
export const presenceTimer =
  (deps: { transact: Transact }): TimerHandler =>
  (timer) =>
    deps.transact(async (unit) => {
      if (!(await finishTimer(unit.tx, timer))) return
      const agent = timer.key as AgentId
      const { numUpdatedRows } = await unit.tx
        .updateTable('agents')
        .set({ connected: 0 })
        .where('id', '=', agent)
        .where('connected', '=', 1)
        .executeTakeFirst()
      if (numUpdatedRows > 0n) announceAgent(unit, agent)
    })
