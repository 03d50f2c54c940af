import { useNavigate } from '@tanstack/react-router'
import { ChevronDown, Search, SquarePen, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCounts } from '../api/conversations.ts'
import type { ListFilter, ViewName } from '../api/shapes.ts'
import { useShell } from '../shell/shell-context.ts'
import { IconButton } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../ui/menu.tsx'
import { useInbox } from './inbox-context.ts'
import { FilterChips, FilterMenu } from './list-filter.tsx'

/** Changes the filter in the address; an open conversation stays open. */
export function useSetFilter() {
  const navigate = useNavigate()
  const { filter, openId } = useInbox()
  return (change: Partial<ListFilter>) => {
    const { view, ...search } = { ...filter, ...change }
    void navigate(
      openId
        ? { to: '/inbox/$view/$conversationId', params: { view, conversationId: openId }, search, replace: true }
        : { to: '/inbox/$view', params: { view }, search, replace: true },
    )
  }
}

export function ListHead() {
  const { t } = useTranslation()
  const { startConversation } = useShell()
  return (
    <header className="flex flex-col gap-2 border-b px-3 pt-3 pb-2.5">
      <div className="flex items-center gap-1">
        <Views />
        <IconButton icon={SquarePen} label={t('start.title')} onClick={() => startConversation(null)} />
      </div>
      <div className="flex items-center gap-1">
        <SearchBox />
        <FilterMenu />
      </div>
      <FilterChips />
    </header>
  )
}

const TABS = ['mine', 'unassigned', 'all'] as const
const MORE = ['snoozed', 'resolved'] as const

function Views() {
  const { t } = useTranslation()
  const { filter } = useInbox()
  const counts = useCounts().data
  const navigate = useNavigate()
  const go = (view: ViewName) => void navigate({ to: '/inbox/$view', params: { view }, search: {} })
  const inMore = MORE.find((view) => view === filter.view)
  const look = (active: boolean) =>
    cx(
      'control inline-flex shrink-0 items-center gap-1 rounded-control px-1.5 text-sm font-medium whitespace-nowrap transition-colors duration-120',
      active ? 'bg-selected text-accent-ink' : 'text-muted hover:bg-hover hover:text-text',
    )
  return (
    <nav aria-label={t('list.views')} className="flex min-w-0 flex-1 items-center gap-0.5">
      <div className="thin-scroll flex min-w-0 items-center gap-0.5 overflow-x-auto">
        {TABS.map((view) => (
          <button
            key={view}
            type="button"
            aria-current={filter.view === view ? 'page' : undefined}
            className={look(filter.view === view)}
            onClick={() => go(view)}
          >
            {t(`view.${view}`)}
            {Boolean(counts?.[view]) && <span className="figures text-xs font-normal">{counts?.[view]}</span>}
          </button>
        ))}
      </div>
      <Menu>
        <MenuTrigger asChild>
          <button
            type="button"
            aria-label={inMore ? `${t('list.moreViews')}: ${t(`view.${inMore}`)}` : t('list.moreViews')}
            title={t('list.moreViews')}
            className={look(Boolean(inMore))}
          >
            {inMore ? t(`view.${inMore}`) : t('list.more')}
            <ChevronDown size={16} aria-hidden />
          </button>
        </MenuTrigger>
        <MenuContent align="start">
          {MORE.map((view) => (
            <MenuItem key={view} checked={filter.view === view} hint={counts?.[view]} onSelect={() => go(view)}>
              {t(`view.${view}`)}
            </MenuItem>
          ))}
        </MenuContent>
      </Menu>
    </nav>
  )
}

const TYPING_PAUSE_MS = 250

function SearchBox() {
  const { t } = useTranslation()
  const { filter } = useInbox()
  const setFilter = useSetFilter()
  const [typed, setTyped] = useState(filter.q ?? '')
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed starts a search
  useEffect(() => {
    const q = typed.trim() || undefined
    if (q === filter.q) return
    const timer = setTimeout(() => setFilter({ q }), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div className="relative min-w-0 flex-1">
      <Search
        size={15}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint"
      />
      <input
        id="list-search"
        type="search"
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          setTyped('')
          event.currentTarget.blur()
        }}
        className="control w-full rounded-control border border-transparent bg-sunken pr-8 pl-8 text-sm hover:border-line focus-visible:border-accent [&::-webkit-search-cancel-button]:hidden"
      />
      {typed && (
        <button
          type="button"
          aria-label={t('list.clearSearch')}
          onClick={() => setTyped('')}
          className="absolute inset-y-0 right-0 flex w-8 items-center justify-center text-muted hover:text-text"
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </div>
  )
}
