import type { Queries } from '../../src/db.ts'
import type { AgentId } from '../../src/model.ts'
import type { Row } from '../../src/schema.ts'
import type { AgentView, LabelView, TeamView } from '../../src/views.ts'
import type { Viewer } from '../viewer.ts'

const toAgentView = (row: Row<'agents'>, load: number, teamIds: string[]): AgentView => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  capacity: row.capacity,
  availability: row.availability,
  connected: row.connected === 1,
  load,
  teamIds,
  disabled: row.disabled_at !== null,
})

const agentViews = async (db: Queries, only: AgentId | null): Promise<AgentView[]> => {
  const [rows, loads, members] = await Promise.all([
    db
      .selectFrom('agents')
      .selectAll()
      .$if(only !== null, (query) => query.where('id', '=', only as AgentId))
      .orderBy('name')
      .orderBy('id')
      .execute(),
    db
      .selectFrom('conversations')
      .select('assignee_id')
      .select((eb) => eb.fn.countAll<number>().as('load'))
      .where('status', '=', 'open')
      .where((eb) => (only === null ? eb('assignee_id', 'is not', null) : eb('assignee_id', '=', only)))
      .groupBy('assignee_id')
      .execute(),
    db.selectFrom('team_members').selectAll().execute(),
  ])
  const loadOf = new Map(loads.map(({ assignee_id, load }) => [assignee_id, Number(load)]))
  return rows.map((row) =>
    toAgentView(
      row,
      loadOf.get(row.id) ?? 0,
      members.filter((member) => member.agent_id === row.id).map((member) => member.team_id),
    ),
  )
}

export const listAgents = (db: Queries): Promise<AgentView[]> => agentViews(db, null)

export const readAgent = async (db: Queries, id: AgentId): Promise<AgentView | null> =>
  (await agentViews(db, id))[0] ?? null

export const listTeams = async (db: Queries): Promise<TeamView[]> => {
  const [teams, members] = await Promise.all([
    db.selectFrom('teams').selectAll().orderBy('name').execute(),
    db.selectFrom('team_members').selectAll().execute(),
  ])
  return teams.map((team) => ({
    id: team.id,
    name: team.name,
    memberIds: members.filter((member) => member.team_id === team.id).map((member) => member.agent_id),
  }))
}

export const listLabels = async (db: Queries): Promise<LabelView[]> =>
  (await db.selectFrom('labels').selectAll().orderBy('name').execute()).map(({ id, name, color }) => ({
    id,
    name,
    color,
  }))

/** Null for an agent who is not there or disabled: nobody may act as them. */
export const readViewer = async (db: Queries, agent: AgentId): Promise<Viewer | null> => {
  const row = await db
    .selectFrom('agents')
    .select(['id', 'role'])
    .where('id', '=', agent)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) return null
  const teams = await db.selectFrom('team_members').select('team_id').where('agent_id', '=', agent).execute()
  return { agentId: row.id, role: row.role, teamIds: teams.map((team) => team.team_id) }
}
