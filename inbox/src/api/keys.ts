import type { ListFilter } from './shapes.ts'

/** Names of what is cached, from the general to the particular, so that a prefix refreshes all below it. */
export const keys = {
  me: ['me'] as const,
  lists: ['conversations'] as const,
  list: (filter: ListFilter) => ['conversations', filter] as const,
  counts: ['counts'] as const,
  conversation: (id: string) => ['conversation', id] as const,
  messages: (id: string) => ['messages', id] as const,
  routes: (id: string) => ['routes', id] as const,
  contacts: ['contacts'] as const,
  contactList: (q: string) => ['contacts', q] as const,
  contact: (id: string) => ['contact', id] as const,
  contactConversations: (id: string) => ['contact', id, 'conversations'] as const,
  contactRoutes: (id: string) => ['contact', id, 'routes'] as const,
  accounts: ['accounts'] as const,
  channels: ['channels'] as const,
  teams: ['teams'] as const,
  agents: ['agents'] as const,
  labels: ['labels'] as const,
  tokens: ['tokens'] as const,
  deadLetters: ['dead-letters'] as const,
}
