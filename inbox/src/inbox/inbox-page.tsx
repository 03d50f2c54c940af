import { Navigate, Outlet, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { MessageSquareText } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useConversationList } from '../api/conversations.ts'
import { useMe } from '../api/session.ts'
import type { ListFilter } from '../api/shapes.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { cx } from '../ui/class-names.ts'
import { Empty } from '../ui/states.tsx'
import { ConversationList } from './conversation-list.tsx'
import { InboxContext, type InboxState } from './inbox-context.ts'
import { ListHead } from './list-head.tsx'

export function InboxPage() {
  const me = useMe()
  return me.role === 'marketer' ? <Navigate to="/people" replace /> : <Panes />
}

function Panes() {
  const { t } = useTranslation()
  const inbox = useInboxState()
  const { items, openId, open } = inbox.state
  const step = (by: number) => {
    const at = items.findIndex((item) => item.id === openId)
    const next = items[at < 0 ? 0 : Math.min(items.length - 1, Math.max(0, at + by))]
    if (next) open(next.id)
  }
  useShortcuts({
    j: () => step(1),
    k: () => step(-1),
    '/': () => document.querySelector<HTMLInputElement>('#list-search')?.focus(),
  })
  return (
    <InboxContext value={inbox.state}>
      <div className="flex h-full">
        <section
          aria-label={t('list.label')}
          className={cx(
            'flex w-full shrink-0 flex-col border-line bg-surface md:w-80 md:border-r lg:w-85',
            openId && 'max-md:hidden',
          )}
        >
          <ListHead />
          <ConversationList list={inbox.list} />
        </section>
        <div className={cx('h-full min-w-0 flex-1 bg-surface', !openId && 'max-md:hidden')}>
          {openId ? (
            <Outlet />
          ) : (
            <Empty icon={MessageSquareText} title={t('thread.none')} text={t('thread.noneHelp')} />
          )}
        </div>
      </div>
    </InboxContext>
  )
}

function useInboxState() {
  const { view } = useParams({ from: '/inbox/$view' })
  const search = useSearch({ from: '/inbox/$view' })
  const { conversationId } = useParams({ strict: false })
  const openId = conversationId ?? null
  const navigate = useNavigate()
  const filter = useMemo<ListFilter>(() => ({ view, ...search }), [view, search])
  const list = useConversationList(filter)
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data])
  const open = useCallback(
    (id: string) =>
      void navigate({
        to: '/inbox/$view/$conversationId',
        params: { view, conversationId: id },
        search: (old) => old as never,
      }),
    [navigate, view],
  )
  const close = useCallback(
    () => void navigate({ to: '/inbox/$view', params: { view }, search: (old) => old as never }),
    [navigate, view],
  )
  const state = useMemo<InboxState>(() => {
    const openNext = () => {
      const at = items.findIndex((item) => item.id === openId)
      const next = items[at + 1] ?? items[at - 1]
      const isPhone = window.matchMedia('(max-width: 767px)').matches
      if (next && at >= 0 && !isPhone) open(next.id)
      else close()
    }
    return { filter, items, openId, open, close, openNext }
  }, [filter, items, openId, open, close])
  return { list, state }
}
