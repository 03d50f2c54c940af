import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { AccountView, ConversationPatch, LiveEvent, MessageView } from '../../../src/views.ts'
import { keys } from '../api/keys.ts'
import type { MessagePages } from '../api/shapes.ts'
import { conversationsOf, patchEverywhere } from './conversation-cache.ts'
import { addEvent, messageIn, upsertMessage } from './timeline.ts'

/** What an event wants beyond the caches: done by whoever listens. */
export interface LiveEffects {
  /** What only the hub knows is asked again, once for many events. */
  refetch(...keys: QueryKey[]): void
  typing(event: LiveEvent & { type: 'typing' }): void
}

type EventOf<Type extends LiveEvent['type']> = LiveEvent & { type: Type }

/** A body that was too large for an event is fetched by those who show the thread. */
function putMessage(client: QueryClient, message: MessageView, effects: LiveEffects): void {
  const key = keys.messages(message.conversationId)
  client.setQueryData<MessagePages>(key, (old) => old && upsertMessage(old, message))
  if (message.trimmed && messageIn(client.getQueryData<MessagePages>(key), message.id)?.trimmed) effects.refetch(key)
}

/** Too little may be known of a conversation to show it: its lists are asked again then. */
function putConversation(client: QueryClient, patch: ConversationPatch, meId: string, effects: LiveEffects): void {
  if (!patchEverywhere(client, patch, meId)) effects.refetch(keys.lists)
  effects.refetch(keys.counts)
}

function messageAdded(client: QueryClient, event: EventOf<'message.added'>, meId: string, effects: LiveEffects): void {
  putMessage(client, event.message, effects)
  putConversation(client, event.conversation, meId, effects)
  // A customer's message opens a reply window; ours uses it up.
  if (event.message.direction !== 'note') effects.refetch(keys.routes(event.message.conversationId))
}

function conversationChanged(
  client: QueryClient,
  event: EventOf<'conversation.changed'>,
  meId: string,
  effects: LiveEffects,
): void {
  const { conversation, event: entry } = event
  putConversation(client, conversation, meId, effects)
  if (entry) client.setQueryData<MessagePages>(keys.messages(conversation.id), (old) => old && addEvent(old, entry))
  if (entry?.type === 'joined' || entry?.type === 'parted' || entry?.type === 'consent')
    effects.refetch(['contact'], ['routes'])
  // Messages went from one thread to another, and no event tells each.
  if (entry?.type === 'joined' || entry?.type === 'parted')
    effects.refetch(keys.messages(conversation.id), keys.conversation(conversation.id))
}

/** Only what shows the contact is asked again: on a busy day most events are about people nobody looks at. */
function contactChanged(client: QueryClient, event: EventOf<'contact.changed'>, effects: LiveEffects): void {
  const ids = [event.contactId, ...(event.joinedInto ? [event.joinedInto] : [])]
  for (const id of ids) effects.refetch(keys.contact(id))
  effects.refetch(keys.contacts)
  const shown = conversationsOf(client, ids)
  if (shown.length > 0) effects.refetch(keys.lists)
  for (const id of shown)
    effects.refetch(keys.conversation(id), keys.routes(id), ...(event.joinedInto ? [keys.messages(id)] : []))
}

function accountHealth(client: QueryClient, event: EventOf<'account.health'>, effects: LiveEffects): void {
  client.setQueryData<(AccountView | { id: string })[]>(keys.accounts, (old) =>
    old?.map((account) =>
      account.id === event.accountId && 'healthAt' in account && account.healthAt <= event.at
        ? { ...account, health: event.health, healthAt: event.at }
        : account,
    ),
  )
  effects.refetch(['routes'])
}

/** Applies one event of the stream to all that is cached. Safe to apply twice and out of order. */
export function applyEvent(client: QueryClient, event: LiveEvent, meId: string, effects: LiveEffects): void {
  switch (event.type) {
    case 'message.added':
      messageAdded(client, event, meId, effects)
      break
    case 'message.changed':
      putMessage(client, event.message, effects)
      break
    case 'conversation.changed':
      conversationChanged(client, event, meId, effects)
      break
    case 'contact.changed':
      contactChanged(client, event, effects)
      break
    case 'agent.changed':
      effects.refetch(keys.agents, ...(event.agentId === meId ? [keys.me] : []))
      break
    case 'account.changed':
      effects.refetch(keys.accounts, ['routes'])
      break
    case 'account.health':
      accountHealth(client, event, effects)
      break
    case 'settings.changed':
      effects.refetch([event.what])
      break
    case 'dead_letter.added':
      effects.refetch(keys.deadLetters)
      break
    case 'typing':
      effects.typing(event)
      break
    case 'reset':
      void client.invalidateQueries()
  }
}
