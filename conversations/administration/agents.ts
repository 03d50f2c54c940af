import { insertCredential } from '../../src/credential.ts'
import { type Dialect, isUniqueViolation, type Queries } from '../../src/db.ts'
import { newId } from '../../src/ids.ts'
import type { AgentId, Role, TeamId } from '../../src/model.ts'
import { giveBack } from '../give-back.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import type { Transact, Unit } from '../unit.ts'

export interface NewAgent {
  email: string
  name: string
  password: string
  role: Role
  capacity?: number | undefined
  teamIds?: string[] | undefined
}

export interface AgentChange {
  name?: string | undefined
  role?: Role | undefined
  capacity?: number | undefined
  teamIds?: string[] | undefined
  disabled?: boolean | undefined
  /** Sets a new password and signs the agent out everywhere. */
  password?: string | undefined
}

export interface Agents {
  create(input: NewAgent): Promise<Outcome<AgentId>>
  update(id: AgentId, change: AgentChange): Promise<Outcome<void>>
  /** What agents may change of themselves. */
  updateProfile(
    id: AgentId,
    change: { name?: string | undefined; language?: string | null | undefined },
  ): Promise<Outcome<void>>
  changePassword(id: AgentId, current: string, next: string): Promise<Outcome<void>>
  /** Makes the first administrator on a database without agents; null when there are some. */
  ensureFirstAdministrator(email: string, password: string): Promise<AgentId | null>
}

export interface AgentsDeps {
  db: { kysely: Queries; dialect: Dialect }
  transact: Transact
  /** Who can be given work changed: seats, teams or people. */
  workforceChanged(): void
  credentials: {
    hashPassword(password: string): Promise<string>
    checkPassword(agent: AgentId, password: string): Promise<boolean>
    setPassword(agent: AgentId, password: string): Promise<void>
    endSessions(agent: AgentId): Promise<void>
  }
}

const DEFAULT_CAPACITY = 10

const noAgent = () => refused(404, 'agent_not_found', 'There is no such agent.')

const missingTeams = async (unit: Unit, teamIds: string[]): Promise<boolean> => {
  if (teamIds.length === 0) return false
  const rows = await unit.tx
    .selectFrom('teams')
    .select('id')
    .where('id', 'in', teamIds as TeamId[])
    .execute()
  return rows.length < new Set(teamIds).size
}

const noTeam = () => refused(422, 'team_not_found', 'One of the teams is not there: choose from GET /api/v1/teams.')

const setTeams = async (unit: Unit, id: AgentId, teamIds: string[]) => {
  await unit.tx.deleteFrom('team_members').where('agent_id', '=', id).execute()
  const rows = [...new Set(teamIds)].map((team) => ({ team_id: team as TeamId, agent_id: id }))
  if (rows.length > 0) await unit.tx.insertInto('team_members').values(rows).execute()
}

const announce = (unit: Unit, id: AgentId) => {
  unit.announce({ audience: { kind: 'staff' }, event: { type: 'agent.changed', agentId: id } })
  unit.announce({ audience: { kind: 'staff' }, event: { type: 'settings.changed', what: 'agents' } })
}

/**
 * True when nobody else could administer the hub any more. Holds the rows of all administrators (an update does so in
 * either dialect), so that two of them do not disable each other at once.
 */
const isLastAdministrator = async (unit: Unit, id: AgentId): Promise<boolean> => {
  const all = await unit.tx
    .updateTable('agents')
    .set((eb) => ({ capacity: eb.ref('capacity') }))
    .where('role', '=', 'administrator')
    .where('disabled_at', 'is', null)
    .returning('id')
    .execute()
  return all.every((administrator) => administrator.id === id)
}

export const createAgents = (deps: AgentsDeps): Agents => {
  const insert = async (unit: Unit, input: NewAgent, passwordHash: string): Promise<AgentId> => {
    const id = newId<AgentId>()
    const email = input.email.toLowerCase()
    await unit.tx
      .insertInto('agents')
      .values({
        id,
        email,
        name: input.name,
        role: input.role,
        capacity: input.capacity ?? DEFAULT_CAPACITY,
        availability: 'online',
        connected: 0,
        available_since: null,
        last_assigned_at: null,
        last_seen_at: null,
        language: null,
        disabled_at: null,
        created_at: unit.now,
      })
      .execute()
    await insertCredential(unit.tx, deps.db.dialect, { id, email, name: input.name, passwordHash }, unit.now)
    await setTeams(unit, id, input.teamIds ?? [])
    announce(unit, id)
    return id
  }

  const create: Agents['create'] = async (input) => {
    const passwordHash = await deps.credentials.hashPassword(input.password)
    try {
      return await deps.transact(async (unit) =>
        (await missingTeams(unit, input.teamIds ?? [])) ? noTeam() : done(await insert(unit, input, passwordHash)),
      )
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      return refused(409, 'email_taken', 'An agent with this e-mail address is already there.')
    }
  }

  return {
    create,

    async update(id, change) {
      const outcome = await deps.transact(async (unit): Promise<Outcome<void>> => {
        const row = await unit.tx.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst()
        if (!row) return noAgent()
        if (await missingTeams(unit, change.teamIds ?? [])) return noTeam()
        const loses = change.disabled === true || (change.role !== undefined && change.role !== 'administrator')
        const holds = row.role === 'administrator' && row.disabled_at === null
        if (holds && loses && (await isLastAdministrator(unit, id)))
          return refused(
            409,
            'last_administrator',
            'This is the last administrator: make somebody else an administrator first.',
          )
        await unit.tx
          .updateTable('agents')
          .set({
            name: change.name ?? row.name,
            role: change.role ?? row.role,
            capacity: change.capacity ?? row.capacity,
            disabled_at:
              change.disabled === undefined ? row.disabled_at : change.disabled ? (row.disabled_at ?? unit.now) : null,
          })
          .where('id', '=', id)
          .execute()
        if (change.teamIds) await setTeams(unit, id, change.teamIds)
        if (change.disabled) await giveBack(unit, id, 'agent_disabled')
        // Marketers see no conversations: theirs would be seen by nobody.
        else if (change.role === 'marketer') await giveBack(unit, id, 'agent_left')
        announce(unit, id)
        unit.afterCommit(deps.workforceChanged)
        return done(undefined)
      })
      if (!outcome.ok) return outcome
      if (change.password !== undefined) await deps.credentials.setPassword(id, change.password)
      if (change.password !== undefined || change.disabled) await deps.credentials.endSessions(id)
      return outcome
    },

    updateProfile: (id, change) =>
      deps.transact(async (unit) => {
        const row = await unit.tx.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst()
        if (!row) return noAgent()
        await unit.tx
          .updateTable('agents')
          .set({
            name: change.name ?? row.name,
            language: change.language === undefined ? row.language : change.language,
          })
          .where('id', '=', id)
          .execute()
        unit.announce({ audience: { kind: 'staff' }, event: { type: 'agent.changed', agentId: id } })
        return done(undefined)
      }),

    async changePassword(id, current, next) {
      if (!(await deps.credentials.checkPassword(id, current)))
        return refused(403, 'wrong_password', 'The current password is not right.')
      await deps.credentials.setPassword(id, next)
      await deps.credentials.endSessions(id)
      return done(undefined)
    },

    async ensureFirstAdministrator(email, password) {
      const anyone = await deps.db.kysely.selectFrom('agents').select('id').limit(1).executeTakeFirst()
      if (anyone) return null
      const name = email.split('@')[0] || 'Administrator'
      const made = await create({ email, password, name, role: 'administrator' })
      return made.ok ? made.value : null
    },
  }
}
