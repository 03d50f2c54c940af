import type { DeliveryState, Failure, Millis, ReceiptStatus, SendResult, Settled } from '../src/model.ts'

/**
 * The rules of the ledger, pure. States only climb this ladder: a later word of the provider beats an earlier one, and
 * a receipt that comes late or out of order never takes anything back.
 */
const RANK: Record<DeliveryState, number> = {
  planned: 0,
  sending: 1,
  unknown: 2,
  accepted: 3,
  sent: 4,
  failed: 5,
  delivered: 6,
  read: 7,
  canceled: 8,
}

/** The state after a receipt; the same as before when the receipt says nothing new. */
export const climb = (state: DeliveryState, receipt: ReceiptStatus): DeliveryState =>
  RANK[receipt] > RANK[state] ? receipt : state

/** Tries of one delivery before a retryable failure becomes final: about four hours in all. */
export const MAX_ATTEMPTS = 10
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 3_600_000

/** 1 s, 4 s, 16 s … an hour; the provider's own word beats it. */
export const retryDelay = (attempt: number, failure: Failure): Millis => {
  if (failure.class === 'throttled') return failure.retryAfterMs
  if (failure.class === 'retryable' && failure.retryAfterMs !== undefined) return failure.retryAfterMs
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 4 ** (attempt - 1))
}

export type Next =
  | { state: 'accepted' }
  | { state: 'planned'; retryInMs: Millis; failure: Failure }
  | { state: 'failed'; failure: Failure }
  | { state: 'unknown'; failure: Failure }

/** What the ledger makes of an adapter's answer to attempt number `attempt`. */
export const afterSend = (result: SendResult, attempt: number): Next => {
  if (result.ok) return { state: 'accepted' }
  const { failure } = result
  switch (failure.class) {
    case 'permanent':
      return { state: 'failed', failure }
    case 'uncertain':
      return { state: 'unknown', failure }
    case 'throttled':
      // Being slowed down is no failure of the message.
      return { state: 'planned', retryInMs: failure.retryAfterMs, failure }
    case 'retryable':
      return attempt >= MAX_ATTEMPTS
        ? { state: 'failed', failure }
        : { state: 'planned', retryInMs: retryDelay(attempt, failure), failure }
  }
}

/** What the ledger makes of an answer to "did it arrive?". Nothing arrived: the next attempt may start at once. */
export const afterSettling = (settled: Settled): Next => {
  switch (settled.state) {
    case 'sent':
      return { state: 'accepted' }
    case 'not_sent':
      return {
        state: 'planned',
        retryInMs: 0,
        failure: { class: 'retryable', code: 'not_sent', detail: 'The provider never got it.' },
      }
    case 'unknown':
      return { state: 'unknown', failure: { class: 'uncertain', code: 'unknown', detail: settled.detail } }
  }
}
