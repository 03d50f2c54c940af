import type { FileView, Message, Outgoing } from './api.ts'

/** A message as it is drawn. */
export interface Bubble {
  key: string
  by: 'visitor' | 'hub'
  text: string
  files: FileView[]
  at: number
  clientId: string | null
  state: 'sending' | 'sent' | 'failed' | 'received'
  reason: string | null
}

/** Bubbles of one writer within minutes: one name and one time for all. */
export interface Group {
  key: string
  by: 'visitor' | 'hub'
  author: string | null
  bubbles: Bubble[]
  /** Midnight of a new day, when this group is its first. */
  day: number | null
}

const TOGETHER_MS = 5 * 60_000

const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0)

const kept = ({ id, clientId, by, text, media, at }: Message): Bubble => ({
  key: clientId ?? id,
  by,
  text,
  files: media,
  at,
  clientId,
  state: by === 'visitor' ? 'sent' : 'received',
  reason: null,
})

const waiting = ({ clientId, text, files, at, state, reason }: Outgoing): Bubble => ({
  key: clientId,
  by: 'visitor',
  text,
  files,
  at,
  clientId,
  state: state === 'queued' ? 'sending' : state,
  reason: reason ?? null,
})

/** The thread, then what is not in it yet. */
export function groupsOf(messages: Message[], outgoing: Outgoing[]): Group[] {
  const inThread = new Set(messages.map(({ clientId }) => clientId))
  const all: { bubble: Bubble; author: string | null }[] = [
    ...messages.map((message) => ({ bubble: kept(message), author: message.author })),
    ...outgoing
      .filter(({ clientId }) => !inThread.has(clientId))
      .map((item) => ({ bubble: waiting(item), author: null })),
  ]
  const groups: Group[] = []
  for (const { bubble, author } of all) {
    const last = groups.at(-1)
    const before = last?.bubbles.at(-1)
    const newDay = !before || midnight(before.at) !== midnight(bubble.at)
    const joins =
      last &&
      before &&
      !newDay &&
      last.by === bubble.by &&
      last.author === author &&
      bubble.at - before.at < TOGETHER_MS
    if (joins) last.bubbles.push(bubble)
    else
      groups.push({
        key: bubble.key,
        by: bubble.by,
        author,
        bubbles: [bubble],
        day: newDay ? midnight(bubble.at) : null,
      })
  }
  return groups
}

/** Text cut at its web addresses. Only http and https become links; a closing mark belongs to the sentence. */
export function linked(text: string): (string | { href: string; at: number })[] {
  return text
    .split(
      /(https?:\/\/[^\s<>"'\u201c\u201d\u2018\u2019\u300c\u300d\u300a\u300b\uff08\uff09\uff0c\u3002\uff01\uff1f\uff1b\uff1a\u3001]*[^\s<>"'\u201c\u201d\u2018\u2019\u300c\u300d\u300a\u300b\uff08\uff09\uff0c\u3002\uff01\uff1f\uff1b\uff1a\u3001.,:;!?)\]}])/giu,
    )
    .map((part, at) => (at % 2 === 1 ? { href: part, at } : part))
    .filter((part) => part !== '')
}

/** One to three emoji and nothing else are shown large. */
export const isEmojiOnly = (text: string): boolean => {
  const trimmed = text.trim()
  if (trimmed.length > 40 || !/^(?:\p{RGI_Emoji}|\s)+$/v.test(trimmed)) return false
  return [...new Intl.Segmenter().segment(trimmed.replace(/\s/g, ''))].length <= 3
}
