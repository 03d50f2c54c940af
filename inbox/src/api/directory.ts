import { type QueryKey, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { AccountBriefView, AccountView, AgentView, ChannelView, LabelView, TeamView } from '../../../src/views.ts'
import { api } from './client.ts'
import { keys } from './keys.ts'

/** Small lists that everything is named by; the event stream says when one changed. */
const useNames = <T>(queryKey: QueryKey, path: string) =>
  useQuery({
    queryKey,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (await api<{ items: T[] }>(path, { signal })).items,
  })

export const useAccounts = () => useNames<AccountBriefView | AccountView>(keys.accounts, '/accounts')
export const useChannels = () => useNames<ChannelView>(keys.channels, '/channels')
export const useAgents = () => useNames<AgentView>(keys.agents, '/agents')
export const useTeams = () => useNames<TeamView>(keys.teams, '/teams')
export const useLabels = () => useNames<LabelView>(keys.labels, '/labels')

const byId = <T extends { id: string }>(items: T[] | undefined): Map<string, T> =>
  new Map((items ?? []).map((item) => [item.id, item]))

export interface Directory {
  accounts: Map<string, AccountBriefView>
  agents: Map<string, AgentView>
  teams: Map<string, TeamView>
  labels: Map<string, LabelView>
  channels: Map<string, ChannelView>
}

export function useDirectory(): Directory {
  const accounts = useAccounts().data
  const agents = useAgents().data
  const teams = useTeams().data
  const labels = useLabels().data
  const channels = useChannels().data
  return useMemo(
    () => ({
      accounts: byId(accounts),
      agents: byId(agents),
      teams: byId(teams),
      labels: byId(labels),
      channels: new Map((channels ?? []).map((channel) => [channel.channel, channel])),
    }),
    [accounts, agents, teams, labels, channels],
  )
}
