import { Plus, UsersRound } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamView } from '../../../src/views.ts'
import { wordsOf } from '../api/client.ts'
import { useAgents, useDirectory, useTeams } from '../api/directory.ts'
import { keys } from '../api/keys.ts'
import { useMe } from '../api/session.ts'
import { Button } from '../ui/button.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/field.tsx'
import { Empty } from '../ui/states.tsx'
import { CheckList } from './check-list.tsx'
import { Loaded, RowList, SectionFrame } from './section-frame.tsx'
import { useSettingChange } from './use-settings.ts'

export function Teams() {
  const { t } = useTranslation()
  const { agents } = useDirectory()
  const { role } = useMe()
  const mayEdit = role === 'administrator' || role === 'supervisor'
  const [editing, setEditing] = useState<TeamView | 'new' | null>(null)
  const add = mayEdit && (
    <Button variant="primary" icon={Plus} onClick={() => setEditing('new')}>
      {t('team.add')}
    </Button>
  )
  return (
    <SectionFrame title={t('settings.teams')} text={t('team.help')} action={add}>
      <Loaded query={useTeams()} empty={<Empty icon={UsersRound} title={t('team.none')} text={t('team.noneHelp')} />}>
        {(teams) => (
          <RowList>
            {teams.map((team) => (
              <li key={team.id} className="relative flex items-center gap-3 px-4 py-3 hover:bg-hover/50">
                <span className="flex size-9 shrink-0 items-center justify-center rounded-panel bg-accent-soft text-accent-ink">
                  <UsersRound size={18} aria-hidden />
                </span>
                <div className="min-w-0 flex-1">
                  {mayEdit ? (
                    <button
                      type="button"
                      onClick={() => setEditing(team)}
                      className="block max-w-full truncate text-left font-medium after:absolute after:inset-0"
                    >
                      {team.name}
                    </button>
                  ) : (
                    <p className="truncate font-medium">{team.name}</p>
                  )}
                  <p className="truncate text-xs text-muted">
                    {team.memberIds.flatMap((id) => agents.get(id)?.name ?? []).join(', ') || t('team.empty')}
                  </p>
                </div>
                <span className="figures shrink-0 text-xs text-muted">
                  {t('team.members', { count: team.memberIds.length })}
                </span>
              </li>
            ))}
          </RowList>
        )}
      </Loaded>
      {editing && <TeamDialog team={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </SectionFrame>
  )
}

function TeamDialog({ team, onClose }: { team: TeamView | null; onClose(): void }) {
  const { t } = useTranslation()
  const agents = (useAgents().data ?? []).filter((agent) => !agent.disabled && agent.role !== 'marketer')
  const save = useSettingChange(keys.teams, true)
  const [name, setName] = useState(team?.name ?? '')
  const [memberIds, setMemberIds] = useState(team?.memberIds ?? [])
  const [asking, setAsking] = useState(false)
  const submit = () =>
    save.mutate(
      {
        path: team ? `/teams/${team.id}` : '/teams',
        method: team ? 'PATCH' : 'POST',
        body: { name: name.trim(), memberIds },
      },
      { onSuccess: onClose },
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={team ? team.name : t('team.add')}
      footer={
        <>
          {team && (
            <Button variant="danger" onClick={() => setAsking(true)}>
              {t('common.remove')}
            </Button>
          )}
          <span className="flex-1" />
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" form="team-form" variant="primary" busy={save.isPending} disabled={!name.trim()}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form
        id="team-form"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label={t('profile.name')}>
          {(field) => (
            <Input {...field} required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <CheckList
          legend={t('team.membersTitle')}
          items={agents}
          chosen={memberIds}
          empty={t('team.empty')}
          onChange={setMemberIds}
        />
        {save.isError && (
          <p role="alert" className="text-sm text-danger">
            {wordsOf(save.error, t)}
          </p>
        )}
      </form>
      {team && (
        <Confirm
          open={asking}
          onClose={() => setAsking(false)}
          title={t('team.removeTitle', { name: team.name })}
          text={t('team.removeText')}
          action={t('team.removeAction')}
          busy={save.isPending}
          onConfirm={() =>
            save.mutate(
              { path: `/teams/${team.id}`, method: 'DELETE' },
              { onSuccess: onClose, onError: () => setAsking(false) },
            )
          }
        />
      )}
    </Dialog>
  )
}
