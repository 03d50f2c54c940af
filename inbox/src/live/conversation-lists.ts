import type { ConversationPatch, ConversationView } from '../../../src/views.ts'
import type { ConversationPages, ListFilter, Page } from '../api/shapes.ts'

/**
 * Pure parts of keeping lists of conversations true while events arrive. An event may come twice, late, or be older
 * than what a fetch already brought: the version of a conversation with the newer `updatedAt` (then the higher
 * `lastSeq`) wins.
 */

/** True when `next` tells nothing that `known` does not know already or better. */
export const isStale = (known: ConversationView, next: Pick<ConversationPatch, 'updatedAt' | 'lastSeq'>): boolean =>
  next.updatedAt < known.updatedAt || (next.updatedAt === known.updatedAt && next.lastSeq < known.lastSeq)

/** The conversation after the patch; null when too little is known of it to show it. */
export function merge(known: ConversationView | undefined, patch: ConversationPatch): ConversationView | null {
  if (known) return isStale(known, patch) ? known : { ...known, ...patch }
  const { contact, address, labelIds, subject } = patch
  if (!contact || address === undefined || !labelIds) return null
  return { ...patch, contact, address, labelIds, subject: subject ?? null }
}

const statusFits = (filter: ListFilter, status: ConversationView['status']): boolean => {
  if (filter.view === 'snoozed' || filter.view === 'resolved') return status === filter.view
  return filter.status ? status === filter.status : status === 'open' || status === 'pending'
}

/** Does it belong into the list? Whether the text fits a search only the hub can tell: `unknown`. */
export function belongs(filter: ListFilter, item: ConversationView, meId: string): boolean | 'unknown' {
  const fits =
    statusFits(filter, item.status) &&
    (filter.view !== 'mine' || item.assigneeId === meId) &&
    (filter.view !== 'unassigned' || item.assigneeId === null) &&
    (!filter.account || item.accountId === filter.account) &&
    (!filter.team || item.teamId === filter.team) &&
    (!filter.assignee || item.assigneeId === filter.assignee) &&
    (!filter.label || item.labelIds.includes(filter.label))
  if (!fits) return false
  return filter.q ? 'unknown' : true
}

const never = Number.MAX_SAFE_INTEGER

/** Order of the list; negative when `a` stands before `b`. */
export function compare(sort: ListFilter['sort'], a: ConversationView, b: ConversationView): number {
  const waiting = sort === 'waiting' ? (a.waitingSince ?? never) - (b.waitingSince ?? never) : 0
  if (waiting !== 0) return waiting
  if (a.lastMessageAt !== b.lastMessageAt) return b.lastMessageAt - a.lastMessageAt
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0
}

type ListPage = Page<ConversationView>

const without = (pages: ListPage[], id: string): ListPage[] =>
  pages.map((page) =>
    page.items.some((item) => item.id === id) ? { ...page, items: page.items.filter((item) => item.id !== id) } : page,
  )

const insert = (pages: ListPage[], item: ConversationView, sort: ListFilter['sort']): ListPage[] => {
  const out = [...pages]
  for (const [at, page] of out.entries()) {
    const place = page.items.findIndex((other) => compare(sort, item, other) < 0)
    const isEnd = at === out.length - 1 && page.nextCursor === null
    if (place < 0 && !isEnd) continue
    const cut = place < 0 ? page.items.length : place
    out[at] = { ...page, items: [...page.items.slice(0, cut), item, ...page.items.slice(cut)] }
    return out
  }
  return out
}

/** The list with the conversation where it belongs now, or without it. The same object when nothing changes. */
export function place(
  list: ConversationPages,
  item: ConversationView,
  filter: ListFilter,
  meId: string,
): ConversationPages {
  const known = list.pages.flatMap((page) => page.items).find((other) => other.id === item.id)
  if (known === item) return list
  const fits = belongs(filter, item, meId)
  if (!known && fits !== true) return list
  if (!fits) return { ...list, pages: without(list.pages, item.id) }
  if (known && compare(filter.sort, known, item) === 0) {
    const swap = (page: ListPage): ListPage => ({
      ...page,
      items: page.items.map((other) => (other.id === item.id ? item : other)),
    })
    return { ...list, pages: list.pages.map((page) => (page.items.includes(known) ? swap(page) : page)) }
  }
  return { ...list, pages: insert(without(list.pages, item.id), item, filter.sort) }
}

export const find = (list: ConversationPages | undefined, id: string): ConversationView | undefined =>
  list?.pages.flatMap((page) => page.items).find((item) => item.id === id)
