import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ConversationView, MessageView, RouteView } from '../../../src/views.ts'
import { patchEverywhere } from '../live/conversation-cache.ts'
import { upsertMessage } from '../live/timeline.ts'
import { api, query } from './client.ts'
import { keys } from './keys.ts'
import { useMe } from './session.ts'
import type { Counts, ListFilter, MessagePage, MessagePages, Page } from './shapes.ts'

const listQuery = (filter: ListFilter, cursor: string): string =>
  query({
    view: filter.view === 'mine' || filter.view === 'unassigned' ? filter.view : 'all',
    status: filter.view === 'snoozed' || filter.view === 'resolved' ? filter.view : (filter.status ?? 'active'),
    account: filter.account,
    team: filter.team,
    assignee: filter.assignee,
    label: filter.label,
    q: filter.q,
    sort: filter.sort,
    cursor,
    limit: 50,
  })

export const useConversationList = (filter: ListFilter) =>
  useInfiniteQuery({
    queryKey: keys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      api<Page<ConversationView>>(`/conversations${listQuery(filter, pageParam)}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  })

export const useCounts = () =>
  useQuery({ queryKey: keys.counts, queryFn: ({ signal }) => api<Counts>('/conversations/counts', { signal }) })

export const useConversation = (id: string) =>
  useQuery({
    queryKey: keys.conversation(id),
    enabled: id !== '',
    queryFn: ({ signal }) => api<ConversationView>(`/conversations/${id}`, { signal }),
  })

export const useMessages = (id: string) =>
  useInfiniteQuery({
    queryKey: keys.messages(id),
    queryFn: ({ pageParam, signal }) =>
      api<MessagePage>(`/conversations/${id}/messages${query({ before: pageParam, limit: 50 })}`, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (oldest) => oldest.nextBefore,
  })

export const useRoutes = (id: string) =>
  useQuery({
    queryKey: keys.routes(id),
    queryFn: ({ signal }) => api<{ items: RouteView[] }>(`/conversations/${id}/routes`, { signal }),
    select: (answer) => answer.items,
  })

export interface ConversationChange {
  status?: ConversationView['status']
  snoozedUntil?: number
  priority?: ConversationView['priority']
  assigneeId?: string | null
  teamId?: string | null
  labelIds?: string[]
}

/** Changes a conversation: shown at once, put right by the answer, taken back when it fails. */
export function useChangeConversation() {
  const client = useQueryClient()
  const me = useMe()
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: ConversationChange }) =>
      api<ConversationView>(`/conversations/${id}`, { method: 'PATCH', body: change }),
    onMutate: ({ id, change }) => {
      const before = client.getQueryData<ConversationView>(keys.conversation(id))
      if (before) patchEverywhere(client, { ...before, ...change, updatedAt: before.updatedAt }, me.id)
      return { before }
    },
    onSuccess: (after) => patchEverywhere(client, after, me.id),
    onError: (_error, { id }, context) => {
      if (context?.before) patchEverywhere(client, context.before, me.id)
      void client.invalidateQueries({ queryKey: keys.conversation(id) })
      void client.invalidateQueries({ queryKey: keys.lists })
    },
    onSettled: () => void client.invalidateQueries({ queryKey: keys.counts }),
  })
}

/** Sends a failed or unknown delivery again: a person's decision, never the hub's. */
export function useRetryDelivery(conversationId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (deliveryId: string) =>
      api<MessageView | undefined>(`/deliveries/${deliveryId}/retry`, { method: 'POST' }),
    onSuccess: (message) => {
      const key = keys.messages(conversationId)
      if (message?.conversationId)
        client.setQueryData<MessagePages>(key, (old) => old && upsertMessage(old, message, 'trust'))
      else void client.invalidateQueries({ queryKey: key })
    },
  })
}

export interface NewConversation {
  contactId?: string
  identityId?: string
  accountId: string
  address?: string
  text: string
  subject?: string
}

export const useStartConversation = () => {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: NewConversation) =>
      api<{ conversation: ConversationView; message: MessageView }>('/conversations', { body }),
    onSuccess: ({ conversation }) => {
      client.setQueryData(keys.conversation(conversation.id), conversation)
      void client.invalidateQueries({ queryKey: keys.lists })
      void client.invalidateQueries({ queryKey: keys.counts })
      void client.invalidateQueries({ queryKey: keys.messages(conversation.id) })
      void client.invalidateQueries({ queryKey: keys.contact(conversation.contact.id) })
    },
  })
}
