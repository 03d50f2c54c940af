import { setTimeout as pause } from 'node:timers/promises'
import type { Millis, Outbound, Settled } from '../../src/model.ts'
import { CALL_TIMEOUT_MS, type ListedMessage, type TwilioClient } from './client.ts'
import type { SentRecord } from './sent-record.ts'

/** Twilio's dates are whole seconds, and its clock is known from its answers only within about a second. */
const CLOCK_SLACK_MS = 5000

/** How many of a number's newest messages are looked at. */
export const LOOK_BACK = 100

/** A message may be listed late: "not there" must be seen more than once. */
export const LOOKS_AFTER_MS: readonly Millis[] = [0, 1000, 2500]

export interface Attempt {
  message: Pick<Outbound, 'sendKey' | 'text' | 'media'>
  /** On Twilio's clock. */
  at: Millis
}

/**
 * Decides from Twilio's list what became of an attempt. A message counts when it was made while the call can have
 * run and is not known to be another send's. One that fits exactly is ours; anything less clear is `unknown`, for a
 * wrong guess either loses the message or sends it twice.
 */
export function judge(attempt: Attempt, listed: ListedMessage[], record: SentRecord): Settled {
  const { message, at } = attempt
  const known = record.sidOf(message.sendKey)
  if (known !== null) return { state: 'sent', ids: [known] }
  const earliest = at - CLOCK_SLACK_MS
  const latest = at + CALL_TIMEOUT_MS + CLOCK_SLACK_MS
  const strangers = listed.filter(
    ({ sid, direction, ours, createdAt }) =>
      ours &&
      direction === 'outbound-api' &&
      createdAt >= earliest &&
      createdAt <= latest &&
      record.sendOf(sid) === null,
  )
  const [only, ...more] = strangers
  if (only === undefined) {
    const oldest = listed.at(-1)
    const reachesBack = listed.length < LOOK_BACK || (oldest !== undefined && oldest.createdAt < earliest)
    return reachesBack
      ? { state: 'not_sent' }
      : unknown('More messages went to this number than can be looked through.')
  }
  if (more.length > 0) return unknown('Several messages to this number fit this send.')
  if (!sameContent(only, message))
    return unknown('Twilio lists a message to this number whose words differ from this send.')
  return { state: 'sent', ids: [only.sid] }
}

const unknown = (detail: string): Settled => ({ state: 'unknown', detail })

/** Twilio may change blanks and line ends on the way. */
const sameContent = (listed: ListedMessage, message: Attempt['message']): boolean =>
  squeeze(listed.body) === squeeze(message.text) && listed.files === message.media.length

const squeeze = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim()

/** Looks as often as it takes to be sure that nothing is there. */
export async function settle(
  client: TwilioClient,
  message: Outbound,
  attemptedAt: Millis,
  record: SentRecord,
  signal: AbortSignal,
  looksAfterMs: readonly Millis[] = LOOKS_AFTER_MS,
): Promise<Settled> {
  let settled: Settled = { state: 'not_sent' }
  for (const wait of looksAfterMs) {
    if (wait > 0) await pause(wait, undefined, { signal }).catch(() => {})
    if (signal.aborted) return unknown('There was no time to ask Twilio.')
    const listed = await client.list(message.to.address, LOOK_BACK, signal)
    if (!listed.ok) return unknown(`Twilio could not be asked: ${listed.failure.detail}`)
    settled = judge({ message, at: attemptedAt + client.clockOffset() }, listed.value, record)
    if (settled.state !== 'not_sent') return settled
  }
  return settled
}
