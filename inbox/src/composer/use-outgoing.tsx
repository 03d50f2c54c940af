import { useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../src/views.ts'
import { ApiError, api, isPassing, wordsOf } from '../api/client.ts'
import { keys } from '../api/keys.ts'
import { useMe } from '../api/session.ts'
import type { MessagePages } from '../api/shapes.ts'
import { upsertMessage } from '../live/timeline.ts'
import { createOutgoing, type Outgoing, type OutgoingItem } from './outgoing.ts'
import { outgoingStorage } from './outgoing-storage.ts'

const Context = createContext<Outgoing | null>(null)

const post = (item: OutgoingItem): Promise<MessageView> =>
  api<MessageView>(`/conversations/${item.conversationId}/messages`, {
    body: {
      kind: item.kind,
      text: item.text,
      clientId: item.clientId,
      attachmentIds: item.attachments.map((file) => file.id),
      ...(item.subject ? { subject: item.subject } : {}),
      ...(item.kind === 'reply' && item.identityId && item.accountId
        ? { identityId: item.identityId, accountId: item.accountId }
        : {}),
    },
  })

export function OutgoingProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const me = useMe()
  const { t } = useTranslation()
  const [outgoing] = useState(() =>
    createOutgoing({
      post,
      stored: (message) =>
        client.setQueryData<MessagePages>(
          keys.messages(message.conversationId),
          (old) => old && upsertMessage(old, message),
        ),
      isPassing: (error) => {
        const signedOut = error instanceof ApiError && error.status === 401
        // Waits for the next sign-in, as for a connection.
        if (signedOut) client.setQueryData(keys.me, null)
        return signedOut || isPassing(error)
      },
      words: (error) => wordsOf(error, t),
      storage: outgoingStorage(localStorage, me.id),
    }),
  )
  useEffect(() => {
    const resume = () => outgoing.resume()
    resume()
    window.addEventListener('online', resume)
    return () => window.removeEventListener('online', resume)
  }, [outgoing])
  return <Context value={outgoing}>{children}</Context>
}

export const useOutgoing = (): Outgoing => {
  const outgoing = use(Context)
  if (!outgoing) throw new Error('useOutgoing needs an OutgoingProvider above it')
  return outgoing
}

export function useOutgoingOf(conversationId: string): OutgoingItem[] {
  const outgoing = useOutgoing()
  const subscribe = useCallback((listener: () => void) => outgoing.subscribe(listener), [outgoing])
  const all = useSyncExternalStore(subscribe, () => outgoing.all())
  return useMemo(() => all.filter((item) => item.conversationId === conversationId), [all, conversationId])
}
