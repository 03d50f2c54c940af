import { AlarmClock, ArrowLeft, Check, Hourglass, PanelRight, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConversationView } from '../../../src/views.ts'
import { type ConversationChange, useChangeConversation } from '../api/conversations.ts'
import { useMe } from '../api/session.ts'
import { exact, moment, span } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { nameOf } from '../inbox/conversation-row.tsx'
import { useInbox } from '../inbox/inbox-context.ts'
import { WAIT_INK, waitLevel } from '../inbox/waiting.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { useToasts } from '../ui/toasts.tsx'
import { AssignMenu } from './assign-menu.tsx'
import { LabelChips } from './label-chips.tsx'
import { LabelMenu } from './label-menu.tsx'
import { MoreMenu } from './more-menu.tsx'
import { SnoozeMenu } from './snooze-menu.tsx'

export type Change = (change: ConversationChange, done?: string, undo?: ConversationChange) => void

/** Changes the open conversation; says what was done and offers to take it back. */
function useChange(item: ConversationView): Change {
  const { t } = useTranslation()
  const change = useChangeConversation()
  const toasts = useToasts()
  // Promises, not callbacks: the thread may be gone from the page before the answer comes.
  const run = (fields: ConversationChange) => change.mutateAsync({ id: item.id, change: fields })
  const failed = (error: unknown) => toasts.fail(t('thread.notChanged'), error)
  return (fields, done, undo) => {
    const takeBack = undo && { label: t('common.undo'), run: () => void run(undo).catch(failed) }
    run(fields).then(() => done && toasts.say(done, takeBack), failed)
  }
}

interface HeadProps {
  item: ConversationView
  personOpen: boolean
  onTogglePerson(): void
}

export function ThreadHead({ item, personOpen, onTogglePerson }: HeadProps) {
  const { t } = useTranslation()
  const inbox = useInbox()
  const me = useMe()
  const change = useChange(item)
  const [menu, setMenu] = useState<'assign' | 'snooze' | 'labels' | null>(null)
  const toggle = (name: NonNullable<typeof menu>) => (open: boolean) => setMenu(open ? name : null)

  const resolve = () => {
    if (inbox.filter.view !== 'resolved') inbox.openNext()
    change({ status: 'resolved' }, t('done.resolved', { name: nameOf(item) }), { status: 'open' })
  }
  const reopen = () => change({ status: 'open' }, t('done.reopened'))
  const isResolved = item.status === 'resolved'
  useShortcuts({
    e: isResolved ? reopen : resolve,
    a: () => setMenu('assign'),
    z: () => setMenu('snooze'),
    l: () => setMenu('labels'),
    i: item.assigneeId === me.id ? null : () => change({ assigneeId: me.id }),
  })
  return (
    <header className="flex min-h-14 shrink-0 items-center gap-2 border-b px-4 max-md:px-1.5">
      <IconButton icon={ArrowLeft} label={t('common.back')} onClick={inbox.close} className="md:hidden" />
      <span className="max-lg:hidden">
        <Avatar name={nameOf(item)} />
      </span>
      <button type="button" onClick={onTogglePerson} className="min-w-0 flex-1 rounded-control py-1 text-left">
        <h1 className="truncate text-base leading-5 font-semibold">{nameOf(item)}</h1>
        <span className="flex min-w-0 items-center gap-1.5">
          <State item={item} />
          <span className="contents max-md:hidden">
            <LabelChips ids={item.labelIds} />
          </span>
        </span>
      </button>
      <AssignMenu item={item} change={change} open={menu === 'assign'} onOpen={toggle('assign')} />
      <LabelMenu item={item} change={change} open={menu === 'labels'} onOpen={toggle('labels')} />
      {!isResolved && (
        <SnoozeMenu
          open={menu === 'snooze'}
          onOpen={toggle('snooze')}
          onSnooze={(until, words) => {
            inbox.openNext()
            change({ status: 'snoozed', snoozedUntil: until }, t('done.snoozed', { time: words }), { status: 'open' })
          }}
        />
      )}
      <MoreMenu item={item} change={change} />
      <Button
        variant={isResolved ? 'secondary' : 'primary'}
        icon={isResolved ? RotateCcw : Check}
        onClick={isResolved ? reopen : resolve}
        className="max-lg:px-2"
      >
        <span className="max-lg:sr-only">{t(isResolved ? 'thread.reopen' : 'thread.resolve')}</span>
      </Button>
      <IconButton
        icon={PanelRight}
        label={t(personOpen ? 'person.hide' : 'person.show')}
        pressed={personOpen}
        onClick={onTogglePerson}
        className="max-md:hidden"
      />
    </header>
  )
}

/** What the conversation waits for, in one line. */
function State({ item }: { item: ConversationView }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const lang = i18n.language
  const line = 'flex min-w-0 items-center gap-1 truncate text-xs'
  if (item.status === 'snoozed')
    return (
      <p className={cx(line, 'text-info')}>
        <AlarmClock size={12} aria-hidden />
        {item.snoozedUntil
          ? t('thread.snoozedUntil', { time: moment(item.snoozedUntil, now, lang) })
          : t('status.snoozed')}
      </p>
    )
  if (item.status === 'resolved') return <p className={cx(line, 'text-ok')}>{t('status.resolved')}</p>
  if (item.waitingSince)
    return (
      <p
        title={exact(item.waitingSince, lang)}
        className={cx(line, 'figures font-medium', WAIT_INK[waitLevel(item.waitingSince, now)])}
      >
        {t('thread.waiting', { span: span(now - item.waitingSince, lang) })}
      </p>
    )
  if (item.status === 'pending')
    return (
      <p className={cx(line, 'text-muted')}>
        <Hourglass size={12} aria-hidden />
        {t('thread.pending')}
      </p>
    )
  return <p className={cx(line, 'text-muted')}>{item.subject ?? t('thread.answered')}</p>
}
