import type { Db } from '../db.ts'
import type { MediaStore } from '../media.ts'
import type { Millis } from '../model.ts'

/** What is kept for a while only. */

const DAY_MS = 24 * 3_600_000
/** A message that names a file by then is stored by then, too. */
const UNUSED_FILE_MS = 2 * DAY_MS

/** A request's stored result is of use while somebody may still repeat it. */
const forgetOldRequests = (db: Db, now: Millis) =>
  db.kysely
    .deleteFrom('idempotency')
    .where('created_at', '<', now - DAY_MS)
    .execute()

/** Uploads that were never sent. */
const forgetOldUploads = (db: Db, now: Millis) =>
  db.kysely
    .deleteFrom('attachments')
    .where('message_id', 'is', null)
    .where('created_at', '<', now - DAY_MS)
    .execute()

/** Files that no message has: anybody on a website may upload some, so they must not stay. */
const removeUnusedFiles = async (db: Db, media: MediaStore, now: Millis): Promise<void> => {
  for await (const id of media.notPutSince(now - UNUSED_FILE_MS)) {
    const used = await db.kysely
      .selectFrom('attachments')
      .select('id')
      .where('media_id', '=', id)
      .limit(1)
      .executeTakeFirst()
    if (!used) await media.remove(id)
  }
}

export const tidyUp = async (db: Db, media: MediaStore, now: Millis): Promise<void> => {
  await forgetOldRequests(db, now)
  await forgetOldUploads(db, now)
  await removeUnusedFiles(db, media, now)
}
