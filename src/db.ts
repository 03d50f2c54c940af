import { readdir } from 'node:fs/promises'
import path from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, PostgresDialect, SqliteDialect, type SqliteStatement, type Transaction } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import pg from 'pg'
import type { Schema } from './schema.ts'

export type Dialect = 'sqlite' | 'postgres'
export type Tx = Transaction<Schema>
/** What a query needs: the database or a transaction of it. */
export type Queries = Kysely<Schema>

export interface Db {
  readonly dialect: Dialect
  readonly kysely: Queries
  /** Runs `work` in one transaction. Inside it use only `tx`: SQLite has a single connection. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const STATEMENT_CACHE = 1000

/** Keeps prepared statements: kysely prepares anew for every query, which costs more than most of our queries. */
const cachingStatements = (sqlite: Database.Database) => {
  const statements = new Map<string, SqliteStatement>()
  return {
    close: () => sqlite.close(),
    prepare(sql: string): SqliteStatement {
      const known = statements.get(sql)
      if (known) return known
      const statement = sqlite.prepare(sql) as unknown as SqliteStatement
      if (statements.size >= STATEMENT_CACHE) statements.delete(statements.keys().next().value as string)
      statements.set(sql, statement)
      return statement
    },
  }
}

const openSqlite = (file: string) => {
  const sqlite = new Database(file)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = NORMAL')
  sqlite.pragma('foreign_keys = ON')
  sqlite.pragma('busy_timeout = 5000')
  sqlite.pragma('cache_size = -16000')
  return new SqliteDialect({ database: cachingStatements(sqlite) })
}

const INT8 = 20

const openPostgres = (url: string) => {
  const types = {
    getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
      // bigint: our times and sequence numbers stay far below 2^53.
      oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
  }
  const pool = new pg.Pool({ connectionString: url, max: 10, types })
  // A connection that the server ends while nobody uses it is replaced by the next query. Without a listener it would
  // end the hub instead.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new PostgresDialect({ pool })
}

/** `url` is `sqlite:<file>` or `postgres://…`. */
export const openDatabase = (url: string): Db => {
  const dialect: Dialect = url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
  const kysely = new Kysely<Schema>({
    dialect: dialect === 'sqlite' ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url),
  })
  return {
    dialect,
    kysely,
    write: (work) => kysely.transaction().execute(work),
    close: () => kysely.destroy(),
  }
}

const FOLDER = path.join(import.meta.dirname, '..', 'migrations')

interface MigrationModule {
  up(db: Kysely<unknown>, dialect: Dialect): Promise<void>
}

const loadMigrations = async (dialect: Dialect): Promise<Record<string, Migration>> => {
  const files = (await readdir(FOLDER)).filter((file) => /^\d{4}_.+\.ts$/.test(file)).sort()
  const entries = files.map(async (file) => {
    const module = (await import(path.join(FOLDER, file))) as MigrationModule
    return [file.slice(0, -'.ts'.length), { up: (db: Kysely<unknown>) => module.up(db, dialect) }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Brings the database to the newest migration, under a lock between nodes. Throws what a migration threw. */
export const migrate = async (db: Db): Promise<void> => {
  const migrator = new Migrator({
    db: db.kysely,
    provider: { getMigrations: () => loadMigrations(db.dialect) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

/** True when no migration is missing: what /readyz asks. */
export const isMigrated = async (db: Db): Promise<boolean> => {
  const migrator = new Migrator({
    db: db.kysely,
    provider: { getMigrations: () => loadMigrations(db.dialect) },
  })
  return (await migrator.getMigrations()).every((migration) => migration.executedAt !== undefined)
}

/** True when a unique index refused the row, in either dialect. */
export const isUniqueViolation = (error: unknown): boolean => {
  const code = (error as { code?: unknown } | null)?.code
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
}
