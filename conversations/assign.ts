import { setTimeout as delay } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Db } from '../src/db.ts'
import type { AgentId, Millis, TeamId } from '../src/model.ts'
import type { Row, Schema } from '../src/schema.ts'
import { type AssignmentDecision, type Candidate, decideAssignment, withOneMore } from './assignment.ts'
import { announceConversation, type Transact, type Unit } from './unit.ts'

/** An inbox that was not heard of for this long is not open any more. */
export const PRESENCE_MS = 90_000
/** The database was away, or two transactions were in each other's way. */
const AGAIN_MS = 1_000
/** Conversations given out in one transaction. */
const BATCH = 50

/** The agents of a team with their load. */
export const loadCandidates = async (db: Kysely<Schema>, team: TeamId, now: Millis): Promise<Candidate[]> => {
  const rows = await db
    .selectFrom('team_members')
    .innerJoin('agents', 'agents.id', 'team_members.agent_id')
    .where('team_members.team_id', '=', team)
    .selectAll('agents')
    .select((fn) =>
      fn
        .selectFrom('conversations')
        .select((count) => count.fn.countAll<number>().as('load'))
        .whereRef('conversations.assignee_id', '=', 'agents.id')
        .where('conversations.status', '=', 'open')
        .as('load'),
    )
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    availability: row.availability,
    connected: row.connected === 1 && (row.last_seen_at ?? 0) > now - PRESENCE_MS,
    disabled: row.disabled_at !== null,
    load: Number(row.load ?? 0),
    capacity: row.capacity,
    idleSince: Math.max(row.last_assigned_at ?? 0, row.available_since ?? 0) || null,
  }))
}

/** Gives a conversation to an agent, if nobody has it yet. */
const give = async (
  unit: Unit,
  conversation: Row<'conversations'>,
  agent: AgentId,
  decision: AssignmentDecision,
): Promise<boolean> => {
  const row = await unit.tx
    .updateTable('conversations')
    .set({ assignee_id: agent, assigned_at: unit.now, updated_at: unit.now })
    .where('id', '=', conversation.id)
    .where('assignee_id', 'is', null)
    .where('status', '=', 'open')
    .returningAll()
    .executeTakeFirst()
  if (!row) return false
  await unit.tx.updateTable('agents').set({ last_assigned_at: unit.now }).where('id', '=', agent).execute()
  const happening = { type: 'assigned', actor: null, data: { agentId: agent, decision } }
  await announceConversation(unit, row, { happening, before: conversation })
  return true
}

const waitingIn = (unit: Unit, team: TeamId) =>
  unit.tx
    .selectFrom('conversations')
    .selectAll()
    .where('team_id', '=', team)
    .where('status', '=', 'open')
    .where('assignee_id', 'is', null)
    .orderBy((by) => by.fn.coalesce('waiting_since', 'created_at'))
    .orderBy('id')
    .limit(BATCH)
    .execute()

/** Writes down once why each waiting conversation could not be given to anybody. */
const explainWaiting = async (unit: Unit, team: TeamId, decision: AssignmentDecision): Promise<void> => {
  const unexplained = await unit.tx
    .selectFrom('conversations')
    .selectAll()
    .where('team_id', '=', team)
    .where('status', '=', 'open')
    .where('assignee_id', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('events')
            .select('events.id')
            .whereRef('events.conversation_id', '=', 'conversations.id')
            .where('events.type', '=', 'queued')
            .whereRef('events.at', '>=', (ref) =>
              ref.fn.coalesce('conversations.waiting_since', 'conversations.created_at'),
            ),
        ),
      ),
    )
    .limit(BATCH * 10)
    .execute()
  for (const row of unexplained)
    await announceConversation(unit, row, {
      happening: { type: 'queued', actor: null, data: { teamId: team, decision } },
    })
}

export interface Assigner {
  /** Something changed for these teams (null = all): give out what waits. Safe to call at any time. */
  kick(teams: (TeamId | null)[] | null): void
  /** Resolves when all that was asked for is done. */
  idle(): Promise<void>
  stop(): Promise<void>
}

export const createAssigner = (deps: { db: Db; transact: Transact; onError: (error: unknown) => void }): Assigner => {
  const { db, transact } = deps
  let wanted = new Set<TeamId>()
  let everything = false
  let running: Promise<void> | null = null
  const stopped = new AbortController()

  /** One pass over a team's queue; true when there may be more. */
  const assignBatch = (team: TeamId): Promise<boolean> =>
    transact(async (unit) => {
      if (db.dialect === 'postgres')
        // One for all teams: an agent of two teams has one capacity.
        await sql`select pg_advisory_xact_lock(hashtext('assign'))`.execute(unit.tx)
      const waiting = await waitingIn(unit, team)
      if (waiting.length === 0) return false
      let candidates = await loadCandidates(unit.tx, team, unit.now)
      for (const conversation of waiting) {
        const decision = decideAssignment(candidates)
        if (!decision.chosen) {
          await explainWaiting(unit, team, decision)
          return false
        }
        if (await give(unit, conversation, decision.chosen, decision))
          candidates = withOneMore(candidates, decision.chosen, unit.now)
      }
      return waiting.length === BATCH
    })

  const allTeams = async () => (await db.kysely.selectFrom('teams').select('id').execute()).map((team) => team.id)

  /** What was asked for and failed is asked for again, after a pause: nobody else would. */
  const run = async () => {
    while ((wanted.size > 0 || everything) && !stopped.signal.aborted) {
      const asked = { wanted, everything }
      wanted = new Set()
      everything = false
      try {
        const teams = asked.everything ? await allTeams() : [...asked.wanted]
        for (const team of teams) while (!stopped.signal.aborted && (await assignBatch(team)));
      } catch (error) {
        deps.onError(error)
        for (const team of asked.wanted) wanted.add(team)
        everything ||= asked.everything
        await delay(AGAIN_MS, undefined, { signal: stopped.signal }).catch(() => {})
      }
    }
  }

  const start = () => {
    running ??= run().finally(() => {
      running = null
      if ((wanted.size > 0 || everything) && !stopped.signal.aborted) start()
    })
  }

  return {
    kick(teams) {
      if (teams === null) everything = true
      for (const team of teams ?? []) if (team) wanted.add(team)
      start()
    },
    async idle() {
      while (running) await running
    },
    async stop() {
      stopped.abort()
      await running
    },
  }
}
