import type { AttachmentView, MessageView } from '../../../src/views.ts'

/**
 * What an agent sent and the hub has not confirmed yet. Kept in the browser's storage until it has, so that a lost
 * connection, a reload or a crash loses nothing; the client id makes a repeat harmless.
 */
export interface OutgoingItem {
  clientId: string
  conversationId: string
  kind: 'reply' | 'note'
  text: string
  subject: string | null
  identityId: string | null
  accountId: string | null
  attachments: AttachmentView[]
  /** The newest sequence number that was shown when it was sent: its own message has a higher one. */
  afterSeq: number
  at: number
  /** `waiting`: no connection, will be tried again by itself. `refused`: the hub said no; a person decides. */
  state: 'sending' | 'waiting' | 'refused'
  /** Of `refused`: why. */
  problem: string | null
}

export interface OutgoingParts {
  post(item: OutgoingItem): Promise<MessageView>
  stored(message: MessageView): void
  /** True when the same request may go through later. */
  isPassing(error: unknown): boolean
  words(error: unknown): string
  /** Each item by itself, so that two tabs of one agent do not overwrite each other's. */
  storage: OutgoingStorage
}

export interface OutgoingStorage {
  load(): OutgoingItem[]
  save(item: OutgoingItem): void
  drop(clientId: string): void
}

export interface Outgoing {
  send(item: Omit<OutgoingItem, 'state' | 'problem' | 'at'>): void
  retry(clientId: string): void
  discard(clientId: string): void
  /** Tries all that waits again: at start and when the connection came back. */
  resume(): void
  all(): readonly OutgoingItem[]
  subscribe(listener: () => void): () => void
}

const BACKOFF_MS = [1000, 2000, 5000, 10_000, 20_000]

/** Whether an interrupted one arrived is not known here: it goes again, and the hub knows its client id. */
const restore = (storage: OutgoingStorage): OutgoingItem[] =>
  storage
    .load()
    .map((item) => (item.state === 'sending' ? { ...item, state: 'waiting' as const } : item))
    .sort((a, b) => a.at - b.at)

/** Sends one conversation's messages one after the other: a later one never overtakes an earlier one. */
export function createOutgoing(parts: OutgoingParts): Outgoing {
  let items: readonly OutgoingItem[] = restore(parts.storage)
  const listeners = new Set<() => void>()
  const busy = new Set<string>()

  const show = (next: readonly OutgoingItem[]) => {
    items = next
    for (const listener of listeners) listener()
  }
  const add = (item: OutgoingItem) => {
    parts.storage.save(item)
    show([...items, item])
  }
  const change = (clientId: string, fields: Partial<OutgoingItem>) => {
    const before = items.find((item) => item.clientId === clientId)
    if (!before) return
    const after = { ...before, ...fields }
    parts.storage.save(after)
    show(items.map((item) => (item.clientId === clientId ? after : item)))
  }
  const remove = (clientId: string) => {
    parts.storage.drop(clientId)
    show(items.filter((item) => item.clientId !== clientId))
  }

  const attempt = async (item: OutgoingItem): Promise<'sent' | 'passing' | 'refused'> => {
    change(item.clientId, { state: 'sending', problem: null })
    try {
      parts.stored(await parts.post(item))
      remove(item.clientId)
      return 'sent'
    } catch (error) {
      const passing = parts.isPassing(error)
      change(item.clientId, passing ? { state: 'waiting' } : { state: 'refused', problem: parts.words(error) })
      return passing ? 'passing' : 'refused'
    }
  }

  const drain = async (conversationId: string, tries = 0): Promise<void> => {
    if (busy.has(conversationId)) return
    const next = items.find((item) => item.conversationId === conversationId && item.state !== 'refused')
    if (!next) return
    busy.add(conversationId)
    const outcome = await attempt(next)
    busy.delete(conversationId)
    if (outcome !== 'passing') return drain(conversationId)
    const wait = BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)]
    setTimeout(() => void drain(conversationId, tries + 1), wait)
  }

  return {
    send(item) {
      add({ ...item, at: Date.now(), state: 'sending', problem: null })
      void drain(item.conversationId)
    },
    retry(clientId) {
      change(clientId, { state: 'waiting', problem: null })
      const item = items.find((one) => one.clientId === clientId)
      if (item) void drain(item.conversationId)
    },
    discard: remove,
    resume() {
      for (const id of new Set(items.map((item) => item.conversationId))) void drain(id)
    },
    all: () => items,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Those still to be shown: one whose message already came by the event stream, before its own answer, is not. */
export function stillOutgoing(
  items: readonly OutgoingItem[],
  messages: readonly MessageView[],
  meId: string,
): OutgoingItem[] {
  const taken = new Set<string>()
  return items.filter((item) => {
    const arrived = messages.find(
      (message) =>
        message.seq > item.afterSeq &&
        message.authorId === meId &&
        !taken.has(message.id) &&
        message.direction === (item.kind === 'note' ? 'note' : 'out') &&
        message.text === item.text,
    )
    if (arrived) taken.add(arrived.id)
    return !arrived
  })
}
