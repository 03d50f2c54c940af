import { useVirtualizer } from '@tanstack/react-virtual'
import { CheckCheck, FlaskConical, Inbox, SearchX } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { useConversationList } from '../api/conversations.ts'
import { useSession } from '../api/session.ts'
import { Button } from '../ui/button.tsx'
import { Bone, Empty, Failed } from '../ui/states.tsx'
import { ConversationRow, ROW_HEIGHT } from './conversation-row.tsx'
import { useInbox } from './inbox-context.ts'
import { useSetFilter } from './list-head.tsx'

type ListQuery = ReturnType<typeof useConversationList>

export function ConversationList({ list }: { list: ListQuery }) {
  const { items } = useInbox()
  if (list.isPending) return <ListBones />
  if (list.isError && items.length === 0) return <Failed error={list.error} onRetry={() => void list.refetch()} />
  if (items.length === 0) return <NothingHere />
  return <Rows list={list} />
}

function Rows({ list }: { list: ListQuery }) {
  const { t } = useTranslation()
  const { items, openId, open } = useInbox()
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: items.length + (list.hasNextPage ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    getItemKey: (index) => items[index]?.id ?? 'more',
  })
  const visible = rows.getVirtualItems()
  const lastShown = visible.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= items.length - 10) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, items.length])

  const openIndex = items.findIndex((item) => item.id === openId)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only opening another one scrolls, not its moving in the list
  useEffect(() => {
    if (openIndex >= 0) rows.scrollToIndex(openIndex, { align: 'auto' })
  }, [openId])

  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual list positions its rows itself
    <div ref={scroller} role="list" aria-label={t('list.label')} className="thin-scroll min-h-0 flex-1 overflow-y-auto">
      <div className="relative" style={{ height: rows.getTotalSize() }}>
        {visible.map((row) => {
          const item = items[row.index]
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            <div
              key={row.key}
              role="listitem"
              className="absolute inset-x-0 top-0"
              style={{ height: row.size, transform: `translateY(${row.start}px)` }}
            >
              {item ? (
                <ConversationRow item={item} isOpen={item.id === openId} onOpen={() => open(item.id)} />
              ) : (
                <RowBones />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function RowBones() {
  return (
    <div className="flex gap-2.5 px-3 py-3" style={{ height: ROW_HEIGHT }}>
      <Bone className="size-8 shrink-0 rounded-full" />
      <div className="flex flex-1 flex-col gap-2 pt-0.5">
        <Bone className="h-3.5 w-2/5" />
        <Bone className="h-3 w-4/5" />
        <Bone className="h-3 w-1/3" />
      </div>
    </div>
  )
}

function ListBones() {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('common.loading')} className="overflow-hidden">
      {Array.from({ length: 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bones have no identity
        <RowBones key={index} />
      ))}
    </div>
  )
}

function NothingHere() {
  const { t } = useTranslation()
  const { filter } = useInbox()
  const setFilter = useSetFilter()
  const { sandbox } = useSession()
  const { view, sort: _sort, ...narrowing } = filter
  if (Object.values(narrowing).some(Boolean))
    return (
      <Empty
        icon={SearchX}
        title={t('list.noMatch')}
        text={filter.q ? t('list.noMatchFor', { q: filter.q }) : t('list.noMatchHelp')}
        action={
          view === 'all' ? undefined : <Button onClick={() => setFilter({ view: 'all' })}>{t('list.lookInAll')}</Button>
        }
      />
    )
  return (
    <Empty
      icon={view === 'mine' ? CheckCheck : Inbox}
      title={t(`empty.${view}`)}
      text={t(`empty.${view}Help`)}
      action={sandbox && (view === 'mine' || view === 'all') && <SandboxLink />}
    />
  )
}

/** With nothing there yet, a newcomer is shown where to write as a customer. */
function SandboxLink() {
  const { t } = useTranslation()
  return (
    <a
      href="/sandbox"
      target="_blank"
      rel="noreferrer"
      className="control inline-flex items-center gap-1.5 rounded-control border px-3 text-sm font-medium hover:bg-hover"
    >
      <FlaskConical size={16} aria-hidden />
      {t('nav.openSandbox')}
    </a>
  )
}
