import { useNavigate } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../ui/button.tsx'
import { Bone, Failed } from '../ui/states.tsx'

interface FrameProps {
  title: string
  text?: string
  action?: ReactNode
  children: ReactNode
}

export function SectionFrame({ title, text, action, children }: FrameProps) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  return (
    <div className="mx-auto max-w-200 px-8 py-7 max-md:px-3 max-md:py-2">
      <header className="mb-5 flex items-start gap-2 max-md:mb-3">
        <IconButton
          icon={ArrowLeft}
          label={t('common.back')}
          className="md:hidden"
          onClick={() => void navigate({ to: '/settings' })}
        />
        <div className="min-w-0 flex-1 max-md:pt-2">
          <h2 className="text-xl font-semibold">{title}</h2>
          {text && <p className="mt-1 max-w-140 text-sm text-muted">{text}</p>}
        </div>
        {action}
      </header>
      {children}
    </div>
  )
}

interface LoadedProps<T> {
  query: { data: T[] | undefined; isPending: boolean; error: unknown; refetch(): unknown }
  empty: ReactNode
  children(items: T[]): ReactNode
}

/** A list that is loading, failed, empty or there. */
export function Loaded<T>({ query, empty, children }: LoadedProps<T>) {
  if (query.data) return query.data.length === 0 ? empty : children(query.data)
  if (query.isPending)
    return (
      <div className="flex flex-col gap-2">
        {[0, 1, 2].map((index) => (
          <Bone key={index} className="h-15 rounded-panel" />
        ))}
      </div>
    )
  return <Failed error={query.error} onRetry={() => void query.refetch()} />
}

export function RowList({ children }: { children: ReactNode }) {
  return <ul className="divide-y divide-line rounded-panel border bg-surface">{children}</ul>
}
