import type { Audience, EventEnvelope } from '../bus.ts'
import type { LiveEvent } from '../views.ts'

/** An envelope as it goes out: each event encoded once, however many read it. */
export interface Encoded {
  seq: number
  items: { audience: Audience; chunk: Buffer }[]
  /** True when it may change who sees what. */
  changesRights: boolean
  bytes: number
}

const changesRights = (event: LiveEvent): boolean =>
  event.type === 'settings.changed' && (event.what === 'agents' || event.what === 'teams')

/** One event in the format of an EventSource; without id it does not move the position. */
export const encodeEvent = (event: LiveEvent, id: string | null): Buffer =>
  Buffer.from(`${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`)

/** Ids are `<seq>.<index>`, and `<seq>` for the last of an envelope. */
export const encodeEnvelope = (seq: number, envelope: EventEnvelope): Encoded => {
  const last = envelope.items.length - 1
  const items = envelope.items.map(({ audience, event }, index) => ({
    audience,
    chunk: encodeEvent(event, index === last ? String(seq) : `${seq}.${index}`),
  }))
  return {
    seq,
    items,
    changesRights: envelope.items.some(({ event }) => changesRights(event)),
    bytes: items.reduce((sum, { chunk }) => sum + chunk.byteLength, 0),
  }
}

export interface ResumePoint {
  seq: number
  /** Null: the whole envelope was seen. */
  index: number | null
}

export const parseEventId = (id: string): ResumePoint | null => {
  const [, seq, index] = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(id) ?? []
  if (seq === undefined) return null
  return { seq: Number(seq), index: index === undefined ? null : Number(index) }
}

/**
 * The newest envelopes of the stream, kept in memory: whoever comes back within them misses nothing and costs no
 * question to NATS. Who was away for longer fetches anew, which is cheaper than thousands of events.
 */
export interface Tail {
  readonly last: number
  add(encoded: Encoded): void
  /** What came after that point; null when it is not all there (or the point is unknown). */
  since(point: ResumePoint): { encoded: Encoded; fromIndex: number }[] | null
}

export const createTail = (limits: { envelopes: number; bytes: number }, start: number): Tail => {
  const kept: Encoded[] = []
  let last = start
  let bytes = 0
  return {
    get last() {
      return last
    },
    add(encoded) {
      kept.push(encoded)
      last = encoded.seq
      bytes += encoded.bytes
      while (kept.length > limits.envelopes || bytes > limits.bytes) {
        const gone = kept.shift()
        if (!gone) break
        bytes -= gone.bytes
      }
    },
    since({ seq, index }) {
      const first = kept[0]?.seq ?? last + 1
      const wanted = index === null ? seq + 1 : seq
      if (seq > last || wanted < first) return null
      return kept
        .filter((encoded) => encoded.seq >= wanted)
        .map((encoded) => ({ encoded, fromIndex: encoded.seq === seq && index !== null ? index + 1 : 0 }))
    },
  }
}
