import { useTranslation } from 'react-i18next'
import type { AccountView, HealthView } from '../../../src/views.ts'
import { exact } from '../format/time.ts'
import { cx } from '../ui/class-names.ts'

const TONES: Record<HealthView['state'], string> = {
  ok: 'bg-ok-soft text-ok',
  connecting: 'bg-info-soft text-info',
  degraded: 'bg-warn-soft text-warn',
  needs_login: 'bg-warn-soft text-warn',
  misconfigured: 'bg-danger-soft text-danger',
  down: 'bg-danger-soft text-danger',
}

export function HealthBadge({ account }: { account: AccountView }) {
  const { t, i18n } = useTranslation()
  const tone = account.enabled ? TONES[account.health.state] : 'bg-hover text-muted'
  return (
    <span
      title={exact(account.healthAt, i18n.language)}
      className={cx('inline-flex h-6 shrink-0 items-center gap-1.5 rounded-full px-2.5 text-xs font-medium', tone)}
    >
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      {account.enabled ? t(`health.${account.health.state}`) : t('health.disabled')}
    </span>
  )
}
