import type { Millis, ReplyWindow } from '../../src/model.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** After a customer's message: five messages in 48 hours. (Official Accounts documentation, "Customer service messages".) */
export const MESSAGE_WINDOW = { ms: 48 * HOUR, messages: 5 } as const
/** After a follow, a scan or a click in the menu: three messages in one minute. */
export const ACTION_WINDOW = { ms: MINUTE, messages: 3 } as const

const opened = (rule: { ms: Millis; messages: number }, at: Millis): ReplyWindow => ({
  expiresAt: at + rule.ms,
  remaining: rule.messages,
})

export const windowOfMessage = (at: Millis): ReplyWindow => opened(MESSAGE_WINDOW, at)
export const windowOfAction = (at: Millis): ReplyWindow => opened(ACTION_WINDOW, at)
