import type { EventView, MessageView } from '../../../src/views.ts'
import type { MessagePages } from '../api/shapes.ts'
import type { OutgoingItem } from '../composer/outgoing.ts'
import { dayKey } from '../format/time.ts'

/** A thread as it is drawn, from top to bottom. */
export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'event'; key: string; event: EventView }
  /** `head`: the first of a run by one sender over one account names both. */
  | { kind: 'message'; key: string; message: MessageView; head: boolean }
  | { kind: 'outgoing'; key: string; item: OutgoingItem }

/** Messages of one sender this close together stand under one name. */
const RUN_MS = 5 * 60_000

type Entry = { at: number; event: EventView } | { at: number; message: MessageView }

const sameRun = (a: MessageView, b: MessageView): boolean =>
  a.direction === b.direction &&
  a.authorId === b.authorId &&
  a.accountId === b.accountId &&
  a.identityId === b.identityId &&
  !b.subject &&
  b.createdAt - a.createdAt < RUN_MS

/** Messages keep the order of their sequence; an event stands before the first message stored with or after it. */
function interleave(messages: MessageView[], events: EventView[]): Entry[] {
  const out: Entry[] = []
  let at = 0
  for (const message of messages) {
    for (let event = events[at]; event && event.at <= message.createdAt; event = events[at]) {
      out.push({ at: event.at, event })
      at += 1
    }
    out.push({ at: message.createdAt, message })
  }
  for (const event of events.slice(at)) out.push({ at: event.at, event })
  return out
}

export const messagesOf = (list: MessagePages): MessageView[] => [...list.pages].reverse().flatMap((page) => page.items)

const eventsOf = (list: MessagePages): EventView[] => {
  const seen = new Map(list.pages.flatMap((page) => page.events).map((event) => [event.id, event]))
  return [...seen.values()].sort((a, b) => a.at - b.at || a.seq - b.seq)
}

/** `zone`: the viewer's own time zone when absent. */
export function rowsOf(list: MessagePages, outgoing: readonly OutgoingItem[], zone?: string): Row[] {
  const rows: Row[] = []
  let day = ''
  let before: MessageView | null = null
  const onDay = (at: number) => {
    const key = dayKey(at, zone)
    if (key === day) return
    day = key
    before = null
    rows.push({ kind: 'day', key: `day-${key}`, at })
  }
  for (const entry of interleave(messagesOf(list), eventsOf(list))) {
    onDay(entry.at)
    if ('event' in entry) {
      rows.push({ kind: 'event', key: entry.event.id, event: entry.event })
      before = null
    } else {
      const head = !before || !sameRun(before, entry.message)
      rows.push({ kind: 'message', key: entry.message.id, message: entry.message, head })
      before = entry.message
    }
  }
  for (const item of outgoing) {
    onDay(item.at)
    rows.push({ kind: 'outgoing', key: item.clientId, item })
  }
  return rows
}
