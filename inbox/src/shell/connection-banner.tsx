import { WifiOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Connection } from '../live/use-live.ts'

export function ConnectionBanner({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  return (
    <div role="status" aria-live="polite">
      {connection === 'lost' && (
        <p className="flex animate-rise items-center justify-center gap-2 bg-warn-soft px-4 py-1.5 text-sm text-warn">
          <WifiOff size={16} aria-hidden className="shrink-0" />
          {t('shell.lost')}
        </p>
      )}
    </div>
  )
}
