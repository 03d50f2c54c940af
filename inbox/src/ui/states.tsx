import type { LucideIcon } from 'lucide-react'
import { CircleAlert, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { wordsOf } from '../api/client.ts'
import { Button } from './button.tsx'
import { cx } from './class-names.ts'

export function Bone({ className }: { className?: string }) {
  return <span aria-hidden className={cx('block animate-pulse rounded bg-hover', className)} />
}

interface EmptyProps {
  icon: LucideIcon
  title: string
  text?: string
  action?: ReactNode
}

export function Empty({ icon: Icon, title, text, action }: EmptyProps) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-1 px-8 py-12 text-center">
      <span className="mb-2 flex size-11 items-center justify-center rounded-full bg-hover text-muted">
        <Icon size={20} aria-hidden />
      </span>
      <p className="font-medium">{title}</p>
      {text && <p className="max-w-72 text-sm text-balance text-muted">{text}</p>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  )
}

export function Failed({ error, onRetry }: { error: unknown; onRetry?(): void }) {
  const { t } = useTranslation()
  return (
    <div role="alert" className="flex h-full flex-col items-center justify-center gap-1 px-8 py-12 text-center">
      <CircleAlert size={20} aria-hidden className="mb-2 text-danger" />
      <p className="font-medium">{t('common.couldNotLoad')}</p>
      <p className="max-w-80 text-sm text-muted">{wordsOf(error, t)}</p>
      {onRetry && (
        <Button className="mt-3" icon={RotateCw} onClick={onRetry}>
          {t('common.tryAgain')}
        </Button>
      )}
    </div>
  )
}
