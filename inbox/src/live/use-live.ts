import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { LiveEvent } from '../../../src/views.ts'
import { keys } from '../api/keys.ts'
import { applyEvent } from './apply-event.ts'
import type { TypingStore } from './typing.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/** How long a lost stream is retried quietly before the banner says so. */
const PATIENCE_MS = 2500
const COUNTS_EVERY_MS = 800

/**
 * Keeps the event stream open. The browser resumes by Last-Event-ID; a stream that the browser gave up is opened
 * anew, and since its position is lost then, everything shown is fetched again.
 */
export function useLive(meId: string, typing: TypingStore): Connection {
  const client = useQueryClient()
  const [state, setState] = useState<Connection>('connecting')
  const countsTimer = useRef<number | null>(null)

  useEffect(() => {
    let source: EventSource | null = null
    let retry: number | null = null
    let worry: number | null = null
    let tries = 0
    let lostPosition = false

    const countsChanged = () => {
      countsTimer.current ??= window.setTimeout(() => {
        countsTimer.current = null
        void client.invalidateQueries({ queryKey: keys.counts })
      }, COUNTS_EVERY_MS)
    }
    const onOpen = () => {
      if (worry !== null) clearTimeout(worry)
      worry = null
      tries = 0
      if (lostPosition) void client.invalidateQueries()
      lostPosition = false
      setState('live')
    }
    const onError = () => {
      worry ??= window.setTimeout(() => setState('lost'), PATIENCE_MS)
      if (source?.readyState !== EventSource.CLOSED) return
      lostPosition = true
      tries += 1
      // A session that ended closes the stream too: `me` finds out and shows the sign-in.
      void client.invalidateQueries({ queryKey: keys.me })
      retry = window.setTimeout(open, Math.min(15_000, 500 * 2 ** tries))
    }
    const onMessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as LiveEvent
      applyEvent(client, event, meId, { countsChanged, typing: (typed) => typing.heard(typed) })
    }
    const open = () => {
      source?.close()
      source = new EventSource('/api/v1/events')
      source.onopen = onOpen
      source.onerror = onError
      source.onmessage = onMessage
    }
    const wake = () => source?.readyState === EventSource.CLOSED && open()

    open()
    window.addEventListener('online', wake)
    return () => {
      window.removeEventListener('online', wake)
      for (const timer of [retry, worry, countsTimer.current]) if (timer !== null) clearTimeout(timer)
      countsTimer.current = null
      source?.close()
    }
  }, [client, meId, typing])

  return state
}
