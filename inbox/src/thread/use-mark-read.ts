import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ConversationView } from '../../../src/views.ts'
import { api } from '../api/client.ts'
import { useMe } from '../api/session.ts'
import { patchEverywhere } from '../live/conversation-cache.ts'

/** What is looked at is read: when it opens, when a message comes, and when the page is looked at again. */
export function useMarkRead(item: ConversationView | undefined): void {
  const client = useQueryClient()
  const me = useMe()
  useEffect(() => {
    if (!item || item.unread === 0) return
    const read = () => {
      if (document.visibilityState !== 'visible') return
      patchEverywhere(client, { ...item, unread: 0 }, me.id)
      api(`/conversations/${item.id}/read`, { method: 'POST' }).catch(() => {
        // It only stays unread: opening it again says so once more.
      })
    }
    read()
    document.addEventListener('visibilitychange', read)
    return () => document.removeEventListener('visibilitychange', read)
  }, [client, item, me.id])
}
