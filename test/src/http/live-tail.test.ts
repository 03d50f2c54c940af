import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTail, encodeEnvelope, parseEventId } from '../../../src/http/live-tail.ts'
import type { LiveEvent } from '../../../src/views.ts'

const event = (contactId: string): LiveEvent => ({ type: 'contact.changed', contactId, joinedInto: null })
const envelope = (seq: number, events: number) =>
  encodeEnvelope(seq, {
    v: 1,
    items: Array.from({ length: events }, (_, index) => ({
      audience: { kind: 'staff' },
      event: event(`${seq}/${index}`),
    })),
  })

const LARGE = { envelopes: 1000, bytes: 1_000_000 }

/** What a client gets from a point on, as the events' own names. */
const namesFrom = (tail: ReturnType<typeof createTail>, id: string): string[] | null => {
  const point = parseEventId(id)
  const missed = point && tail.since(point)
  return (
    missed?.flatMap(({ encoded, fromIndex }) =>
      encoded.items.slice(fromIndex).map(({ chunk }) => /"contactId":"([^"]+)"/.exec(chunk.toString())?.[1] ?? ''),
    ) ?? null
  )
}

describe('resuming', () => {
  test('from any event gives exactly those after it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const tail = createTail(LARGE, 0)
        const all: { id: string; name: string }[] = []
        sizes.forEach((size, i) => {
          const encoded = envelope(i + 1, size)
          tail.add(encoded)
          for (const { chunk } of encoded.items) {
            const text = chunk.toString()
            all.push({
              id: /^id: (.+)$/m.exec(text)?.[1] ?? '',
              name: /"contactId":"([^"]+)"/.exec(text)?.[1] ?? '',
            })
          }
        })
        for (const [index, { id }] of all.entries())
          expect(namesFrom(tail, id)).toEqual(all.slice(index + 1).map(({ name }) => name))
        expect(namesFrom(tail, '0')).toEqual(all.map(({ name }) => name))
      }),
      { numRuns: 50 },
    )
  })

  test('from before what is kept, or after what there is, is not possible', () => {
    const tail = createTail({ envelopes: 3, bytes: 1_000_000 }, 0)
    for (let seq = 1; seq <= 5; seq++) tail.add(envelope(seq, 1))
    expect(namesFrom(tail, '1')).toBeNull()
    expect(namesFrom(tail, '2')).toEqual(['3/0', '4/0', '5/0'])
    expect(namesFrom(tail, '2.0')).toBeNull()
    expect(namesFrom(tail, '5')).toEqual([])
    expect(namesFrom(tail, '6')).toBeNull()
    for (const id of ['', '-1', '1.2.3', 'x', '1e3']) expect(parseEventId(id)).toBeNull()
  })

  test('after a start on an old stream with nothing kept begins at its end', () => {
    const tail = createTail(LARGE, 41)
    expect(namesFrom(tail, '41')).toEqual([])
    expect(namesFrom(tail, '40')).toBeNull()
  })

  test('what is kept stays within its memory', () => {
    const tail = createTail({ envelopes: 1000, bytes: 500 }, 0)
    for (let seq = 1; seq <= 100; seq++) tail.add(envelope(seq, 1))
    const kept = namesFrom(tail, '99')
    expect(kept).toEqual(['100/0'])
    expect(namesFrom(tail, '50')).toBeNull()
  })
})
