import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Attachment } from './attachment.tsx'
import { Icon } from './icons.tsx'
import type { Shared } from './panel.tsx'
import { type Bubble, type Group, groupsOf, isEmojiOnly, linked } from './thread.ts'
import { dayOf, exactTimeOf, timeOf } from './when.ts'

/** So near to the end counts as being there. */
const NEAR_PX = 80

const toEnd = (log: HTMLElement | null) => {
  if (log) log.scrollTop = log.scrollHeight
}

export function ThreadLog(shared: Shared) {
  const { view, words, settings } = shared
  const log = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const [below, setBelow] = useState(false)
  const groups = groupsOf(view.messages, view.outgoing)
  const last = groups.at(-1)
  const lastBubble = last?.bubbles.at(-1)

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the newest bubble that moves the view, whatever else changed.
  useLayoutEffect(() => {
    const own = lastBubble?.state === 'sending'
    if (atEnd.current || own) toEnd(log.current)
    else setBelow(true)
  }, [lastBubble?.key, view.typing, view.open, view.loaded])
  // Pictures and the keyboard change the height after the message is there.
  useEffect(() => {
    const element = log.current
    if (!element) return
    const observer = new ResizeObserver(() => atEnd.current && toEnd(element))
    observer.observe(element)
    if (element.firstElementChild) observer.observe(element.firstElementChild)
    return () => observer.disconnect()
  }, [])

  return (
    <div class="log-frame">
      <div
        class="log"
        ref={log}
        role="log"
        aria-live="polite"
        aria-label={words.log}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX
          if (atEnd.current) setBelow(false)
        }}
      >
        <div class="log-inner">
          <p class="hello">{settings.greeting[settings.language] || words.greeting}</p>
          {!view.loaded && view.connection === 'connecting' && view.messages.length === 0 && <Skeleton />}
          {groups.map((group) => (
            <GroupView key={group.key} group={group} isLast={group === last} {...shared} />
          ))}
          {view.typing && (
            <div class="group hub">
              <div class="bubble typing">
                <i />
                <i />
                <i />
                <span class="unseen">{words.typing}</span>
              </div>
            </div>
          )}
        </div>
      </div>
      {below && (
        <button type="button" class="below" onClick={() => toEnd(log.current)}>
          <Icon name="down" size={16} />
          {words.newMessages}
        </button>
      )}
    </div>
  )
}

function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      <i />
      <i />
    </div>
  )
}

function GroupView({ group, isLast, ...shared }: Shared & { group: Group; isLast: boolean }) {
  const { words, settings } = shared
  const end = group.bubbles.at(-1)
  const who = group.by === 'hub' ? (group.author ?? settings.title) : null
  return (
    <>
      {group.day !== null && (
        <p class="day">
          <span>{dayOf(group.day, Date.now(), document.documentElement.lang, words)}</span>
        </p>
      )}
      <div class={`group ${group.by}`}>
        {group.bubbles.map((bubble, at) => (
          <BubbleView key={bubble.key} bubble={bubble} isEnd={at === group.bubbles.length - 1} {...shared} />
        ))}
        {end && (
          <p class="meta">
            <span class="unseen">{group.by === 'visitor' ? words.you : ''}</span>
            {who && <b>{who}</b>}
            <time dateTime={new Date(end.at).toISOString()} title={exactTimeOf(end.at, document.documentElement.lang)}>
              {timeOf(end.at, document.documentElement.lang)}
            </time>
            {group.by === 'visitor' && <Ticks bubble={end} isLast={isLast} {...shared} />}
          </p>
        )}
      </div>
    </>
  )
}

function BubbleView({ bubble, isEnd, ...shared }: Shared & { bubble: Bubble; isEnd: boolean }) {
  const large = bubble.files.length === 0 && isEmojiOnly(bubble.text)
  return (
    <>
      {bubble.files.map((file) => (
        <Attachment key={file.id} file={file} {...shared} />
      ))}
      {bubble.text && (
        <div
          class={`bubble${large ? ' large' : ''}${isEnd ? ' end' : ''}${bubble.state === 'sending' ? ' pending' : ''}`}
        >
          {linked(bubble.text).map((part) =>
            typeof part === 'string' ? (
              part
            ) : (
              <a key={part.at} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
                {part.href}
              </a>
            ),
          )}
        </div>
      )}
      {bubble.state === 'failed' && <Failed bubble={bubble} {...shared} />}
    </>
  )
}

function Failed({ bubble, chat, words }: Shared & { bubble: Bubble }) {
  const { clientId, reason } = bubble
  if (clientId === null) return null
  return (
    <p class="failed" role="alert">
      <Icon name="alert" size={14} />
      <span title={reason ?? ''}>{words.failed}</span>
      <button type="button" onClick={() => chat.retry(clientId)}>
        {words.retry}
      </button>
      <button type="button" onClick={() => chat.discard(clientId)}>
        {words.discard}
      </button>
      {reason && <small>{reason}</small>}
    </p>
  )
}

function Ticks({ bubble, view, words }: Shared & { bubble: Bubble; isLast: boolean }) {
  if (bubble.state === 'failed') return null
  const read = readUpTo(bubble, view)
  const [name, label] =
    bubble.state === 'sending'
      ? (['clock', view.connection === 'lost' ? words.waiting : words.sending] as const)
      : read
        ? (['checks', words.read] as const)
        : (['check', words.sent] as const)
  return (
    <span class={read ? 'ticks read' : 'ticks'} title={label} role="img" aria-label={label}>
      <Icon name={name} size={14} />
    </span>
  )
}

/** Read are the message that the agent reached, and everything before it. An answer says the same. */
function readUpTo(bubble: Bubble, { messages, readUpTo: reached }: Shared['view']): boolean {
  const place = (clientId: string | null) => messages.findIndex((message) => message.clientId === clientId)
  const own = place(bubble.clientId)
  if (own < 0) return false
  const answered = messages.findLastIndex(({ by }) => by === 'hub')
  return own <= Math.max(reached === null ? -1 : place(reached), answered)
}
