import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountView, ChannelView } from '../../../src/views.ts'
import { useChannels, useTeams } from '../api/directory.ts'
import { keys } from '../api/keys.ts'
import { inLanguage } from '../i18n.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input, Select } from '../ui/field.tsx'
import { Glyph } from '../ui/glyph.tsx'
import { Bone } from '../ui/states.tsx'
import { AccountFields, configOf, valuesOf } from './account-fields.tsx'
import { FormProblem } from './form-problem.tsx'
import { useSettingChange } from './use-settings.ts'

interface AddProps {
  onClose(): void
  onAdded(id: string): void
}

/** First the channel, then its own form. */
export function AddAccount({ onClose, onAdded }: AddProps) {
  const { t, i18n } = useTranslation()
  const channels = useChannels().data
  const [channel, setChannel] = useState<ChannelView | null>(null)
  if (channel) return <Form channel={channel} onBack={() => setChannel(null)} onClose={onClose} onAdded={onAdded} />
  return (
    <Dialog open onClose={onClose} title={t('account.add')} description={t('account.pickChannel')}>
      <ul className="flex flex-col gap-1.5">
        {!channels && [0, 1, 2, 3].map((index) => <Bone key={index} className="h-14 rounded-panel" />)}
        {channels?.map((one) => (
          <li key={one.channel}>
            <button
              type="button"
              onClick={() => setChannel(one)}
              className="flex w-full items-center gap-3 rounded-panel border px-3 py-3 text-left hover:border-accent hover:bg-hover/60"
            >
              <span className="flex size-9 items-center justify-center rounded-panel bg-accent-soft text-accent-ink">
                <Glyph name={one.glyph} size={18} />
              </span>
              <span className="font-medium">{inLanguage(one.label, i18n.language)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function Form({ channel, onBack, onClose, onAdded }: AddProps & { channel: ChannelView; onBack(): void }) {
  const { t, i18n } = useTranslation()
  const teams = useTeams().data ?? []
  const save = useSettingChange<AccountView>(keys.accounts, true)
  const [name, setName] = useState('')
  const [teamId, setTeamId] = useState(teams[0]?.id ?? '')
  const [values, setValues] = useState(() => valuesOf(channel.fields, {}))
  const submit = () =>
    save.mutate(
      {
        path: '/accounts',
        method: 'POST',
        body: {
          channel: channel.channel,
          name: name.trim(),
          config: configOf(channel.fields, values),
          ...(teamId ? { teamId } : {}),
        },
      },
      { onSuccess: (account) => onAdded(account.id) },
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('account.addOf', { channel: inLanguage(channel.label, i18n.language) })}
      footer={
        <>
          <Button onClick={onBack}>{t('common.back')}</Button>
          <Button type="submit" form="add-account" variant="primary" busy={save.isPending}>
            {t('account.connect')}
          </Button>
        </>
      }
    >
      <form
        id="add-account"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <FormProblem error={save.error} />
        <Field label={t('account.name')} help={t('account.nameHelp')}>
          {(field) => (
            <Input {...field} required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <TeamField teamId={teamId} onChange={setTeamId} />
        <AccountFields fields={channel.fields} values={values} config={{}} error={save.error} onChange={setValues} />
      </form>
    </Dialog>
  )
}

export function TeamField({ teamId, onChange }: { teamId: string; onChange(id: string): void }) {
  const { t } = useTranslation()
  const teams = useTeams().data ?? []
  return (
    <Field label={t('account.team')} help={t('account.teamHelp')}>
      {(field) => (
        <Select {...field} value={teamId} onChange={(event) => onChange(event.target.value)}>
          <option value="">{t('account.noTeam')}</option>
          {teams.map((team) => (
            <option key={team.id} value={team.id}>
              {team.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
