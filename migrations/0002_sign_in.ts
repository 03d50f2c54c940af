import { type Kysely, sql } from 'kysely'

/**
 * What sign-in keeps: people's credentials and sessions, and API tokens. Tables and columns are those of better-auth
 * 1.7 and its api-key plugin, which read and write them; `auth_user.id` is `agents.id`.
 */
export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  const time = sql.raw(dialect === 'sqlite' ? 'date' : 'timestamptz')
  const flag = sql.raw(dialect === 'sqlite' ? 'integer' : 'boolean')
  const statements = [
    sql`create table auth_user (
      id text not null primary key, name text not null, email text not null unique, "emailVerified" ${flag} not null,
      image text, "createdAt" ${time} not null, "updatedAt" ${time} not null)`,
    sql`create table auth_session (
      id text not null primary key, "expiresAt" ${time} not null, token text not null unique,
      "createdAt" ${time} not null, "updatedAt" ${time} not null, "ipAddress" text, "userAgent" text,
      "userId" text not null references auth_user(id) on delete cascade)`,
    sql`create index auth_session_user on auth_session("userId")`,
    sql`create table auth_account (
      id text not null primary key, "accountId" text not null, "providerId" text not null,
      "userId" text not null references auth_user(id) on delete cascade, "accessToken" text, "refreshToken" text,
      "idToken" text, "accessTokenExpiresAt" ${time}, "refreshTokenExpiresAt" ${time}, scope text, password text,
      "createdAt" ${time} not null, "updatedAt" ${time} not null)`,
    sql`create index auth_account_user on auth_account("userId")`,
    sql`create table auth_verification (
      id text not null primary key, identifier text not null, value text not null, "expiresAt" ${time} not null,
      "createdAt" ${time} not null, "updatedAt" ${time} not null)`,
    sql`create index auth_verification_identifier on auth_verification(identifier)`,
    sql`create table auth_apikey (
      id text not null primary key, "configId" text not null, name text, start text, "referenceId" text not null,
      prefix text, key text not null, "refillInterval" integer, "refillAmount" integer, "lastRefillAt" ${time},
      enabled ${flag}, "rateLimitEnabled" ${flag}, "rateLimitTimeWindow" integer, "rateLimitMax" integer,
      "requestCount" integer, remaining integer, "lastRequest" ${time}, "expiresAt" ${time},
      "createdAt" ${time} not null, "updatedAt" ${time} not null, permissions text, metadata text)`,
    sql`create index auth_apikey_reference on auth_apikey("referenceId")`,
    sql`create index auth_apikey_key on auth_apikey(key)`,
  ]
  for (const statement of statements) await statement.execute(db)
}
