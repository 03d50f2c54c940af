import { sql } from 'kysely'
import type { Queries } from '../../src/db.ts'
import { containing } from './page.ts'

/** How many of the newest messages a search looks into: it reads them one by one, and nothing may hold up the hub. */
const MESSAGES_SEARCHED = 5000
const HITS = 300

/** Contacts whose name or address contains the text. */
export const findContactIds = async (db: Queries, text: string): Promise<string[]> => {
  const pattern = containing(text)
  const [byName, byAddress] = await Promise.all([
    db
      .selectFrom('contacts')
      .select('id')
      .where('joined_into', 'is', null)
      .where(sql<boolean>`lower(name) like ${pattern} escape '\\'`)
      .orderBy('updated_at', 'desc')
      .limit(HITS)
      .execute(),
    db
      .selectFrom('identities')
      .select('contact_id as id')
      .where(
        sql<boolean>`(lower(address) like ${pattern} escape '\\' or lower(display_name) like ${pattern} escape '\\')`,
      )
      .limit(HITS)
      .execute(),
  ])
  return [...new Set([...byName, ...byAddress].map((row) => row.id))]
}

const findByText = async (db: Queries, pattern: string): Promise<string[]> => {
  const newest = await db.selectFrom('messages').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  const rows = await db
    .selectFrom('messages')
    .select('conversation_id')
    .distinct()
    .where('seq', '>', (newest?.seq ?? 0) - MESSAGES_SEARCHED)
    .where(
      sql<boolean>`(lower(text) like ${pattern} escape '\\' or lower(coalesce(subject, '')) like ${pattern} escape '\\')`,
    )
    .limit(HITS)
    .execute()
  return rows.map((row) => row.conversation_id)
}

/** What a search for a text may show: conversations with it in a message, and those of contacts of that name or address. */
export const findCandidates = async (db: Queries, text: string): Promise<{ ids: string[]; contactIds: string[] }> => {
  const [ids, contactIds] = await Promise.all([findByText(db, containing(text)), findContactIds(db, text)])
  return { ids, contactIds }
}
