import { describe, expect, it } from 'vitest'
import type { ConversationPages, ListFilter } from '../../inbox/src/api/shapes.ts'
import { belongs, isStale, merge, place } from '../../inbox/src/live/conversation-lists.ts'
import { conversation } from './samples.ts'

const mine: ListFilter = { view: 'mine' }
const listOf = (nextCursor: string | null, ...items: ReturnType<typeof conversation>[]): ConversationPages => ({
  pages: [{ items, nextCursor }],
  pageParams: [''],
})
const idsOf = (list: ConversationPages) => list.pages.flatMap((page) => page.items.map((item) => item.id))

describe('a list of conversations while events arrive', () => {
  const a = conversation({ id: 'a', lastMessageAt: 3000 })
  const b = conversation({ id: 'b', lastMessageAt: 2000 })

  it('puts a conversation with a new message on top', () => {
    const next = place(listOf(null, a, b), { ...b, lastMessageAt: 4000, updatedAt: 4000 }, mine, 'me')
    expect(idsOf(next)).toEqual(['b', 'a'])
  })

  it('does not touch the list when the same version comes twice', () => {
    const list = listOf(null, a, b)
    expect(place(list, b, mine, 'me')).toBe(list)
  })

  it('takes out what was given to somebody else, and what was resolved', () => {
    expect(idsOf(place(listOf(null, a, b), { ...a, assigneeId: 'other' }, mine, 'me'))).toEqual(['b'])
    expect(idsOf(place(listOf(null, a, b), { ...a, status: 'resolved' }, mine, 'me'))).toEqual(['b'])
  })

  it('takes in what became mine, at its place', () => {
    const c = conversation({ id: 'c', lastMessageAt: 2500 })
    expect(idsOf(place(listOf(null, a, b), c, mine, 'me'))).toEqual(['a', 'c', 'b'])
  })

  it('leaves what stands below the loaded pages to the page that will bring it', () => {
    const old = conversation({ id: 'old', lastMessageAt: 10 })
    expect(idsOf(place(listOf('more', a, b), old, mine, 'me'))).toEqual(['a', 'b'])
    expect(idsOf(place(listOf(null, a, b), old, mine, 'me'))).toEqual(['a', 'b', 'old'])
  })

  it('sorts by the longest wait when asked, those who do not wait last', () => {
    const filter: ListFilter = { view: 'mine', sort: 'waiting' }
    const waits = conversation({ id: 'w', waitingSince: 500 })
    const longer = conversation({ id: 'l', waitingSince: 100 })
    expect(idsOf(place(listOf(null, waits, a), longer, filter, 'me'))).toEqual(['l', 'w', 'a'])
  })

  it('asks only the hub whether a text fits a search, but keeps what it found', () => {
    const filter: ListFilter = { view: 'all', q: 'invoice' }
    expect(belongs(filter, a, 'me')).toBe('unknown')
    expect(idsOf(place(listOf(null, a), b, filter, 'me'))).toEqual(['a'])
    expect(idsOf(place(listOf(null, a), { ...a, unread: 3 }, filter, 'me'))).toEqual(['a'])
  })

  it.each([
    ['unassigned', { assigneeId: null }, true],
    ['unassigned', { assigneeId: 'x' }, false],
    ['snoozed', { status: 'snoozed' }, true],
    ['snoozed', { status: 'open' }, false],
    ['all', { status: 'pending' }, true],
    ['all', { status: 'snoozed' }, false],
    ['resolved', { status: 'resolved' }, true],
  ] as const)('view %s shows %o: %s', (view, fields, expected) => {
    expect(belongs({ view }, conversation(fields), 'me')).toBe(expected)
  })
})

describe('versions of a conversation', () => {
  it('keeps the newer one whichever comes first', () => {
    const known = conversation({ updatedAt: 2000, lastSeq: 5, preview: 'new' })
    expect(merge(known, conversation({ updatedAt: 1000, lastSeq: 9, preview: 'old' }))).toBe(known)
    expect(merge(known, conversation({ updatedAt: 2000, lastSeq: 4, preview: 'old' }))).toBe(known)
    expect(merge(known, conversation({ updatedAt: 2000, lastSeq: 6, preview: 'newer' }))?.preview).toBe('newer')
    expect(isStale(known, { updatedAt: 3000, lastSeq: 1 })).toBe(false)
  })

  it('keeps labels and contact when an event does not carry them', () => {
    const {
      labelIds: _labels,
      contact: _contact,
      address: _address,
      subject: _subject,
      ...patch
    } = conversation({
      updatedAt: 5000,
    })
    const known = conversation({ labelIds: ['l1'] })
    expect(merge(known, patch)).toMatchObject({ labelIds: ['l1'], contact: known.contact, updatedAt: 5000 })
    expect(merge(undefined, patch)).toBeNull()
  })
})
