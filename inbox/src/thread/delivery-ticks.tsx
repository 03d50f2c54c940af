import { Ban, Check, CheckCheck, CircleAlert, CircleHelp, Clock } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { DeliveryView } from '../../../src/views.ts'
import { exact } from '../format/time.ts'
import { Tip } from '../ui/tip.tsx'

type State = DeliveryView['state']

const SIGNS = {
  planned: Clock,
  sending: Clock,
  accepted: Check,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
  unknown: CircleHelp,
  canceled: Ban,
} as const satisfies Record<State, unknown>

const INK: Partial<Record<State, string>> = { read: 'text-accent-ink', failed: 'text-danger', unknown: 'text-warn' }

/** How far a message came: a sign, and the words on hover and for assistive technology. */
export function DeliveryTicks({ delivery }: { delivery: DeliveryView }) {
  const { t, i18n } = useTranslation()
  const Sign = SIGNS[delivery.state]
  const words = t(`delivery.${delivery.state}`)
  return (
    <Tip text={`${words} · ${exact(delivery.at, i18n.language)}`} side="top">
      <span
        role="img"
        aria-label={words}
        data-state-of-delivery={delivery.state}
        className={`inline-flex rounded ${INK[delivery.state] ?? ''}`}
      >
        <Sign size={14} aria-hidden />
      </span>
    </Tip>
  )
}
