import { CircleAlert, Clock, CloudOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useDirectory } from '../api/directory.ts'
import type { OutgoingItem } from '../composer/outgoing.ts'
import { returnToDraft } from '../composer/use-draft.ts'
import { useOutgoing } from '../composer/use-outgoing.tsx'
import { clock } from '../format/time.ts'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { AccountTag } from '../ui/glyph.tsx'
import { Attachments } from './attachments.tsx'
import { GROUND } from './message-bubble.tsx'
import { RichText } from './rich-text.tsx'

/** A message on its way to the hub. */
export function OutgoingBubble({ item }: { item: OutgoingItem }) {
  const { t, i18n } = useTranslation()
  const { accounts } = useDirectory()
  const account = item.accountId ? accounts.get(item.accountId) : undefined
  const Sign = item.state === 'waiting' ? CloudOff : item.state === 'refused' ? CircleAlert : Clock
  return (
    <article aria-label={t('thread.outgoing')} className="mt-3 flex flex-col items-end">
      <header className="mb-1 flex items-center gap-1.5 text-xs text-muted">
        <span className="font-medium text-text">{t('thread.you')}</span>
        {item.kind === 'note' ? (
          <span className="text-warn">{t('thread.noteOnly')}</span>
        ) : (
          account && <AccountTag account={account} />
        )}
      </header>
      <div className={cx('max-w-[85%] rounded-bubble px-3 py-2', GROUND[item.kind === 'note' ? 'note' : 'out'])}>
        {item.subject && <p className="mb-1 font-semibold">{item.subject}</p>}
        <RichText text={item.text} quotedFrom={null} />
        <Attachments files={item.attachments} hideInline={false} />
        <span className="figures mt-0.5 flex items-center justify-end gap-1 text-xs text-muted">
          {clock(item.at, i18n.language)}
          <Sign size={14} aria-hidden />
          <span className="sr-only">{t('delivery.sending')}</span>
        </span>
      </div>
      {item.state === 'waiting' && <p className="mt-1 text-xs text-warn">{t('outgoing.waiting')}</p>}
      {item.state === 'refused' && <Refused item={item} />}
    </article>
  )
}

function Refused({ item }: { item: OutgoingItem }) {
  const { t } = useTranslation()
  const outgoing = useOutgoing()
  const edit = () => {
    returnToDraft(item)
    outgoing.discard(item.clientId)
    window.dispatchEvent(new CustomEvent('onethread:draft', { detail: item.conversationId }))
  }
  return (
    <div role="alert" className="mt-1 max-w-96 rounded-panel border border-danger/30 bg-danger-soft px-3 py-2 text-sm">
      <p className="font-medium">{t('outgoing.refused')}</p>
      <p className="text-muted">{item.problem}</p>
      <div className="mt-1.5 flex gap-2">
        <Button onClick={() => outgoing.retry(item.clientId)}>{t('problem.retry')}</Button>
        <Button onClick={edit}>{t('outgoing.edit')}</Button>
        <Button variant="ghost" onClick={() => outgoing.discard(item.clientId)}>
          {t('outgoing.discard')}
        </Button>
      </div>
    </div>
  )
}
