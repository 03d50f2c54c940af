import { type Accounts, type AccountsDeps, createAccounts } from './accounts.ts'
import { type Agents, type AgentsDeps, createAgents } from './agents.ts'
import { createLabels, type Labels } from './labels.ts'
import { createTeams, type Teams } from './teams.ts'

/** Everything that is set up by people with the right to do so. Each act is one transaction with its events. */
export interface Administration {
  accounts: Accounts
  agents: Agents
  teams: Teams
  labels: Labels
}

export const createAdministration = (deps: AccountsDeps & AgentsDeps): Administration => ({
  accounts: createAccounts(deps),
  agents: createAgents(deps),
  teams: createTeams(deps),
  labels: createLabels(deps),
})
