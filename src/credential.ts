import { sql } from 'kysely'
import type { Dialect, Tx } from './db.ts'
import { newId } from './ids.ts'
import type { AgentId, Millis } from './model.ts'

/**
 * The rows by which better-auth lets an agent in, written in the transaction that makes the agent: both or none.
 * Times are as better-auth keeps them: ISO text on SQLite, timestamps on PostgreSQL.
 */
export const insertCredential = async (
  tx: Tx,
  dialect: Dialect,
  agent: { id: AgentId; email: string; name: string; passwordHash: string },
  now: Millis,
): Promise<void> => {
  const at = dialect === 'sqlite' ? new Date(now).toISOString() : new Date(now)
  const verified = dialect === 'sqlite' ? 1 : true
  await sql`
    insert into auth_user (id, name, email, "emailVerified", "createdAt", "updatedAt")
    values (${agent.id}, ${agent.name}, ${agent.email}, ${verified}, ${at}, ${at})`.execute(tx)
  await sql`
    insert into auth_account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
    values (${newId()}, ${agent.id}, 'credential', ${agent.id}, ${agent.passwordHash}, ${at}, ${at})`.execute(tx)
}
