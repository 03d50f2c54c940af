import type { Failure, Health } from '../../src/model.ts'
import { NotConnected } from './exchange.ts'

/** The token is bad or old: fetch another and try once more. */
const TOKEN = new Set([40001, 40014, 42001])

/** Only the operator can mend these; the words say how. (Official Accounts documentation, "Return codes".) */
const CONFIGURATION = new Map([
  [40013, 'WeChat does not know this AppID. Compare it with mp.weixin.qq.com.'],
  [40125, 'The AppSecret is wrong. Reset it in mp.weixin.qq.com and enter the new one.'],
  [40164, "This server's IP address is not in the account's IP whitelist. Add it in mp.weixin.qq.com."],
  [40243, 'The AppSecret is frozen. Unfreeze it in mp.weixin.qq.com.'],
])

const MINUTE = 60_000

/** How long to leave the account alone: 45011 counts per minute, 45009 per day (asked again each hour). */
const THROTTLED = new Map([
  [45011, MINUTE],
  [45009, 60 * MINUTE],
])

/** What people are told of refusals that no repeat will change. */
const EXPLAINED = new Map([
  [40003, 'WeChat does not know this openid.'],
  [43004, 'The customer does not follow the account any more.'],
  [45002, 'The text is longer than WeChat takes.'],
  [45015, 'The 48 hours after the last message of the customer are over.'],
  [45047, 'All messages that WeChat allows after the last message of the customer are used up.'],
  [48001, 'The account has no right to send customer service messages. Verify it in mp.weixin.qq.com.'],
])

export const isTokenError = (errcode: number): boolean => TOKEN.has(errcode)

/** What became of a call that WeChat answered with an error. */
export function failureOf(errcode: number, errmsg: string): Failure {
  const said = { code: String(errcode), detail: `${explain(errcode)}${errmsg}`.trim() }
  const retryAfterMs = THROTTLED.get(errcode)
  if (retryAfterMs !== undefined) return { class: 'throttled', retryAfterMs, ...said }
  if (errcode === -1 || TOKEN.has(errcode)) return { class: 'retryable', ...said }
  return { class: 'permanent', ...said }
}

const explain = (errcode: number): string => {
  const words = CONFIGURATION.get(errcode) ?? EXPLAINED.get(errcode)
  return words === undefined ? '' : `${words} `
}

/**
 * What became of a call whose answer never came. After the request went out, only a call that may be repeated
 * without anybody seeing it (`harmless`) is retryable.
 */
export function lostFailure(error: unknown, harmless: boolean): Failure {
  const code = codeOf(error)
  if (harmless || error instanceof NotConnected) {
    return { class: 'retryable', code, detail: 'No connection to WeChat.' }
  }
  return { class: 'uncertain', code, detail: 'The connection was lost before WeChat answered.' }
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return at.name
  }
  return 'connection'
}

/** An answer that is not WeChat's JSON, e.g. of a proxy in between. Only 502 and 503 say that nobody took the call. */
export function oddAnswer(status: number, harmless: boolean): Failure {
  const code = `http_${status}`
  return harmless || status === 502 || status === 503
    ? { class: 'retryable', code, detail: `The API answered HTTP ${status}.` }
    : { class: 'uncertain', code, detail: `The API answered HTTP ${status} without saying what became of the call.` }
}

/** How the account is when a call failed so; null when the failure says nothing about the account. */
export function healthOf(failure: Failure): Health | null {
  if (CONFIGURATION.has(Number(failure.code)) || failure.code === '48001') {
    return { state: 'misconfigured', detail: failure.detail }
  }
  if (TOKEN.has(Number(failure.code))) {
    return { state: 'misconfigured', detail: `WeChat refuses our access token: ${failure.detail}` }
  }
  if (failure.class === 'throttled') return { state: 'degraded', detail: `WeChat slows us down: ${failure.detail}` }
  if (failure.class === 'retryable') return { state: 'down', detail: failure.detail }
  return null
}
