import type { QueryClient } from '@tanstack/react-query'
import type { ConversationPatch, ConversationView } from '../../../src/views.ts'
import { keys } from '../api/keys.ts'
import type { ConversationPages, ListFilter } from '../api/shapes.ts'
import { find, isStale, merge, place } from './conversation-lists.ts'

const listsOf = (client: QueryClient): [ListFilter, ConversationPages][] =>
  client
    .getQueriesData<ConversationPages>({ queryKey: keys.lists })
    .flatMap(([key, list]) => (list ? [[key[1] as ListFilter, list] as [ListFilter, ConversationPages]] : []))

/** The best known version of a conversation, wherever it is cached. */
export function knownConversation(client: QueryClient, id: string): ConversationView | undefined {
  const all = [
    client.getQueryData<ConversationView>(keys.conversation(id)),
    ...listsOf(client).map(([, l]) => find(l, id)),
  ]
  let best: ConversationView | undefined
  for (const one of all) if (one && (!best || !isStale(best, one))) best = one
  return best
}

/** Ids of the cached conversations of these contacts. */
export function conversationsOf(client: QueryClient, contactIds: string[]): string[] {
  const listed = listsOf(client).flatMap(([, list]) => list.pages.flatMap((page) => page.items))
  const single = client
    .getQueriesData<ConversationView>({ queryKey: ['conversation'] })
    .flatMap(([, item]) => item ?? [])
  const shown = [...listed, ...single].filter((item) => contactIds.includes(item.contact.id))
  return [...new Set(shown.map((item) => item.id))]
}

/**
 * Puts a version of a conversation into everything that shows it, unless a newer one is already there. False when too
 * little is known of it to do so.
 */
export function patchEverywhere(client: QueryClient, patch: ConversationPatch, meId: string): boolean {
  const next = merge(knownConversation(client, patch.id), patch)
  if (!next) return false
  client.setQueryData<ConversationView>(keys.conversation(patch.id), next)
  for (const [filter, list] of listsOf(client))
    client.setQueryData<ConversationPages>(keys.list(filter), place(list, next, filter, meId))
  return true
}
