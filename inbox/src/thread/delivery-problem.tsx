import { CircleAlert, CircleHelp, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DeliveryView, MessageView } from '../../../src/views.ts'
import { useRetryDelivery } from '../api/conversations.ts'
import { moment } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { useToasts } from '../ui/toasts.tsx'

/** What went wrong with a message, and what a person can do about it. */
export function DeliveryProblem({ message, delivery }: { message: MessageView; delivery: DeliveryView }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  if (delivery.state === 'failed')
    return (
      <Card tone="danger">
        <p className="font-medium">{t('problem.failed')}</p>
        <p className="text-muted">{delivery.failure?.detail || t('problem.noReason')}</p>
        <Retry message={message} delivery={delivery} />
      </Card>
    )
  if (delivery.state === 'unknown')
    return (
      <Card tone="warn">
        <p className="font-medium">{t('problem.unknown')}</p>
        <p className="text-muted">{t('problem.unknownHelp')}</p>
        {delivery.failure?.detail && <p className="text-muted">{delivery.failure.detail}</p>}
        <Retry message={message} delivery={delivery} />
      </Card>
    )
  if (delivery.state === 'planned' && delivery.nextAttemptAt !== null && delivery.attempts > 0)
    return (
      <p className="mt-1 text-xs text-warn">
        {t('problem.again', { time: moment(delivery.nextAttemptAt, now, i18n.language), count: delivery.attempts })}
        {delivery.failure?.detail && <span className="block text-muted">{delivery.failure.detail}</span>}
      </p>
    )
  return null
}

function Card({ tone, children }: { tone: 'danger' | 'warn'; children: React.ReactNode }) {
  const Icon = tone === 'danger' ? CircleAlert : CircleHelp
  return (
    <div
      className={`mt-1 mb-2 flex max-w-96 gap-2 rounded-panel border px-3 py-2 text-sm ${tone === 'danger' ? 'border-danger/30 bg-danger-soft' : 'border-warn/30 bg-warn-soft'}`}
    >
      <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${tone === 'danger' ? 'text-danger' : 'text-warn'}`} />
      <div className="flex min-w-0 flex-col gap-0.5 break-words">{children}</div>
    </div>
  )
}

/** An unknown send may have arrived: sending it again is asked twice. */
function Retry({ message, delivery }: { message: MessageView; delivery: DeliveryView }) {
  const { t } = useTranslation()
  const toasts = useToasts()
  const retry = useRetryDelivery(message.conversationId)
  const [asking, setAsking] = useState(false)
  const run = () => {
    setAsking(false)
    retry.mutate(delivery.id, { onError: (error) => toasts.fail(t('problem.retryFailed'), error) })
  }
  const isUnknown = delivery.state === 'unknown'
  return (
    <div className="mt-1.5">
      <Button icon={RotateCw} busy={retry.isPending} onClick={isUnknown ? () => setAsking(true) : run}>
        {t(isUnknown ? 'problem.sendAgain' : 'problem.retry')}
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('problem.sendAgainTitle')}
        text={t('problem.sendAgainText')}
        action={t('problem.sendAgain')}
        onConfirm={run}
      />
    </div>
  )
}
