import type { Failure } from '../../src/model.ts'

/** What nodemailer says of a failed send. */
export interface SmtpError extends Error {
  code?: string | undefined
  responseCode?: number | undefined
  response?: string | undefined
}

/** How far the message had come: a server may only have taken it once the final dot was written (RFC 5321, 4.1.1.4). */
export type Phase = 'envelope' | 'content' | 'ended'

const THROTTLE_MS = 60_000
/** Greylisting servers want a second try after some minutes (RFC 6647 recommends one to five). */
const GREYLIST_MS = 5 * 60_000
const OPERATOR_MS = 5 * 60_000

/** The failure class of a send that did not end in 250. */
export function failureOf(error: SmtpError, phase: Phase): Failure {
  const code = String(error.responseCode ?? error.code ?? 'error')
  const detail = (error.response ?? error.message).replace(/\s+/g, ' ').slice(0, 500)
  if (error.code === 'EAUTH')
    return {
      class: 'retryable',
      code,
      detail: `The mail server refused our user or password: ${detail}`,
      retryAfterMs: OPERATOR_MS,
    }
  if (error.responseCode !== undefined) return answered(error.responseCode, code, detail)
  if (phase === 'ended')
    return { class: 'uncertain', code, detail: `The connection was lost before the mail server answered: ${detail}` }
  if (error.code === 'EENVELOPE')
    return { class: 'permanent', code, detail: `The address cannot be written to: ${detail}` }
  return { class: 'retryable', code, detail: `The mail server could not be reached: ${detail}` }
}

function answered(responseCode: number, code: string, detail: string): Failure {
  if (responseCode >= 500) return { class: 'permanent', code, detail: `The mail server refused the mail: ${detail}` }
  if (/gr[ea]ylist/i.test(detail)) return { class: 'retryable', code, detail, retryAfterMs: GREYLIST_MS }
  if (THROTTLED.test(detail)) return { class: 'throttled', code, detail, retryAfterMs: THROTTLE_MS }
  return { class: 'retryable', code, detail: `The mail server asks to try later: ${detail}` }
}

const THROTTLED =
  /too (many|fast|much)|rate|throttl|limit(ed)? exceeded|exceeded .*limit|4\.7\.28|4\.3\.2|slow down|频率|过于频繁/i
