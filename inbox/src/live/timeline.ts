import type { DeliveryView, EventView, MessageView } from '../../../src/views.ts'
import type { MessagePage, MessagePages } from '../api/shapes.ts'

/**
 * Pure parts of keeping a thread true while events arrive: pages run from the newest to the oldest, items in a page
 * from the oldest to the newest.
 */

/** The hub's own ladder (conversations/ledger.ts): within one attempt states only climb. */
const LADDER: Record<DeliveryView['state'], number> = {
  planned: 0,
  sending: 1,
  unknown: 3,
  accepted: 4,
  sent: 5,
  failed: 6,
  delivered: 7,
  read: 8,
  canceled: 9,
}

/** Waiting for the next attempt comes after the one that did not succeed. */
const stepOf = ({ state, attempts }: DeliveryView): number =>
  state === 'planned' && attempts > 0 ? LADDER.sending + 1 : LADDER[state]

/**
 * The later word on a delivery. Times do not tell: they are the provider's, whose clock is another one and may count
 * whole seconds. Sending again by hand makes a new delivery; ids grow with time.
 */
export const laterDelivery = (a: DeliveryView | null, b: DeliveryView | null): DeliveryView | null => {
  if (!a || !b) return a ?? b
  if (a.id !== b.id) return a.id > b.id ? a : b
  if (a.attempts !== b.attempts) return a.attempts > b.attempts ? a : b
  return stepOf(a) > stepOf(b) ? a : b
}

const SETTLED = { pending: 0, failed: 1, refused: 1, stored: 2 } as const

/** Both versions of one message as one: nothing that was already known is taken back. */
export function mergeMessage(known: MessageView, next: MessageView): MessageView {
  const before = new Map(known.attachments.map((file) => [file.id, file]))
  // An event may leave out a large body that is known already.
  const body = next.trimmed && !known.trimmed ? { text: known.text, html: known.html, trimmed: false } : {}
  return {
    ...next,
    ...body,
    delivery: laterDelivery(known.delivery, next.delivery),
    withdrawnAt: next.withdrawnAt ?? known.withdrawnAt,
    attachments: next.attachments.map((file) => {
      const old = before.get(file.id)
      return old && SETTLED[old.state] > SETTLED[file.state] ? old : file
    }),
  }
}

const mapPage = (list: MessagePages, at: number, change: (page: MessagePage) => MessagePage): MessagePages => ({
  ...list,
  pages: list.pages.map((page, index) => (index === at ? change(page) : page)),
})

const insertBySeq = (items: MessageView[], message: MessageView): MessageView[] => {
  const place = items.findIndex((other) => other.seq > message.seq)
  return place < 0 ? [...items, message] : [...items.slice(0, place), message, ...items.slice(place)]
}

/** Which page a sequence number falls into; -1 when it is older than all that is loaded. */
const pageOf = (list: MessagePages, seq: number): number => {
  for (const [at, page] of list.pages.entries()) {
    const first = page.items[0]
    if (page.nextBefore === null || (first && seq >= first.seq)) return at
  }
  return -1
}

/** `trust` takes the message as it is (the answer to what this agent just did); `merge` keeps what was known better. */
export function upsertMessage(
  list: MessagePages,
  message: MessageView,
  how: 'merge' | 'trust' = 'merge',
): MessagePages {
  const holder = list.pages.findIndex((page) => page.items.some((item) => item.id === message.id))
  if (holder >= 0)
    return mapPage(list, holder, (page) => ({
      ...page,
      items: page.items.map((item) =>
        item.id !== message.id ? item : how === 'trust' ? message : mergeMessage(item, message),
      ),
    }))
  const at = pageOf(list, message.seq)
  if (at < 0) return list
  return mapPage(list, at, (page) => ({ ...page, items: insertBySeq(page.items, message) }))
}

/** Adds an event of the history once, to the newest page. */
export function addEvent(list: MessagePages, event: EventView): MessagePages {
  if (list.pages.length === 0 || list.pages.some((page) => page.events.some((other) => other.id === event.id)))
    return list
  return mapPage(list, 0, (page) => ({ ...page, events: [...page.events, event] }))
}

/** The highest sequence number that is loaded; 0 when none is. */
export const lastSeqOf = (list: MessagePages | undefined): number => list?.pages[0]?.items.at(-1)?.seq ?? 0

export const messageIn = (list: MessagePages | undefined, id: string): MessageView | undefined =>
  list?.pages.flatMap((page) => page.items).find((message) => message.id === id)
