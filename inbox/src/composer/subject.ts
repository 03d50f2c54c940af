import type { MessageView } from '../../../src/views.ts'

/** How mail programs mark the subject of an answer. */
const ANSWERED = /^(?:(?:re|aw|sv|回复|答复)\s*[:：]\s*)+/i

/**
 * The subject an answer gets when none is written: that of the newest message with one, since a joined thread holds
 * mails its conversation was not named after. Null: there is nothing to answer.
 */
export function answeredSubject(
  messages: Pick<MessageView, 'subject'>[],
  ofConversation: string | null,
): string | null {
  const subject = messages.findLast((message) => message.subject)?.subject ?? ofConversation
  return subject?.replace(ANSWERED, '') || null
}
