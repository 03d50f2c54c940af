import { type Kysely, sql } from 'kysely'

/**
 * What a keyed request brought about, written in the transaction that did it: after a crash the same key finds out
 * whether its work was done.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table idempotency add column result text`.execute(db)
}
