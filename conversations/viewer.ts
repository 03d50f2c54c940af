import type { AgentId, Role, TeamId } from '../src/model.ts'

/** Who asks: what every read, write and event is filtered by. */
export interface Viewer {
  agentId: AgentId
  role: Role
  teamIds: TeamId[]
}
