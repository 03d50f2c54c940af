import { describe, expect, test, vi } from 'vitest'
import type { AnyAdapter } from '../../../adapters/contract.ts'
import { type Claim, Sender } from '../../../adapters/host/sender.ts'
import type { OutWork } from '../../../src/bus.ts'
import type { AccountId, BusIn, BusOut, DeliveryId, RemoteId, SendResult } from '../../../src/model.ts'

const account = 'account' as AccountId

const sent: SendResult = { ok: true, ids: ['remote-1' as RemoteId] }

/** An adapter that answers when the test lets it. */
const slowAdapter = (answers: Promise<SendResult>) => {
  const calls: string[] = []
  const adapter = {
    capabilities: { concurrency: 4, idempotency: 'none' },
    async send({ deliveryId }: { deliveryId: string }) {
      calls.push(deliveryId)
      return answers
    },
  } as unknown as AnyAdapter
  return { adapter, calls }
}

const workOf = (deliveryId: string) => {
  const value: BusOut = { v: 1, type: 'send', account, deliveryId: deliveryId as DeliveryId, thread: 'thread' }
  const answers: string[] = []
  const item: OutWork = {
    value,
    tries: 1,
    ack: () => void answers.push('ack'),
    again: () => void answers.push('again'),
    working() {},
  }
  return { item, answers }
}

const claimFor = (deliveryId: DeliveryId): Claim => ({
  do: 'send',
  attempt: 1,
  content: { deliveryId, media: [] } as unknown as Extract<Claim, { do: 'send' }>['content'],
})

const startSender = async (adapter: AnyAdapter, publishIn: (word: BusIn) => Promise<void>) => {
  let hand: (item: OutWork) => void = () => {}
  const sender = new Sender({
    account,
    adapter,
    bus: {
      consumeOut: async (_lane, _account, _concurrency, work) => {
        hand = work
        return { stop: async () => {}, failed: new Promise<never>(() => {}) }
      },
      publishIn: (_, word) => publishIn(word),
    },
    claim: async (id) => claimFor(id),
    readMedia: async () => new Uint8Array(),
    now: Date.now,
    onError() {},
    onSent() {},
  })
  await sender.start()
  return { sender, hand: (item: OutWork) => hand(item) }
}

describe('the sender', () => {
  test('work handed out twice is done once, and stays in the stream until its result is kept', async () => {
    let answer: (result: SendResult) => void = () => {}
    const { adapter, calls } = slowAdapter(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const { sender, hand } = await startSender(adapter, () => Promise.reject(new Error('the broker is away')))
    const [first, second] = [workOf('one'), workOf('one')]
    hand(first.item)
    await vi.waitFor(() => expect(calls).toEqual(['one']))
    hand(second.item)
    expect(second.answers).toEqual(['again'])
    answer(sent)
    await sender.stop()
    expect(first.answers).toEqual(['again'])
    expect(calls).toEqual(['one'])
  })

  test('an answer is not forgotten because the broker is away', async () => {
    const { adapter, calls } = slowAdapter(Promise.resolve(sent))
    const told: BusIn[] = []
    let away = 2
    const { sender, hand } = await startSender(adapter, async (word) => {
      if (away-- > 0) throw new Error('the broker is away')
      told.push(word)
    })
    const { item, answers } = workOf('one')
    hand(item)
    await vi.waitFor(() => expect(answers).toEqual(['ack']), 5000)
    expect(told).toMatchObject([{ type: 'sent', attempt: 1, result: sent }])
    expect(calls).toEqual(['one'])
    await sender.stop()
  })
})
