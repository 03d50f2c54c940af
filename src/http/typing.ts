import type { Audience, Bus } from '../bus.ts'
import type { Row } from '../schema.ts'
import type { LiveEvent } from '../views.ts'

/** The volatile signal that somebody types: who may see it, and what they see. */
export interface TypingSignal {
  audience: Audience
  event: LiveEvent & { type: 'typing' }
}

export const TYPING = 'typing'

/** Tells every node's event streams. The host calls it for customers, the API for agents. */
export const announceTyping = (
  bus: Pick<Bus, 'signal'>,
  conversation: Pick<Row<'conversations'>, 'id' | 'team_id' | 'assignee_id' | 'account_id'>,
  typing: { who: 'customer' | 'agent'; agentId: string | null; on: boolean },
): void => {
  const signal: TypingSignal = {
    audience: {
      kind: 'conversation',
      teamId: conversation.team_id,
      assigneeId: conversation.assignee_id,
      accountId: conversation.account_id,
    },
    event: { type: 'typing', conversationId: conversation.id, ...typing },
  }
  bus.signal(TYPING, signal)
}
