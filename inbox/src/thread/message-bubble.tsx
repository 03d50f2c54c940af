import { Bot, Lock, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../src/views.ts'
import { useDirectory } from '../api/directory.ts'
import { useMe } from '../api/session.ts'
import { clock, exact } from '../format/time.ts'
import { Avatar } from '../ui/avatar.tsx'
import { cx } from '../ui/class-names.ts'
import { AccountTag } from '../ui/glyph.tsx'
import { Attachments } from './attachments.tsx'
import { DeliveryProblem } from './delivery-problem.tsx'
import { DeliveryTicks } from './delivery-ticks.tsx'
import { isRich, MailFrame } from './mail-frame.tsx'
import { RichText } from './rich-text.tsx'

interface BubbleProps {
  message: MessageView
  head: boolean
  customer: string
}

export const GROUND = {
  in: 'bg-bubble-in rounded-tl-[4px]',
  out: 'bg-bubble-out rounded-tr-[4px]',
  note: 'bg-note border border-note-line rounded-tr-[4px]',
} as const

/** Who wrote it, in words. */
function useSender(message: MessageView, customer: string): string {
  const { t } = useTranslation()
  const { agents } = useDirectory()
  const me = useMe()
  if (message.direction === 'in') return customer
  if (message.authorId === me.id) return t('thread.you')
  if (message.authorId) return agents.get(message.authorId)?.name ?? t('thread.somebody')
  return t(message.automatic ? 'thread.automatic' : 'thread.elsewhere')
}

export function MessageBubble({ message, head, customer }: BubbleProps) {
  const { t, i18n } = useTranslation()
  const { accounts } = useDirectory()
  const sender = useSender(message, customer)
  const account = message.accountId ? accounts.get(message.accountId) : undefined
  const mine = message.direction !== 'in'
  return (
    <article
      aria-label={t('thread.messageFrom', {
        sender,
        account: account?.name ?? t('composer.note'),
        time: exact(message.sentAt, i18n.language),
      })}
      className={cx('flex flex-col', head ? 'mt-3' : 'mt-0.5', mine ? 'items-end' : 'items-start')}
    >
      {head && (
        <header className={cx('mb-1 flex max-w-full items-center gap-1.5 text-xs text-muted', !mine && 'pl-9')}>
          <span className="shrink-0 font-medium text-text">{sender}</span>
          {message.direction === 'note' ? (
            <span className="inline-flex items-center gap-1 text-warn">
              <Lock size={12} aria-hidden />
              {t('thread.noteOnly')}
            </span>
          ) : (
            account && <AccountTag account={account} />
          )}
        </header>
      )}
      <div className="flex w-full max-w-full gap-2">
        {!mine && <span className="w-7 shrink-0">{head && <Avatar name={customer} size={24} />}</span>}
        <div
          className={cx(
            'flex min-w-0 max-w-[85%] flex-col',
            mine ? 'ml-auto items-end' : 'items-start',
            message.html && isRich(message.html) && 'w-[85%]',
          )}
        >
          <Content message={message} />
          {mine && message.delivery && <DeliveryProblem message={message} delivery={message.delivery} />}
        </div>
      </div>
    </article>
  )
}

function Content({ message }: { message: MessageView }) {
  const { t } = useTranslation()
  const rich = message.html !== null && isRich(message.html)
  const [original, setOriginal] = useState(rich)
  if (message.withdrawnAt !== null)
    return (
      <div className="inline-flex items-center gap-1.5 rounded-bubble border border-dashed px-3 py-2 text-sm text-muted">
        <Undo2 size={14} aria-hidden />
        {t('thread.withdrawn')}
        <Foot message={message} />
      </div>
    )
  const showMail = message.html !== null && original
  return (
    <div className={cx('max-w-full min-w-0 rounded-bubble px-3 py-2', GROUND[message.direction], showMail && 'w-full')}>
      {message.subject && <p className="mb-1 font-semibold break-words">{message.subject}</p>}
      {showMail && message.html !== null ? (
        <MailFrame html={message.html} attachments={message.attachments} />
      ) : (
        <RichText text={message.text} quotedFrom={message.quotedFrom} />
      )}
      <Attachments files={message.attachments} hideInline={showMail} />
      <div className="mt-0.5 flex items-center justify-end gap-2">
        {rich && (
          <button
            type="button"
            onClick={() => setOriginal(!original)}
            className="mr-auto rounded text-xs font-medium text-accent-ink hover:underline"
          >
            {t(original ? 'thread.asText' : 'thread.asMail')}
          </button>
        )}
        <Foot message={message} />
      </div>
    </div>
  )
}

function Foot({ message }: { message: MessageView }) {
  const { t, i18n } = useTranslation()
  return (
    <span className="figures inline-flex shrink-0 items-center gap-1 text-xs text-muted">
      {message.automatic && (
        <span title={t('thread.automaticHelp')} className="inline-flex">
          <Bot size={13} aria-hidden />
          <span className="sr-only">{t('thread.automatic')}</span>
        </span>
      )}
      <time dateTime={new Date(message.sentAt).toISOString()} title={exact(message.sentAt, i18n.language)}>
        {clock(message.sentAt, i18n.language)}
      </time>
      {message.delivery && <DeliveryTicks delivery={message.delivery} />}
    </span>
  )
}
