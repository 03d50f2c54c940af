import type { Failure } from '../../src/model.ts'

/** A refusal that Twilio answered, or the answer of a gateway before it. */
export interface Refusal {
  status: number
  /** Twilio's own error code; null when the body was not Twilio's. */
  code: number | null
  message: string
  retryAfterMs: number | null
}

const MINUTE = 60_000

/** Without a word of Twilio's: its own libraries start again after about that long. */
const THROTTLE_MS = 1000

/** Pauses that the trade found useful for passing troubles (carrier filters excepted: those never pass). */
const RETRY_AFTER: Record<number, number> = {
  30001: MINUTE, // queue overflow
  21611: MINUTE, // the sender's queue is full
  30003: 30 * MINUTE, // the phone is off or out of reach
  30008: MINUTE, // unknown error of the carrier
}

/** What people read; codes that are not here show Twilio's own words. */
const WORDS: Record<number, string> = {
  20003: 'Twilio does not accept the account SID and auth token: copy both again from the Twilio console.',
  21211: 'This is not a phone number that can get messages.',
  21408: 'The Twilio account may not send to this country: allow it in the console under “Geo permissions”.',
  21606: 'The sender of this account cannot send messages: check the sender in the settings.',
  21610: 'This person opted out by STOP; only they can come back, by START.',
  21614: 'This number is not a mobile phone.',
  30003: 'The phone is off or out of reach.',
  30005: 'This number does not exist any more.',
  30006: 'This number is a landline, or its carrier takes no messages.',
  30007: 'The carrier filtered the message as unwanted: change the words, it will not be tried again.',
  30008: 'The carrier could not deliver it and gave no reason.',
  30034: 'The sender is not registered for messages to the United States (A2P 10DLC).',
}

/** Codes after which the account itself needs the operator. */
const OPERATOR = new Set([20003, 20005, 21606, 21603, 21660])

export const OPTED_OUT = 21610

export const needsOperator = (refusal: Refusal): boolean =>
  refusal.status === 401 || (refusal.code !== null && OPERATOR.has(refusal.code))

/** What an answer other than success means for the message. */
export function failureOf(refusal: Refusal): Failure {
  const code = String(refusal.code ?? `http_${refusal.status}`)
  const detail = wordsOf(refusal.code, refusal.message)
  if (refusal.status === 429 || refusal.code === 20429)
    return { class: 'throttled', code, detail, retryAfterMs: Math.max(refusal.retryAfterMs ?? THROTTLE_MS, 1) }
  const pause = RETRY_AFTER[refusal.code ?? 0]
  if (pause !== undefined) return { class: 'retryable', code, detail, retryAfterMs: refusal.retryAfterMs ?? pause }
  if (refusal.status >= 500) {
    // Twilio's own error means it made no message. A gateway's page says nothing of what happened behind it.
    if (refusal.code === null) return { class: 'uncertain', code, detail }
    const { retryAfterMs } = refusal
    return { class: 'retryable', code, detail, ...(retryAfterMs === null ? {} : { retryAfterMs }) }
  }
  return { class: 'permanent', code, detail }
}

/** Why a message that was taken did not arrive (status callback `undelivered` or `failed`). */
export function deliveryFailure(code: number | null, message: string): Failure {
  const detail = wordsOf(code, message)
  const pause = RETRY_AFTER[code ?? 0]
  if (pause !== undefined) return { class: 'retryable', code: String(code), detail, retryAfterMs: pause }
  return { class: 'permanent', code: String(code ?? 'undelivered'), detail }
}

function wordsOf(code: number | null, message: string): string {
  const known = WORDS[code ?? 0]
  if (known !== undefined) return known
  if (message !== '') return message
  return code === null ? 'It was not delivered, and no reason was given.' : `Twilio error ${code}.`
}

/** Failures before any connection stood: nothing can have reached Twilio. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** What a broken connection means: only one that never stood is harmless. */
export function networkFailure(error: unknown): Failure {
  const code = textOf(error, 'code') ?? 'network'
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  const connecting = [error, cause].some((one) => ['connect', 'getaddrinfo'].includes(textOf(one, 'syscall') ?? ''))
  if (NEVER_CONNECTED.has(code) || connecting)
    return { class: 'retryable', code, detail: `Twilio cannot be reached (${code}).` }
  return { class: 'uncertain', code, detail: `The connection to Twilio broke before its answer came (${code}).` }
}

function textOf(value: unknown, key: string): string | null {
  if (typeof value !== 'object' || value === null) return null
  const found: unknown = Reflect.get(value, key)
  return typeof found === 'string' ? found : null
}
