import type { ConversationId } from '../src/model.ts'
import type { Unit } from './unit.ts'

/** What the customer wrote after our last answer: since when they wait, and how many messages. */
export const unanswered = async (
  unit: Unit,
  id: ConversationId,
): Promise<{ waiting_since: number | null; unread: number }> => {
  const answered = await unit.tx
    .selectFrom('messages')
    .select((fn) => fn.fn.max('seq').as('seq'))
    .where('conversation_id', '=', id)
    .where('direction', '=', 'out')
    .executeTakeFirst()
  const waiting = await unit.tx
    .selectFrom('messages')
    .select((fn) => [fn.fn.min('created_at').as('since'), fn.fn.countAll<number>().as('count')])
    .where('conversation_id', '=', id)
    .where('direction', '=', 'in')
    .where('seq', '>', answered?.seq ?? 0)
    .executeTakeFirst()
  return { waiting_since: waiting?.since ?? null, unread: Number(waiting?.count ?? 0) }
}
