import { Plus, Radio } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountView } from '../../../src/views.ts'
import { useAccounts, useDirectory } from '../api/directory.ts'
import { keys } from '../api/keys.ts'
import { inLanguage } from '../i18n.ts'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Switch } from '../ui/field.tsx'
import { Glyph } from '../ui/glyph.tsx'
import { Empty } from '../ui/states.tsx'
import { AccountDialog } from './account-dialog.tsx'
import { AddAccount } from './add-account.tsx'
import { HealthBadge } from './health-badge.tsx'
import { Loaded, RowList, SectionFrame } from './section-frame.tsx'
import { useSettingChange } from './use-settings.ts'

export function Accounts() {
  const { t } = useTranslation()
  const query = useAccounts()
  const [adding, setAdding] = useState(false)
  const [openId, setOpenId] = useState<string | null>(null)
  const open = query.data?.find((account): account is AccountView => account.id === openId && 'config' in account)
  const add = (
    <Button variant="primary" icon={Plus} onClick={() => setAdding(true)}>
      {t('account.add')}
    </Button>
  )
  return (
    <SectionFrame title={t('settings.accounts')} text={t('account.help')} action={add}>
      <Loaded
        query={query}
        empty={<Empty icon={Radio} title={t('account.none')} text={t('account.noneHelp')} action={add} />}
      >
        {(accounts) => (
          <RowList>
            {accounts.map(
              (account) =>
                'config' in account && (
                  <AccountRow key={account.id} account={account} onOpen={() => setOpenId(account.id)} />
                ),
            )}
          </RowList>
        )}
      </Loaded>
      {open && <AccountDialog key={open.id} account={open} onClose={() => setOpenId(null)} />}
      {adding && (
        <AddAccount
          onClose={() => setAdding(false)}
          onAdded={(id) => {
            setAdding(false)
            setOpenId(id)
          }}
        />
      )}
    </SectionFrame>
  )
}

function AccountRow({ account, onOpen }: { account: AccountView; onOpen(): void }) {
  const { t, i18n } = useTranslation()
  const { channels, teams } = useDirectory()
  const change = useSettingChange(keys.accounts)
  const channel = channels.get(account.channel)
  const about = [
    channel && inLanguage(channel.label, i18n.language),
    (account.teamId && teams.get(account.teamId)?.name) || t('account.noTeam'),
    account.sandbox && t('account.sandbox'),
  ]
  return (
    <li className="relative flex items-center gap-3 px-4 py-3 hover:bg-hover/50">
      <span
        className={cx(
          'flex size-9 shrink-0 items-center justify-center rounded-panel',
          account.enabled ? 'bg-accent-soft text-accent-ink' : 'bg-hover text-faint',
        )}
      >
        <Glyph name={account.glyph} size={18} />
      </span>
      <div className="min-w-0 flex-1">
        <button
          type="button"
          onClick={onOpen}
          className="block max-w-full truncate text-left font-medium after:absolute after:inset-0"
        >
          {account.name}
        </button>
        <p className="truncate text-xs text-muted">{about.filter(Boolean).join(' · ')}</p>
        {account.enabled && account.health.state !== 'ok' && account.health.detail && (
          <p className="mt-0.5 truncate text-xs text-muted" title={account.health.detail}>
            {account.health.detail}
          </p>
        )}
      </div>
      <HealthBadge account={account} />
      <span className="relative z-1 inline-flex">
        <Switch
          label={t('account.enabled', { name: account.name })}
          checked={account.enabled}
          disabled={change.isPending}
          onChange={(enabled) => change.mutate({ path: `/accounts/${account.id}`, method: 'PATCH', body: { enabled } })}
        />
      </span>
    </li>
  )
}
