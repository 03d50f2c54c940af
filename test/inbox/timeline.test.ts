import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessagePages } from '../../inbox/src/api/shapes.ts'
import { addEvent, laterDelivery, upsertMessage } from '../../inbox/src/live/timeline.ts'
import { rowsOf } from '../../inbox/src/thread/rows.ts'
import { delivery, event, message } from './samples.ts'

const pagesOf = (nextBefore: number | null, ...seqs: number[]): MessagePages => ({
  pages: [{ items: seqs.map((seq) => message({ id: `m${seq}`, seq })), events: [], nextBefore }],
  pageParams: [null],
})
const seqsOf = (list: MessagePages) => list.pages.flatMap((page) => page.items.map((item) => item.seq))

describe('a thread while events arrive', () => {
  it('shows a message once, in order, however often and in whatever order it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }), (seqs) => {
        const list = seqs.reduce((pages, seq) => upsertMessage(pages, message({ id: `m${seq}`, seq })), pagesOf(null))
        expect(seqsOf(list)).toEqual([...new Set(seqs)].sort((a, b) => a - b))
      }),
    )
  })

  it('leaves a message older than all that is loaded to the page that will bring it', () => {
    expect(seqsOf(upsertMessage(pagesOf(20, 20, 21), message({ id: 'm3', seq: 3 })))).toEqual([20, 21])
  })

  it('adds an event of the history once', () => {
    const once = addEvent(pagesOf(null, 1), event())
    expect(addEvent(once, event())).toBe(once)
    expect(once.pages[0]?.events).toHaveLength(1)
  })

  it('keeps what a late version does not know: a taken back message, a fetched file, a later tick', () => {
    const file = {
      id: 'f',
      name: 'a',
      mimeType: 'image/png',
      size: 1,
      kind: 'image',
      url: '/x',
      reason: null,
      contentId: null,
    } as const
    const known = message({
      withdrawnAt: 5,
      attachments: [{ ...file, state: 'stored' }],
      delivery: delivery({ state: 'read', at: 50 }),
    })
    const late = message({
      attachments: [{ ...file, state: 'pending', url: null }],
      delivery: delivery({ state: 'sent', at: 20 }),
    })
    const list: MessagePages = { pages: [{ items: [known], events: [], nextBefore: null }], pageParams: [null] }
    const after = upsertMessage(list, late).pages[0]?.items[0]
    expect(after).toMatchObject({ withdrawnAt: 5, delivery: { state: 'read' } })
    expect(after?.attachments[0]?.state).toBe('stored')
  })
})

describe('ticks', () => {
  it('only climb, whatever the provider’s clock says', () => {
    const sent = delivery({ state: 'sent', at: 20 })
    const read = delivery({ state: 'read', at: 10 })
    expect(laterDelivery(read, sent)?.state).toBe('read')
    expect(laterDelivery(sent, read)?.state).toBe('read')
    expect(laterDelivery(sent, delivery({ state: 'failed', at: 10 }))?.state).toBe('failed')
  })

  it('follow a new attempt after a failure', () => {
    const sending = delivery({ state: 'sending', attempts: 1 })
    const waiting = delivery({ state: 'planned', attempts: 1 })
    expect(laterDelivery(sending, waiting)?.state).toBe('planned')
    expect(laterDelivery(waiting, delivery({ state: 'sending', attempts: 2 }))?.state).toBe('sending')
  })

  it('follow a message that was sent again by hand', () => {
    const failed = delivery({ id: '019a-1', state: 'failed', attempts: 3 })
    expect(laterDelivery(failed, delivery({ id: '019a-2', state: 'planned', attempts: 0 }))?.state).toBe('planned')
  })
})

describe('rows of a thread', () => {
  const DAY = 86_400_000
  it('separate days, name the sender once a run, and put events where they happened', () => {
    const list: MessagePages = {
      pages: [
        {
          items: [
            message({ id: 'a', seq: 1, createdAt: 10_000 }),
            message({ id: 'b', seq: 2, createdAt: 20_000 }),
            message({ id: 'c', seq: 3, createdAt: 40_000 }),
            message({ id: 'd', seq: 4, createdAt: DAY + 1000 }),
          ],
          events: [event({ at: 30_000 })],
          nextBefore: null,
        },
      ],
      pageParams: [null],
    }
    const rows = rowsOf(list, [], 'UTC').map((row) =>
      row.kind === 'message' ? `${row.message.id}${row.head ? '*' : ''}` : row.kind,
    )
    expect(rows).toEqual(['day', 'a*', 'b', 'event', 'c*', 'day', 'd*'])
  })

  it('names the account anew when the customer goes on in another channel', () => {
    const list: MessagePages = {
      pages: [
        {
          items: [message({ id: 'a', seq: 1 }), message({ id: 'b', seq: 2, accountId: 'a2' })],
          events: [],
          nextBefore: null,
        },
      ],
      pageParams: [null],
    }
    const heads = rowsOf(list, [], 'UTC').flatMap((row) => (row.kind === 'message' ? row.head : []))
    expect(heads).toEqual([true, true])
  })
})
