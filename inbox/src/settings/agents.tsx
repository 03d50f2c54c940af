import { UserRoundPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AgentView } from '../../../src/views.ts'
import { useAgents, useDirectory, useTeams } from '../api/directory.ts'
import { keys } from '../api/keys.ts'
import { useMe } from '../api/session.ts'
import { presenceOf } from '../thread/assign-menu.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input, Select, Switch } from '../ui/field.tsx'
import { CheckList } from './check-list.tsx'
import { FormProblem } from './form-problem.tsx'
import { Loaded, RowList, SectionFrame } from './section-frame.tsx'
import { useSettingChange } from './use-settings.ts'

const ROLES = ['administrator', 'supervisor', 'agent', 'marketer'] as const

export function Agents() {
  const { t } = useTranslation()
  const mayEdit = useMe().role === 'administrator'
  const [editing, setEditing] = useState<AgentView | 'new' | null>(null)
  return (
    <SectionFrame
      title={t('settings.agents')}
      text={t('agent.help')}
      action={
        mayEdit && (
          <Button variant="primary" icon={UserRoundPlus} onClick={() => setEditing('new')}>
            {t('agent.add')}
          </Button>
        )
      }
    >
      <Loaded query={useAgents()} empty={null}>
        {(agents) => (
          <RowList>
            {agents.map((agent) => (
              <AgentRow key={agent.id} agent={agent} onOpen={mayEdit ? () => setEditing(agent) : null} />
            ))}
          </RowList>
        )}
      </Loaded>
      {editing && <AgentDialog agent={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </SectionFrame>
  )
}

function AgentRow({ agent, onOpen }: { agent: AgentView; onOpen: (() => void) | null }) {
  const { t } = useTranslation()
  const { teams } = useDirectory()
  const names = agent.teamIds.flatMap((id) => teams.get(id)?.name ?? [])
  return (
    <li
      className={cx(
        'relative flex items-center gap-3 px-4 py-3',
        onOpen && 'hover:bg-hover/50',
        agent.disabled && 'opacity-65',
      )}
    >
      <Avatar name={agent.name} presence={presenceOf(agent)} />
      <div className="min-w-0 flex-1">
        {onOpen ? (
          <button
            type="button"
            onClick={onOpen}
            className="block max-w-full truncate text-left font-medium after:absolute after:inset-0"
          >
            {agent.name}
          </button>
        ) : (
          <p className="truncate font-medium">{agent.name}</p>
        )}
        <p className="truncate text-xs text-muted">{[agent.email, ...names].join(' · ')}</p>
      </div>
      <span className="shrink-0 text-right text-xs text-muted">
        <span className="block">{agent.disabled ? t('agent.disabled') : t(`role.${agent.role}`)}</span>
        {!agent.disabled && (
          <span className="figures block">{t('agent.load', { load: agent.load, capacity: agent.capacity })}</span>
        )}
      </span>
    </li>
  )
}

interface AgentForm {
  name: string
  email: string
  role: AgentView['role']
  capacity: number
  /** Null: not touched yet. */
  teamIds: string[] | null
  password: string
  disabled: boolean
}

const formOf = (agent: AgentView | null): AgentForm => ({
  name: agent?.name ?? '',
  email: agent?.email ?? '',
  role: agent?.role ?? 'agent',
  capacity: agent?.capacity ?? 8,
  teamIds: agent?.teamIds ?? null,
  password: '',
  disabled: agent?.disabled ?? false,
})

const bodyOf = (form: AgentForm, isNew: boolean) => {
  const { email, disabled, password, ...rest } = form
  return { ...rest, ...(isNew ? { email: email.trim() } : { disabled }), ...(password ? { password } : {}) }
}

function AgentDialog({ agent, onClose }: { agent: AgentView | null; onClose(): void }) {
  const { t } = useTranslation()
  const isMe = useMe().id === agent?.id
  const teams = useTeams().data ?? []
  const save = useSettingChange(keys.agents, true)
  const [form, setForm] = useState(() => formOf(agent))
  const set = (fields: Partial<AgentForm>) => setForm({ ...form, ...fields })
  // One team is the whole company: nobody should have to find out that it must be ticked.
  const teamIds = form.teamIds ?? (teams.length === 1 ? teams.map((team) => team.id) : [])
  const submit = () =>
    save.mutate(
      {
        path: agent ? `/agents/${agent.id}` : '/agents',
        method: agent ? 'PATCH' : 'POST',
        body: bodyOf({ ...form, teamIds }, !agent),
      },
      { onSuccess: onClose },
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={agent ? agent.name : t('agent.add')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" form="agent-form" variant="primary" busy={save.isPending}>
            {t(agent ? 'common.save' : 'agent.create')}
          </Button>
        </>
      }
    >
      <form
        id="agent-form"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <FormProblem error={save.error} />
        <Field label={t('profile.name')}>
          {(field) => (
            <Input
              {...field}
              required
              autoFocus
              value={form.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
        {!agent && (
          <Field label={t('signIn.email')}>
            {(field) => (
              <Input
                {...field}
                type="email"
                required
                value={form.email}
                onChange={(event) => set({ email: event.target.value })}
              />
            )}
          </Field>
        )}
        <div className="grid grid-cols-2 gap-4">
          <Field label={t('agent.role')} help={t(`role.${form.role}Help`)}>
            {(field) => (
              <Select
                {...field}
                disabled={isMe}
                value={form.role}
                onChange={(event) => set({ role: ROLES.find((role) => role === event.target.value) ?? 'agent' })}
              >
                {ROLES.map((role) => (
                  <option key={role} value={role}>
                    {t(`role.${role}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={t('agent.capacity')} help={t('agent.capacityHelp')}>
            {(field) => (
              <Input
                {...field}
                type="number"
                min={0}
                max={200}
                required
                value={form.capacity}
                onChange={(event) => set({ capacity: Number(event.target.value) })}
              />
            )}
          </Field>
        </div>
        <div>
          <CheckList
            legend={t('agent.teams')}
            items={teams}
            chosen={teamIds}
            empty={t('team.none')}
            onChange={(chosen) => set({ teamIds: chosen })}
          />
          <p role="status" className="mt-1 text-xs text-warn empty:hidden">
            {teamIds.length === 0 && form.role !== 'marketer' && t('agent.noTeam')}
          </p>
        </div>
        <Field
          label={t(agent ? 'agent.newPassword' : 'signIn.password')}
          help={t(agent ? 'agent.newPasswordHelp' : 'agent.passwordHelp')}
        >
          {(field) => (
            <Input
              {...field}
              type="password"
              autoComplete="new-password"
              minLength={10}
              required={!agent}
              value={form.password}
              onChange={(event) => set({ password: event.target.value })}
            />
          )}
        </Field>
        {agent && !isMe && (
          <div className="flex items-center gap-3">
            <Switch label={t('agent.disable')} checked={form.disabled} onChange={(disabled) => set({ disabled })} />
            <span className="text-sm">
              {t('agent.disable')}
              <span className="block text-xs text-muted">{t('agent.disableHelp')}</span>
            </span>
          </div>
        )}
      </form>
    </Dialog>
  )
}
