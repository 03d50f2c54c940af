import { describe, expect, it, vi } from 'vitest'
import {
  createOutgoing,
  type OutgoingItem,
  type OutgoingParts,
  stillOutgoing,
} from '../../inbox/src/composer/outgoing.ts'
import type { MessageView } from '../../src/views.ts'
import { message } from './samples.ts'

const passing = new Error('no connection')
const draft = (clientId: string, text = clientId): Omit<OutgoingItem, 'state' | 'problem' | 'at'> => ({
  clientId,
  conversationId: 'v1',
  kind: 'reply',
  text,
  subject: null,
  identityId: 'i1',
  accountId: 'a1',
  attachments: [],
  afterSeq: 10,
})

function setUp(post: (item: OutgoingItem) => Promise<MessageView>, kept = new Map<string, OutgoingItem>()) {
  const stored: MessageView[] = []
  const parts: OutgoingParts = {
    post,
    stored: (one) => stored.push(one),
    isPassing: (error) => error === passing,
    words: (error) => String(error),
    storage: {
      load: () => [...kept.values()],
      save: (item) => void kept.set(item.clientId, item),
      drop: (clientId) => void kept.delete(clientId),
    },
  }
  return { outgoing: createOutgoing(parts), stored, kept }
}

describe('sending', () => {
  it('tries again by itself after a lost connection, with the same client id, and in order', async () => {
    vi.useFakeTimers()
    try {
      const seen: string[] = []
      let fails = 2
      const { outgoing, stored } = setUp(async (item) => {
        seen.push(item.clientId)
        fails -= 1
        if (fails >= 0) throw passing
        return message({ id: item.clientId })
      })
      outgoing.send(draft('one'))
      outgoing.send(draft('two'))
      await vi.advanceTimersByTimeAsync(10_000)
      expect(seen).toEqual(['one', 'one', 'one', 'two'])
      expect(stored.map((one) => one.id)).toEqual(['one', 'two'])
      expect(outgoing.all()).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  it('keeps what was refused, with the reason, until a person decides', async () => {
    const { outgoing } = setUp(async () => {
      throw new Error('window closed')
    })
    outgoing.send(draft('one'))
    await vi.waitFor(() =>
      expect(outgoing.all()[0]).toMatchObject({ state: 'refused', problem: 'Error: window closed' }),
    )
    outgoing.discard('one')
    expect(outgoing.all()).toEqual([])
  })

  it('survives a reload: what was on its way goes out again', async () => {
    const kept = new Map<string, OutgoingItem>()
    setUp(() => new Promise(() => {}), kept).outgoing.send(draft('one'))
    const { outgoing, stored } = setUp(async (item) => message({ id: item.clientId }), kept)
    expect(outgoing.all()).toHaveLength(1)
    outgoing.resume()
    await vi.waitFor(() => expect(stored).toHaveLength(1))
    expect(kept.size).toBe(0)
  })
})

describe('a message that came by the event stream before its own answer', () => {
  const item = { ...draft('one', 'Hi'), at: 0, state: 'sending', problem: null } as const

  it('is not shown twice', () => {
    const arrived = message({ direction: 'out', authorId: 'me', text: 'Hi', seq: 11 })
    expect(stillOutgoing([item], [arrived], 'me')).toEqual([])
  })

  it('hides only one of two with the same text', () => {
    const arrived = message({ direction: 'out', authorId: 'me', text: 'Hi', seq: 11 })
    expect(stillOutgoing([item, { ...item, clientId: 'two' }], [arrived], 'me')).toHaveLength(1)
  })

  it('is still shown when only an older or another’s message has that text', () => {
    const older = message({ direction: 'out', authorId: 'me', text: 'Hi', seq: 9 })
    const anothers = message({ direction: 'out', authorId: 'other', text: 'Hi', seq: 11 })
    expect(stillOutgoing([item], [older, anothers], 'me')).toHaveLength(1)
  })
})
