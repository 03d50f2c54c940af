import type { Queries } from '../../src/db.ts'
import type { Row } from '../../src/schema.ts'
import { maySee } from '../rights.ts'
import type { Viewer } from '../viewer.ts'

/** Null when there is none, or it belongs to a conversation (or another's upload) that the viewer may not see. */
export const findAttachment = async (db: Queries, viewer: Viewer, id: string): Promise<Row<'attachments'> | null> => {
  const row = await db.selectFrom('attachments').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return null
  if (row.message_id === null) return row.uploaded_by === viewer.agentId ? row : null
  const conversation = await db
    .selectFrom('messages')
    .innerJoin('conversations', 'conversations.id', 'messages.conversation_id')
    .select(['conversations.team_id', 'conversations.assignee_id'])
    .where('messages.id', '=', row.message_id)
    .executeTakeFirst()
  if (!conversation) return null
  return maySee(viewer, { teamId: conversation.team_id, assigneeId: conversation.assignee_id }) ? row : null
}
