import { UserRoundPlus, UsersRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { AgentView, ConversationView } from '../../../src/views.ts'
import { useAgents, useDirectory, useTeams } from '../api/directory.ts'
import { useMe } from '../api/session.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '../ui/menu.tsx'
import type { Change } from './thread-head.tsx'

interface AssignProps {
  item: ConversationView
  change: Change
  open: boolean
  onOpen(open: boolean): void
}

export const presenceOf = (agent: AgentView): 'online' | 'away' | 'offline' =>
  agent.connected ? agent.availability : 'offline'

/** Those who can take it first: here, then with the least to do. */
const byFitness = (meId: string) => (a: AgentView, b: AgentView) => {
  const rank = (agent: AgentView) => (agent.id === meId ? -1 : { online: 0, away: 1, offline: 2 }[presenceOf(agent)])
  return rank(a) - rank(b) || a.load - b.load || a.name.localeCompare(b.name)
}

export function AssignMenu({ item, change, open, onOpen }: AssignProps) {
  const { t } = useTranslation()
  const me = useMe()
  const { agents } = useDirectory()
  const candidates = (useAgents().data ?? []).filter((agent) => !agent.disabled && agent.role !== 'marketer')
  const teams = useTeams().data ?? []
  const assignee = item.assigneeId ? agents.get(item.assigneeId) : undefined
  const assign = (assigneeId: string | null, name: string) =>
    change({ assigneeId }, assigneeId ? t('done.assigned', { name }) : t('done.unassigned'), {
      assigneeId: item.assigneeId,
    })
  return (
    <Menu open={open} onOpenChange={onOpen}>
      <MenuTrigger asChild>
        <button
          type="button"
          title={`${t('assign.title')} (A)`}
          className="control inline-flex max-w-44 items-center gap-1.5 rounded-control border px-2 text-sm font-medium hover:bg-hover max-md:border-0"
        >
          {assignee && <span className="sr-only">{t('assign.title')}</span>}
          {assignee ? (
            <Avatar name={assignee.name} size={20} square />
          ) : (
            <UserRoundPlus size={16} aria-hidden className="text-muted" />
          )}
          <span className="truncate max-lg:sr-only">
            {assignee ? (assignee.id === me.id ? t('assign.me') : assignee.name) : t('assign.action')}
          </span>
        </button>
      </MenuTrigger>
      <MenuContent align="end" className="w-72">
        <MenuLabel>{t('assign.agents')}</MenuLabel>
        {candidates.sort(byFitness(me.id)).map((agent) => (
          <MenuItem
            key={agent.id}
            icon={<Avatar name={agent.name} size={24} presence={presenceOf(agent)} />}
            checked={agent.id === item.assigneeId}
            hint={t('assign.load', { load: agent.load, capacity: agent.capacity })}
            onSelect={() => assign(agent.id, agent.name)}
          >
            <span className="block truncate">{agent.id === me.id ? t('assign.toMe') : agent.name}</span>
            <span className="block text-xs text-faint">{t(`availability.${presenceOf(agent)}`)}</span>
          </MenuItem>
        ))}
        {item.assigneeId && <MenuItem onSelect={() => assign(null, '')}>{t('assign.toQueue')}</MenuItem>}
        {teams.length > 0 && (
          <>
            <MenuLine />
            <MenuLabel>{t('assign.teams')}</MenuLabel>
            {teams.map((team) => (
              <MenuItem
                key={team.id}
                icon={<UsersRound size={16} aria-hidden />}
                checked={team.id === item.teamId}
                onSelect={() =>
                  change({ teamId: team.id }, t('done.team', { name: team.name }), { teamId: item.teamId })
                }
              >
                {team.name}
              </MenuItem>
            ))}
          </>
        )}
      </MenuContent>
    </Menu>
  )
}
