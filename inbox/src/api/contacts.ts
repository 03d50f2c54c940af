import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ContactView, ConversationView, JoinView, RouteView } from '../../../src/views.ts'
import { api, query } from './client.ts'
import { keys } from './keys.ts'
import type { Page } from './shapes.ts'

export const useContactList = (q: string, enabled = true) =>
  useInfiniteQuery({
    queryKey: keys.contactList(q),
    enabled,
    queryFn: ({ pageParam, signal }) =>
      api<Page<ContactView>>(`/contacts${query({ q, cursor: pageParam })}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: (old) => old,
  })

export const useContact = (id: string) =>
  useQuery({ queryKey: keys.contact(id), queryFn: ({ signal }) => api<ContactView>(`/contacts/${id}`, { signal }) })

export const useContactConversations = (id: string, enabled = true) =>
  useQuery({
    queryKey: keys.contactConversations(id),
    enabled,
    queryFn: async ({ signal }) =>
      (await api<{ items: ConversationView[] }>(`/contacts/${id}/conversations`, { signal })).items,
  })

export const useContactRoutes = (id: string, enabled = true) =>
  useQuery({
    queryKey: keys.contactRoutes(id),
    enabled,
    queryFn: async ({ signal }) => (await api<{ items: RouteView[] }>(`/contacts/${id}/routes`, { signal })).items,
  })

export type ContactChange = Partial<Pick<ContactView, 'name' | 'language' | 'timeZone' | 'vipLevel' | 'attributes'>>

/** What follows when a contact changed: itself, and every list its name stands in. */
const useContactChanged = () => {
  const client = useQueryClient()
  return (id: string) => {
    void client.invalidateQueries({ queryKey: keys.contact(id) })
    void client.invalidateQueries({ queryKey: keys.contacts })
    void client.invalidateQueries({ queryKey: keys.lists })
    void client.invalidateQueries({ queryKey: ['conversation'] })
    void client.invalidateQueries({ queryKey: ['routes'] })
  }
}

export const useChangeContact = (id: string) => {
  const changed = useContactChanged()
  return useMutation({
    mutationFn: (body: ContactChange) => api<ContactView>(`/contacts/${id}`, { method: 'PATCH', body }),
    onSettled: () => changed(id),
  })
}

export const useAddContact = () => {
  const changed = useContactChanged()
  return useMutation({
    mutationFn: (body: { name: string }) => api<ContactView>('/contacts', { body }),
    onSuccess: (contact) => changed(contact.id),
  })
}

export const useAddIdentity = (id: string) => {
  const changed = useContactChanged()
  return useMutation({
    mutationFn: (body: { accountId: string; address: string }) => api(`/contacts/${id}/identities`, { body }),
    onSuccess: () => changed(id),
  })
}

/** The other contact joins into `id`. */
export const useJoin = (id: string) => {
  const changed = useContactChanged()
  return useMutation({
    mutationFn: (contactId: string) => api<JoinView>(`/contacts/${id}/join`, { body: { contactId } }),
    onSuccess: () => changed(id),
  })
}

export const useUndoJoin = (id: string) => {
  const changed = useContactChanged()
  return useMutation({
    mutationFn: (joinId: string) => api(`/joins/${joinId}/undo`, { method: 'POST' }),
    onSuccess: () => changed(id),
  })
}
