import { AlarmClock, ArrowUp, ChevronsUp, Clock, Reply, StickyNote } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConversationView } from '../../../src/views.ts'
import { useDirectory } from '../api/directory.ts'
import { brief, exact, moment, waited } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { shownAddress } from '../person/shown-address.ts'
import { Avatar } from '../ui/avatar.tsx'
import { cx } from '../ui/class-names.ts'
import { AccountTag } from '../ui/glyph.tsx'
import { previewWords } from './preview-words.ts'
import { WAIT_INK, waitLevel } from './waiting.ts'

export const ROW_HEIGHT = 80

interface RowProps {
  item: ConversationView
  isOpen: boolean
  onOpen(): void
}

export const nameOf = (item: ConversationView): string => item.contact.name ?? shownAddress(item.address)

export const ConversationRow = memo(
  function ConversationRow({ item, isOpen, onOpen }: RowProps) {
    const { t } = useTranslation()
    const unread = item.unread > 0
    return (
      <button
        type="button"
        onClick={onOpen}
        aria-current={isOpen ? 'true' : undefined}
        className={cx(
          'relative flex h-full w-full gap-2.5 border-b border-line/70 py-2.5 pr-3 pl-4 text-left outline-offset-[-2px]',
          isOpen ? 'bg-selected' : 'hover:bg-hover/70',
        )}
      >
        {unread && (
          <span className="absolute top-6 left-1 size-2 rounded-full bg-accent">
            <span className="sr-only">{t('list.unread', { count: item.unread })}</span>
          </span>
        )}
        <Avatar name={nameOf(item)} />
        <span className="flex min-w-0 flex-1 flex-col">
          <span className="flex items-baseline gap-2">
            <span className={cx('min-w-0 flex-1 truncate text-sm', unread ? 'font-semibold' : 'font-medium')}>
              {nameOf(item)}
            </span>
            <Since item={item} />
          </span>
          <Preview item={item} unread={unread} />
          <Foot item={item} />
        </span>
      </button>
    )
  },
  (a, b) => a.item === b.item && a.isOpen === b.isOpen,
)

/** How long the customer waits, or when the last word fell. */
function Since({ item }: { item: ConversationView }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const lang = i18n.language
  if (item.status === 'snoozed' && item.snoozedUntil)
    return (
      <span className="figures inline-flex shrink-0 items-center gap-1 text-xs text-info">
        <AlarmClock size={12} aria-hidden />
        {moment(item.snoozedUntil, now, lang)}
      </span>
    )
  if (item.waitingSince && item.status !== 'resolved')
    return (
      <span
        title={t('list.waitingSince', { time: exact(item.waitingSince, lang) })}
        className={cx(
          'figures inline-flex shrink-0 items-center gap-1 text-xs font-medium',
          WAIT_INK[waitLevel(item.waitingSince, now)],
        )}
      >
        <Clock size={12} aria-hidden />
        {waited(now - item.waitingSince, lang)}
      </span>
    )
  return (
    <span title={exact(item.lastMessageAt, lang)} className="figures shrink-0 text-xs text-faint">
      {brief(item.lastMessageAt, now, lang)}
    </span>
  )
}

function Preview({ item, unread }: { item: ConversationView; unread: boolean }) {
  const { t } = useTranslation()
  const Sign = item.previewDirection === 'note' ? StickyNote : item.previewDirection === 'out' ? Reply : null
  return (
    <span className={cx('flex items-center gap-1 text-sm', unread ? 'text-text' : 'text-muted')}>
      {Sign && (
        <>
          <Sign size={13} aria-hidden className="shrink-0" />
          <span className="sr-only">{t(item.previewDirection === 'note' ? 'list.lastNote' : 'list.lastReply')}</span>
        </>
      )}
      <span className="truncate">
        {item.subject && <span className="font-medium">{item.subject} · </span>}
        {previewWords(item.preview, t) || t('list.noText')}
      </span>
    </span>
  )
}

function Foot({ item }: { item: ConversationView }) {
  const { t } = useTranslation()
  const { accounts, agents, labels } = useDirectory()
  const account = accounts.get(item.accountId)
  const assignee = item.assigneeId ? agents.get(item.assigneeId) : undefined
  const Urgency = item.priority === 'urgent' ? ChevronsUp : item.priority === 'high' ? ArrowUp : null
  return (
    <span className="mt-auto flex h-5 items-center gap-2 text-xs text-faint">
      <span className="min-w-0 flex-1 truncate">{account && <AccountTag account={account} />}</span>
      {item.labelIds.slice(0, 3).map((id) => {
        const label = labels.get(id)
        return label ? (
          <span
            key={id}
            className="size-2 shrink-0 rounded-full"
            style={{ background: label.color }}
            title={label.name}
          >
            <span className="sr-only">{label.name}</span>
          </span>
        ) : null
      })}
      {Urgency && (
        <span
          title={t(`priority.${item.priority}`)}
          className={item.priority === 'urgent' ? 'text-danger' : 'text-warn'}
        >
          <Urgency size={14} aria-hidden />
          <span className="sr-only">{t(`priority.${item.priority}`)}</span>
        </span>
      )}
      {item.unread > 1 && (
        <span
          aria-hidden
          className="figures rounded-full bg-accent px-1.5 text-xs leading-4.5 font-medium text-on-accent"
        >
          {item.unread > 99 ? '99+' : item.unread}
        </span>
      )}
      {assignee && (
        <span title={t('list.with', { name: assignee.name })} className="inline-flex">
          <Avatar name={assignee.name} size={20} square />
          <span className="sr-only">{t('list.with', { name: assignee.name })}</span>
        </span>
      )}
    </span>
  )
}
