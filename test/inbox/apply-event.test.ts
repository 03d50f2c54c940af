import { QueryClient, type QueryKey } from '@tanstack/react-query'
import { describe, expect, it } from 'vitest'
import { keys } from '../../inbox/src/api/keys.ts'
import type { ConversationPages, MessagePages } from '../../inbox/src/api/shapes.ts'
import { applyEvent } from '../../inbox/src/live/apply-event.ts'
import type { ConversationView, LiveEvent } from '../../src/views.ts'
import { conversation, delivery, event, message } from './samples.ts'

function setUp() {
  const client = new QueryClient()
  const mine = { view: 'mine' } as const
  client.setQueryData<ConversationPages>(keys.list(mine), {
    pages: [{ items: [conversation({ id: 'other', lastMessageAt: 5000 }), conversation()], nextCursor: null }],
    pageParams: [''],
  })
  client.setQueryData<MessagePages>(keys.messages('v1'), {
    pages: [{ items: [message()], events: [], nextBefore: null }],
    pageParams: [null],
  })
  const asked: QueryKey[] = []
  const effects = { refetch: (...wanted: QueryKey[]) => void asked.push(...wanted), typing: () => {} }
  const apply = (...events: LiveEvent[]) => {
    for (const one of events) applyEvent(client, one, 'me', effects)
  }
  return {
    client,
    asked,
    apply,
    list: () => client.getQueryData<ConversationPages>(keys.list(mine))?.pages.flatMap((page) => page.items) ?? [],
    thread: () => client.getQueryData<MessagePages>(keys.messages('v1'))?.pages[0],
  }
}

const added: LiveEvent = {
  type: 'message.added',
  conversation: conversation({ updatedAt: 9000, lastSeq: 11, lastMessageAt: 9000, preview: 'Second', unread: 1 }),
  message: message({ id: 'm2', seq: 11, text: 'Second', createdAt: 9000 }),
}

describe('an event of the stream', () => {
  it('brings a new message into the thread and its conversation to the top of the list', () => {
    const { apply, list, thread } = setUp()
    apply(added)
    expect(thread()?.items.map((one) => one.text)).toEqual(['Hello', 'Second'])
    expect(list().map((one) => one.id)).toEqual(['v1', 'other'])
    expect(list()[0]).toMatchObject({ preview: 'Second', unread: 1 })
  })

  it('changes nothing when it comes again', () => {
    const { apply, client, list, thread } = setUp()
    apply(added)
    const before = [list(), thread(), client.getQueryData(keys.conversation('v1'))]
    apply(added, added)
    expect([list(), thread(), client.getQueryData(keys.conversation('v1'))]).toEqual(before)
  })

  it.each(['joined', 'parted'] as const)('asks again for a thread whose messages moved (%s)', (type) => {
    const { apply, asked } = setUp()
    apply({ type: 'conversation.changed', conversation: conversation({ updatedAt: 9500 }), event: event({ type }) })
    expect(asked).toContainEqual(keys.messages('v1'))
  })

  it('does not take back what a newer one said', () => {
    const { apply, client } = setUp()
    const resolved = conversation({ status: 'resolved', updatedAt: 9500, lastSeq: 11 })
    apply({ type: 'conversation.changed', conversation: resolved, event: event() }, added)
    expect(client.getQueryData<ConversationView>(keys.conversation('v1'))?.status).toBe('resolved')
  })

  it('lets ticks climb only, also when the first word comes last', () => {
    const { apply, thread } = setUp()
    const mine = message({ id: 'm3', seq: 12, direction: 'out', authorId: 'me' })
    const at = (state: 'accepted' | 'delivered', time: number): LiveEvent => ({
      type: 'message.changed',
      conversationId: 'v1',
      message: { ...mine, delivery: delivery({ state, at: time }) },
    })
    apply(at('delivered', 20), at('accepted', 10))
    expect(thread()?.items.at(-1)?.delivery?.state).toBe('delivered')
  })

  it('moves a conversation out of the list when it went to somebody else', () => {
    const { apply, list } = setUp()
    apply({
      type: 'conversation.changed',
      conversation: conversation({ assigneeId: 'x', updatedAt: 9000 }),
      event: null,
    })
    expect(list().map((one) => one.id)).toEqual(['other'])
  })

  it('asks again for a list when too little is known of a conversation to show it', () => {
    const { apply, asked } = setUp()
    const {
      contact: _contact,
      address: _address,
      labelIds: _labels,
      subject: _subject,
      ...rest
    } = conversation({ id: 'new' })
    apply({ type: 'conversation.changed', conversation: rest, event: null })
    expect(asked).toContainEqual(keys.lists)
  })

  it('asks again for a changed contact only where that contact is shown', () => {
    const { apply, asked } = setUp()
    apply({ type: 'contact.changed', contactId: 'nobody-here', joinedInto: null })
    expect(asked).not.toContainEqual(keys.lists)
    apply({ type: 'contact.changed', contactId: 'c1', joinedInto: null })
    expect(asked).toContainEqual(keys.lists)
  })

  it('keeps a large body that is known when an event leaves it out, and fetches one that is not', () => {
    const { apply, asked, thread } = setUp()
    const cut = {
      type: 'message.changed',
      conversationId: 'v1',
      message: message({ text: 'He', trimmed: true }),
    } as const
    apply(cut)
    expect(thread()?.items[0]?.text).toBe('Hello')
    expect(asked).toEqual([])
    apply({ ...cut, message: message({ id: 'm9', seq: 19, text: 'Ver', trimmed: true }) })
    expect(asked).toContainEqual(keys.messages('v1'))
  })

  it('asks for everything again after a reset', () => {
    const { apply, client } = setUp()
    apply({ type: 'reset' })
    expect(client.getQueryState(keys.messages('v1'))?.isInvalidated).toBe(true)
  })
})
