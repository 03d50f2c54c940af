import type { QueryClient } from '@tanstack/react-query'
import type { AccountView, LiveEvent, MessageView } from '../../../src/views.ts'
import { keys } from '../api/keys.ts'
import type { MessagePages } from '../api/shapes.ts'
import { patchEverywhere } from './conversation-cache.ts'
import { addEvent, messageIn, upsertMessage } from './timeline.ts'

/** What an event wants beyond the caches: done by whoever listens. */
export interface LiveEffects {
  /** Counts are only known to the hub: ask again, once for many events. */
  countsChanged(): void
  typing(event: LiveEvent & { type: 'typing' }): void
}

type EventOf<Type extends LiveEvent['type']> = LiveEvent & { type: Type }

const refetch = (client: QueryClient, ...names: readonly (readonly unknown[])[]): void => {
  for (const queryKey of names) void client.invalidateQueries({ queryKey })
}

/** A body that was too large for an event is fetched by those who show the thread. */
function putMessage(client: QueryClient, message: MessageView): void {
  const key = keys.messages(message.conversationId)
  client.setQueryData<MessagePages>(key, (old) => old && upsertMessage(old, message))
  if (message.trimmed && messageIn(client.getQueryData<MessagePages>(key), message.id)?.trimmed) refetch(client, key)
}

function messageAdded(client: QueryClient, event: EventOf<'message.added'>, meId: string): void {
  putMessage(client, event.message)
  patchEverywhere(client, event.conversation, meId)
  // A customer's message opens a reply window; ours uses it up.
  if (event.message.direction !== 'note') refetch(client, keys.routes(event.message.conversationId))
}

function conversationChanged(client: QueryClient, event: EventOf<'conversation.changed'>, meId: string): void {
  const { conversation, event: entry } = event
  patchEverywhere(client, conversation, meId)
  if (entry) client.setQueryData<MessagePages>(keys.messages(conversation.id), (old) => old && addEvent(old, entry))
  if (entry?.type === 'joined' || entry?.type === 'parted' || entry?.type === 'consent')
    refetch(client, ['contact'], ['routes'])
}

function contactChanged(client: QueryClient, event: EventOf<'contact.changed'>): void {
  refetch(client, keys.contact(event.contactId), keys.contacts, ['routes'])
  if (event.joinedInto) refetch(client, keys.contact(event.joinedInto), keys.lists, ['conversation'], ['messages'])
  else refetch(client, keys.lists, ['conversation'])
}

function accountHealth(client: QueryClient, event: EventOf<'account.health'>): void {
  client.setQueryData<(AccountView | { id: string })[]>(keys.accounts, (old) =>
    old?.map((account) =>
      account.id === event.accountId && 'healthAt' in account && account.healthAt <= event.at
        ? { ...account, health: event.health, healthAt: event.at }
        : account,
    ),
  )
  refetch(client, ['routes'])
}

/** Applies one event of the stream to all that is cached. Safe to apply twice and out of order. */
export function applyEvent(client: QueryClient, event: LiveEvent, meId: string, effects: LiveEffects): void {
  switch (event.type) {
    case 'message.added':
      messageAdded(client, event, meId)
      effects.countsChanged()
      break
    case 'message.changed':
      putMessage(client, event.message)
      break
    case 'conversation.changed':
      conversationChanged(client, event, meId)
      effects.countsChanged()
      break
    case 'contact.changed':
      contactChanged(client, event)
      break
    case 'agent.changed':
      refetch(client, keys.agents, ...(event.agentId === meId ? [keys.me] : []))
      break
    case 'account.changed':
      refetch(client, keys.accounts, ['routes'])
      break
    case 'account.health':
      accountHealth(client, event)
      break
    case 'settings.changed':
      refetch(client, [event.what])
      break
    case 'dead_letter.added':
      refetch(client, keys.deadLetters)
      break
    case 'typing':
      effects.typing(event)
      break
    case 'reset':
      void client.invalidateQueries()
  }
}
