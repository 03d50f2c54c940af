import { hashKey, notifyManager, type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { LiveEvent } from '../../../src/views.ts'
import { keys } from '../api/keys.ts'
import { applyEvent } from './apply-event.ts'
import { createBatch } from './batch.ts'
import type { TypingStore } from './typing.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/** How long a lost stream is retried quietly before the banner says so. */
const PATIENCE_MS = 2500
/** Events are applied together, a few times a second; what must be asked again is asked at most this often. */
const APPLY_EVERY_MS = 40
const REFETCH_EVERY_MS = 500

/**
 * Keeps the event stream open. The browser resumes by Last-Event-ID; a stream that the browser gave up is opened
 * anew, and since its position is lost then, everything shown is fetched again.
 */
export function useLive(meId: string, typing: TypingStore): Connection {
  const client = useQueryClient()
  const [state, setState] = useState<Connection>('connecting')

  useEffect(() => {
    let source: EventSource | null = null
    let retry: number | null = null
    let worry: number | null = null
    let tries = 0
    let lostPosition = false

    const refetches = createBatch<QueryKey>(REFETCH_EVERY_MS, (wanted) => {
      const once = new Map(wanted.map((key) => [hashKey(key), key]))
      for (const queryKey of once.values()) void client.invalidateQueries({ queryKey })
    })
    const effects = { refetch: refetches.add, typing: typing.heard }
    const events = createBatch<LiveEvent>(APPLY_EVERY_MS, (batch) =>
      notifyManager.batch(() => {
        for (const event of batch) applyEvent(client, event, meId, effects)
      }),
    )
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
    const onMessage = (message: MessageEvent<string>) => events.add(JSON.parse(message.data) as LiveEvent)
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
      for (const timer of [retry, worry]) if (timer !== null) clearTimeout(timer)
      events.stop()
      refetches.stop()
      source?.close()
    }
  }, [client, meId, typing])

  return state
}
