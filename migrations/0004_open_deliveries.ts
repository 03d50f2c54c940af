import { type Kysely, sql } from 'kysely'

/** What is not sent yet is found without reading the whole ledger, however long that grew. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index deliveries_open on deliveries(account_id, lane, identity_id, seq)
    where state in ('planned', 'sending')`.execute(db)
}
