import type { AgentId } from '../src/model.ts'
import { announceConversation, type Unit } from './unit.ts'

/** What an agent who leaves for good still held goes back to its queue. */
export const giveBack = async (unit: Unit, agent: AgentId, reason: string): Promise<void> => {
  const held = await unit.tx
    .selectFrom('conversations')
    .selectAll()
    .where('assignee_id', '=', agent)
    .where('status', '!=', 'resolved')
    .execute()
  for (const before of held) {
    const row = await unit.tx
      .updateTable('conversations')
      .set({ assignee_id: null, assigned_at: null, updated_at: unit.now })
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const happening = { type: 'unassigned', actor: null, data: { agentId: agent, reason } }
    await announceConversation(unit, row, { happening, before })
  }
}
