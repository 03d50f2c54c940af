import { useCallback, useSyncExternalStore } from 'react'
import type { LiveEvent } from '../../../src/views.ts'

type TypingEvent = LiveEvent & { type: 'typing' }

/** Who types where. Forgotten after a while, for an "off" that never came. */
export interface TypingStore {
  heard(event: TypingEvent): void
  /** `customer`, an agent's id, or null. The same value until it changes. */
  who(conversationId: string): string | null
  subscribe(listener: () => void): () => void
}

const FORGET_MS = 8000

export function createTypingStore(meId: string): TypingStore {
  const entries = new Map<string, { who: string; timer: number }>()
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const clear = (id: string) => {
    const entry = entries.get(id)
    if (entry) clearTimeout(entry.timer)
    if (entries.delete(id)) changed()
  }
  return {
    heard(event) {
      if (event.agentId === meId) return
      clear(event.conversationId)
      if (!event.on) return
      const timer = window.setTimeout(() => clear(event.conversationId), FORGET_MS)
      entries.set(event.conversationId, { who: event.agentId ?? 'customer', timer })
      changed()
    },
    who: (id) => entries.get(id)?.who ?? null,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useTyping(store: TypingStore, conversationId: string): string | null {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store])
  return useSyncExternalStore(subscribe, () => store.who(conversationId))
}
