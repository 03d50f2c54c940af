import type { Failure } from '../../src/model.ts'

const MINUTE = 60_000

/**
 * Puppets give words instead of codes. What is not known to have been refused may have been sent, and is
 * `uncertain`: nobody is written to twice.
 */
const KNOWN: { words: RegExp; failure: (detail: string) => Failure }[] = [
  {
    words: /频繁|too (often|fast|many|frequent)|rate.?limit|\b1205\b/i,
    failure: (detail) => ({
      class: 'throttled',
      code: 'too_fast',
      detail: `WeChat wants the account to write slower: ${detail}`,
      retryAfterMs: 5 * MINUTE,
    }),
  },
  {
    words: /not logged in|未登录/i,
    failure: () => notLoggedIn,
  },
  {
    words: /ECONNREFUSED|No connection established/i,
    failure: (detail) => ({ class: 'retryable', code: 'no_connection', detail: `The puppet is not there: ${detail}` }),
  },
  {
    words: /not exist|not found|no payload|不存在|不是.*(好友|朋友)|拒收|blacklist/i,
    failure: (detail) => ({
      class: 'permanent',
      code: 'no_contact',
      detail: `WeChat does not take messages for this contact: ${detail}`,
    }),
  },
]

export const notLoggedIn: Failure = {
  class: 'retryable',
  code: 'not_logged_in',
  detail: 'Nobody is logged in: scan the QR code in the settings of the account.',
}

export const failureOf = (words: string): Failure =>
  KNOWN.find((known) => known.words.test(words))?.failure(words) ?? {
    class: 'uncertain',
    code: 'lost_answer',
    detail: `It is not known whether WeChat took the message: ${words}`,
  }
