import { CircleAlert } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountView } from '../../../src/views.ts'
import { useDirectory } from '../api/directory.ts'
import { keys } from '../api/keys.ts'
import { Button } from '../ui/button.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/field.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { AccountFields, configOf, valuesOf } from './account-fields.tsx'
import { TeamField } from './add-account.tsx'
import { CopyField } from './copy-field.tsx'
import { FormProblem } from './form-problem.tsx'
import { HealthBadge } from './health-badge.tsx'
import { QrCode } from './qr-code.tsx'
import { useSettingChange } from './use-settings.ts'

/** The button's colour stands in the page, so that it is right before anything of ours was asked. */
const snippetOf = ({ id, config }: AccountView): string => {
  const color = typeof config.accentColor === 'string' ? config.accentColor : ''
  const colored = /^#[0-9a-f]{3,8}$/i.test(color) ? ` data-color="${color}"` : ''
  return `<script async src="${location.origin}/widget.js" data-account="${id}"${colored}></script>`
}

/** Settings and health of one account. */
export function AccountDialog({ account, onClose }: { account: AccountView; onClose(): void }) {
  const { t } = useTranslation()
  const { channels } = useDirectory()
  const fields = channels.get(account.channel)?.fields ?? []
  const toasts = useToasts()
  const save = useSettingChange(keys.accounts, true)
  const [name, setName] = useState(account.name)
  const [teamId, setTeamId] = useState(account.teamId ?? '')
  const [values, setValues] = useState(() => valuesOf(fields, account.config))
  /** What it needs is a line on the website; no provider calls us. */
  const isOnWebsite = account.glyph === 'chat'
  const submit = () =>
    save.mutate(
      {
        path: `/accounts/${account.id}`,
        method: 'PATCH',
        body: { name: name.trim(), teamId: teamId || null, config: configOf(fields, values, account.config) },
      },
      {
        onSuccess: () => {
          toasts.say(t('common.saved'))
          onClose()
        },
      },
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={account.name}
      footer={
        <>
          <Remove account={account} onRemoved={onClose} />
          <span className="flex-1" />
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" form="edit-account" variant="primary" busy={save.isPending}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <Health account={account} />
      {isOnWebsite && (
        <div className="mb-5 border-b pb-5">
          <CopyField label={t('account.snippet')} text={snippetOf(account)} multiline />
        </div>
      )}
      <form
        id="edit-account"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <FormProblem error={save.error} />
        <Field label={t('account.name')}>
          {(field) => <Input {...field} required value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <TeamField teamId={teamId} onChange={setTeamId} />
        <AccountFields
          fields={fields}
          values={values}
          config={account.config}
          error={save.error}
          onChange={setValues}
        />
      </form>
      {!isOnWebsite && (
        <div className="mt-5 border-t pt-4">
          <CopyField label={t('account.hookUrl')} text={account.hookUrl} />
        </div>
      )}
    </Dialog>
  )
}

function Health({ account }: { account: AccountView }) {
  const { t } = useTranslation()
  const logout = useSettingChange(keys.accounts)
  const { channels } = useDirectory()
  const { health } = account
  if (!account.enabled) return null
  const wantsLogin = health.state === 'needs_login'
  return (
    <div className="mb-5 rounded-panel bg-sunken px-4 py-3">
      <div className="flex items-center gap-2">
        <HealthBadge account={account} />
        <span className="flex-1" />
        {!wantsLogin && channels.get(account.channel)?.logsIn && (
          <Button
            busy={logout.isPending}
            onClick={() => logout.mutate({ path: `/accounts/${account.id}/logout`, method: 'POST' })}
          >
            {t('account.logout')}
          </Button>
        )}
      </div>
      {health.detail && (
        <p className="mt-2 flex gap-1.5 text-sm text-muted">
          {health.state !== 'ok' && <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />}
          {health.detail}
        </p>
      )}
      {wantsLogin && health.qr && (
        <div className="mt-3 flex flex-col items-center gap-2">
          <QrCode text={health.qr} label={t('account.qr')} />
          <p className="text-sm text-muted">{t('account.qr')}</p>
        </div>
      )}
    </div>
  )
}

function Remove({ account, onRemoved }: { account: AccountView; onRemoved(): void }) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  const remove = useSettingChange(keys.accounts)
  return (
    <>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {t('common.remove')}
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('account.removeTitle', { name: account.name })}
        text={t('account.removeText')}
        action={t('account.removeAction')}
        busy={remove.isPending}
        onConfirm={() =>
          remove.mutate(
            { path: `/accounts/${account.id}`, method: 'DELETE' },
            { onSuccess: onRemoved, onError: () => setAsking(false) },
          )
        }
      />
    </>
  )
}
