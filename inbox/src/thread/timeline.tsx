import { ArrowDown, MessageSquareText } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConversationView } from '../../../src/views.ts'
import { useMessages } from '../api/conversations.ts'
import { useDirectory } from '../api/directory.ts'
import { useMe } from '../api/session.ts'
import { stillOutgoing } from '../composer/outgoing.ts'
import { useOutgoingOf } from '../composer/use-outgoing.tsx'
import { day } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { nameOf } from '../inbox/conversation-row.tsx'
import { useTyping } from '../live/typing.ts'
import { useShell } from '../shell/shell-context.ts'
import { Empty, Failed } from '../ui/states.tsx'
import { EventLine } from './event-line.tsx'
import { MessageBubble } from './message-bubble.tsx'
import { OutgoingBubble } from './outgoing-bubble.tsx'
import { messagesOf, type Row, rowsOf } from './rows.ts'
import { BubbleBones } from './thread-bones.tsx'

/** How near to its end a thread counts as followed. */
const NEAR_PX = 80

export function Timeline({ item }: { item: ConversationView }) {
  const messages = useMessages(item.id)
  if (messages.isPending)
    return (
      <div className="min-h-0 flex-1 overflow-hidden">
        <BubbleBones />
      </div>
    )
  if (!messages.data)
    return (
      <div className="min-h-0 flex-1">
        <Failed error={messages.error} onRetry={() => void messages.refetch()} />
      </div>
    )
  return <Rows item={item} messages={messages} />
}

function useRows(item: ConversationView, data: NonNullable<ReturnType<typeof useMessages>['data']>): Row[] {
  const me = useMe()
  const outgoing = useOutgoingOf(item.id)
  return useMemo(() => rowsOf(data, stillOutgoing(outgoing, messagesOf(data), me.id)), [data, outgoing, me.id])
}

function Rows({ item, messages }: { item: ConversationView; messages: ReturnType<typeof useMessages> }) {
  const { t } = useTranslation()
  const rows = useRows(item, messages.data ?? { pages: [], pageParams: [] })
  const scroller = useRef<HTMLDivElement>(null)
  const { below, toEnd } = useFollow(scroller, rows, messages)
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={t('thread.messages')}
        className="thin-scroll h-full overflow-y-auto px-5 max-md:px-3"
      >
        <div className="mx-auto flex min-h-full max-w-190 flex-col justify-end pt-4 pb-2">
          {messages.isFetchingNextPage && <BubbleBones />}
          {rows.length === 0 && <Empty icon={MessageSquareText} title={t('thread.empty')} />}
          {rows.map((row) => (
            <RowView key={row.key} row={row} item={item} />
          ))}
          <TypingLine item={item} />
        </div>
      </div>
      {below && (
        <button
          type="button"
          onClick={toEnd}
          className="control absolute bottom-3 left-1/2 inline-flex -translate-x-1/2 animate-rise items-center gap-1.5 rounded-full border bg-raised px-3 text-sm font-medium shadow-float hover:bg-hover"
        >
          <ArrowDown size={14} aria-hidden />
          {t(below === 'new' ? 'thread.newBelow' : 'thread.toEnd')}
        </button>
      )}
    </div>
  )
}

/** Keeps the end in sight while it is being read, the place while older pages come in above, and loads those pages. */
function useFollow(
  scroller: React.RefObject<HTMLDivElement | null>,
  rows: Row[],
  messages: ReturnType<typeof useMessages>,
) {
  const follows = useRef(true)
  const top = useRef(0)
  const height = useRef(0)
  const [below, setBelow] = useState<'new' | 'old' | null>(null)
  const firstKey = rows[0]?.key
  const lastKey = rows.at(-1)?.key
  const lastKind = rows.at(-1)?.kind
  const seen = useRef({ firstKey, lastKey })

  useLayoutEffect(() => {
    const box = scroller.current
    if (!box) return
    const grewAbove = seen.current.firstKey !== firstKey && seen.current.lastKey === lastKey
    if (follows.current || lastKind === 'outgoing') box.scrollTop = box.scrollHeight
    else if (grewAbove) box.scrollTop += box.scrollHeight - height.current
    else if (seen.current.lastKey !== lastKey) setBelow('new')
    height.current = box.scrollHeight
    seen.current = { firstKey, lastKey }
  }, [scroller, firstKey, lastKey, lastKind])

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = messages
  useEffect(() => {
    const box = scroller.current
    const inner = box?.firstElementChild
    if (!box || !inner) return
    const onScroll = () => {
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX
      // A mail that grew is no reason to stop, a person who went up is: this event may come after both.
      follows.current = isNear || (follows.current && box.scrollTop >= top.current)
      top.current = box.scrollTop
      height.current = box.scrollHeight
      setBelow((old) => (follows.current ? null : (old ?? 'old')))
      if (box.scrollTop < 400 && hasNextPage && !isFetchingNextPage) void fetchNextPage()
    }
    // Pictures and mails grow after they were drawn.
    const observer = new ResizeObserver(() => {
      if (follows.current) box.scrollTop = box.scrollHeight
    })
    observer.observe(inner)
    observer.observe(box)
    box.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', onScroll)
    }
  }, [scroller, hasNextPage, isFetchingNextPage, fetchNextPage])

  const toEnd = () => scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior: 'smooth' })
  return { below, toEnd }
}

function RowView({ row, item }: { row: Row; item: ConversationView }) {
  switch (row.kind) {
    case 'day':
      return <DayLine at={row.at} />
    case 'event':
      return <EventLine event={row.event} />
    case 'message':
      return <MessageBubble message={row.message} head={row.head} customer={nameOf(item)} />
    case 'outgoing':
      return <OutgoingBubble item={row.item} />
  }
}

function DayLine({ at }: { at: number }) {
  const { i18n } = useTranslation()
  const now = useNow()
  return (
    <div className="my-3 flex items-center gap-3 text-xs font-medium text-faint">
      <span className="h-px flex-1 bg-line" />
      {day(at, now, i18n.language)}
      <span className="h-px flex-1 bg-line" />
    </div>
  )
}

function TypingLine({ item }: { item: ConversationView }) {
  const { t } = useTranslation()
  const { typing } = useShell()
  const { agents } = useDirectory()
  const who = useTyping(typing, item.id)
  if (!who) return null
  const name = who === 'customer' ? nameOf(item) : (agents.get(who)?.name ?? t('thread.somebody'))
  return (
    <p role="status" className="mt-2 flex items-center gap-2 text-xs text-muted">
      <span aria-hidden className="flex gap-0.5">
        {[0, 150, 300].map((delay) => (
          <span
            key={delay}
            className="size-1.5 animate-pulse rounded-full bg-faint"
            style={{ animationDelay: `${delay}ms` }}
          />
        ))}
      </span>
      {t(who === 'customer' ? 'thread.types' : 'thread.agentTypes', { name })}
    </p>
  )
}
