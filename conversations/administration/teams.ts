import { isUniqueViolation } from '../../src/db.ts'
import { newId } from '../../src/ids.ts'
import type { AgentId, TeamId } from '../../src/model.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import type { Transact, Unit } from '../unit.ts'

export interface TeamChange {
  name?: string | undefined
  memberIds?: string[] | undefined
}

export interface Teams {
  create(input: { name: string; memberIds?: string[] | undefined }): Promise<Outcome<TeamId>>
  update(id: TeamId, change: TeamChange): Promise<Outcome<void>>
  remove(id: TeamId): Promise<Outcome<void>>
}

const noTeam = () => refused(404, 'team_not_found', 'There is no such team.')
const noAgent = () =>
  refused(422, 'agent_not_found', 'One of the members is not there: choose from GET /api/v1/agents.')

const missingAgents = async (unit: Unit, ids: string[]): Promise<boolean> => {
  if (ids.length === 0) return false
  const rows = await unit.tx
    .selectFrom('agents')
    .select('id')
    .where('id', 'in', ids as AgentId[])
    .execute()
  return rows.length < new Set(ids).size
}

const setMembers = async (unit: Unit, id: TeamId, memberIds: string[]) => {
  await unit.tx.deleteFrom('team_members').where('team_id', '=', id).execute()
  const rows = [...new Set(memberIds)].map((agent) => ({ team_id: id, agent_id: agent as AgentId }))
  if (rows.length > 0) await unit.tx.insertInto('team_members').values(rows).execute()
}

const announce = (unit: Unit) =>
  unit.announce({ audience: { kind: 'staff' }, event: { type: 'settings.changed', what: 'teams' } })

const unique = async <T>(work: Promise<Outcome<T>>): Promise<Outcome<T>> => {
  try {
    return await work
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return refused(409, 'name_taken', 'A team of this name is already there: choose another name.')
  }
}

/** What still hangs on the team, or null when it can go. */
const holderOf = async (unit: Unit, id: TeamId): Promise<string | null> => {
  const account = await unit.tx
    .selectFrom('accounts')
    .select('name')
    .where('team_id', '=', id)
    .limit(1)
    .executeTakeFirst()
  if (account) return `the account “${account.name}” gives its conversations to it: give that account another team`
  const conversation = await unit.tx
    .selectFrom('conversations')
    .select('id')
    .where('team_id', '=', id)
    .limit(1)
    .executeTakeFirst()
  return conversation ? 'it has conversations: move them to another team' : null
}

export const createTeams = (deps: { transact: Transact; workforceChanged(): void }): Teams => ({
  create: (input) =>
    unique(
      deps.transact(async (unit) => {
        if (await missingAgents(unit, input.memberIds ?? [])) return noAgent()
        const id = newId<TeamId>()
        await unit.tx.insertInto('teams').values({ id, name: input.name, created_at: unit.now }).execute()
        await setMembers(unit, id, input.memberIds ?? [])
        announce(unit)
        return done(id)
      }),
    ),

  update: (id, change) =>
    unique(
      deps.transact(async (unit) => {
        const row = await unit.tx.selectFrom('teams').select('name').where('id', '=', id).executeTakeFirst()
        if (!row) return noTeam()
        if (await missingAgents(unit, change.memberIds ?? [])) return noAgent()
        await unit.tx
          .updateTable('teams')
          .set({ name: change.name ?? row.name })
          .where('id', '=', id)
          .execute()
        if (change.memberIds) await setMembers(unit, id, change.memberIds)
        announce(unit)
        unit.afterCommit(deps.workforceChanged)
        return done(undefined)
      }),
    ),

  remove: (id) =>
    deps.transact(async (unit) => {
      const holder = await holderOf(unit, id)
      if (holder) return refused(409, 'team_in_use', `The team cannot go while ${holder}.`)
      const { numDeletedRows } = await unit.tx.deleteFrom('teams').where('id', '=', id).executeTakeFirstOrThrow()
      if (numDeletedRows === 0n) return noTeam()
      announce(unit)
      return done(undefined)
    }),
})
