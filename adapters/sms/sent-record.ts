import type { RemoteId, SendKey } from '../../src/model.ts'

const CAPACITY = 10_000

/** Which message of Twilio's is which send, as far as this process knows: from answers and from status callbacks. */
export interface SentRecord {
  note(sid: RemoteId, sendKey: SendKey): void
  sendOf(sid: RemoteId): SendKey | null
  sidOf(sendKey: SendKey): RemoteId | null
}

export function createSentRecord(capacity = CAPACITY): SentRecord {
  const bySid = new Map<RemoteId, SendKey>()
  const bySend = new Map<SendKey, RemoteId>()
  return {
    note(sid, sendKey) {
      if (bySid.has(sid)) return
      bySid.set(sid, sendKey)
      bySend.set(sendKey, sid)
      if (bySid.size <= capacity) return
      const [oldest] = bySid
      if (oldest === undefined) return
      bySid.delete(oldest[0])
      bySend.delete(oldest[1])
    },
    sendOf: (sid) => bySid.get(sid) ?? null,
    sidOf: (sendKey) => bySend.get(sendKey) ?? null,
  }
}
