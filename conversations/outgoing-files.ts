import { type MessageId, mediaKindOf } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import type { RouteView } from '../src/views.ts'
import { done, type Outcome, Refusal, refused } from './outcome.ts'
import type { Unit } from './unit.ts'
import type { Viewer } from './viewer.ts'

/** What goes out with a message, and whether the way it goes can carry it. */

const ATTACHMENT_MISSING = refused(
  422,
  'attachment_missing',
  'A file was not uploaded by you, or was sent already. Upload it again.',
)

/** Files that the viewer uploaded and did not send yet. */
export const loadUploads = async (
  unit: Unit,
  viewer: Viewer,
  ids: string[],
): Promise<Outcome<Row<'attachments'>[]>> => {
  if (ids.length === 0) return done([])
  const rows = await unit.tx
    .selectFrom('attachments')
    .selectAll()
    .where('id', 'in', ids)
    .where('uploaded_by', '=', viewer.agentId)
    .where('message_id', 'is', null)
    .execute()
  if (rows.length === new Set(ids).size) return done(rows)
  return ATTACHMENT_MISSING
}

/** What the chosen channel cannot carry, in words. */
export const misfit = (route: RouteView, text: string, files: Row<'attachments'>[]): Outcome<never> | null => {
  const { capabilities, accountName } = route
  if (text.length > capabilities.text.maxLength)
    return refused(
      413,
      'text_too_long',
      `${accountName} takes ${capabilities.text.maxLength} characters; this text has ${text.length}. Shorten or split it.`,
    )
  for (const file of files) {
    const kind = mediaKindOf(file.mime_type)
    const rule = capabilities.media[kind]
    if (!rule || (rule.mimeTypes.length > 0 && !rule.mimeTypes.includes(file.mime_type)))
      return refused(
        422,
        'media_not_supported',
        `${accountName} cannot send ${file.name} (${file.mime_type}). Leave it out or choose another channel.`,
      )
    if ((file.size ?? 0) > rule.maxBytes)
      return refused(
        413,
        'media_too_large',
        `${file.name} has ${file.size} bytes; ${accountName} takes ${rule.maxBytes}. Send a smaller file.`,
      )
  }
  return null
}

/** Two messages at once may name the same upload: only one of them gets it. */
export const attach = async (unit: Unit, message: MessageId, files: Row<'attachments'>[]): Promise<void> => {
  if (files.length === 0) return
  const ids = files.map((file) => file.id)
  const { numUpdatedRows } = await unit.tx
    .updateTable('attachments')
    .set({ message_id: message })
    .where('id', 'in', ids)
    .where('message_id', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows < files.length) throw new Refusal(ATTACHMENT_MISSING)
}
