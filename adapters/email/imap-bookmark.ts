import * as v from 'valibot'
import type { Cursor } from '../../src/model.ts'

/** How far a mailbox was read. UIDs grow and are never reused while UIDVALIDITY stays (RFC 3501, 2.3.1.1). */
export interface Bookmark {
  uidValidity: string
  lastUid: number
  /** Arrival of the newest mail read, UTC milliseconds: where to look again when the UIDs have lost their meaning. */
  at: number
}

const schema = v.object({ uidValidity: v.string(), lastUid: v.number(), at: v.number() })

export function bookmarkOf(cursor: Cursor | null): Bookmark | null {
  const read = v.safeParse(schema, cursor)
  return read.success ? read.output : null
}

export const cursorOf = ({ uidValidity, lastUid, at }: Bookmark): Cursor => ({ uidValidity, lastUid, at })
