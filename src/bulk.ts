import { CompiledQuery, type Kysely } from 'kysely'
import type { Dialect } from './db.ts'

/**
 * Many rows in one statement, with cached SQL: what building the same statement by kysely costs on the hot path
 * (3 to 5 times the insert itself), and what row-by-row round trips cost on PostgreSQL.
 */

type Value = string | number | null
type SqlType = 'text' | 'bigint'
export type Columns = Record<string, SqlType>

/** SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535. */
const MAX_PARAMETERS = 30_000

const placeholders = (dialect: Dialect, types: SqlType[], rows: number): string => {
  let parameter = 0
  const row = (first: boolean) =>
    `(${types.map((type) => (dialect === 'sqlite' ? '?' : `$${++parameter}${first ? `::${type}` : ''}`)).join(',')})`
  return Array.from({ length: rows }, (_, index) => row(index === 0)).join(',')
}

const quoted = (names: string[]): string => names.map((name) => `"${name}"`).join(',')

/** Statements of one table by the number of rows. */
export interface Bulk<RowIn extends Record<string, Value>> {
  /** `suffix` e.g. `on conflict do nothing returning id`. */
  run<Out = never>(db: Kysely<never>, rows: RowIn[]): Promise<Out[]>
}

const chunked = <T>(rows: T[], width: number): T[][] => {
  const size = Math.max(1, Math.floor(MAX_PARAMETERS / width))
  if (rows.length <= size) return [rows]
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
}

const bulk = <RowIn extends Record<string, Value>>(
  columns: Columns,
  statement: (rows: number) => string,
): Bulk<RowIn> => {
  const names = Object.keys(columns)
  const known = new Map<number, string>()
  const sqlFor = (rows: number): string => {
    const cached = known.get(rows)
    if (cached) return cached
    const made = statement(rows)
    known.set(rows, made)
    return made
  }
  return {
    async run<Out>(db: Kysely<never>, rows: RowIn[]): Promise<Out[]> {
      const results: Out[] = []
      for (const chunk of rows.length > 0 ? chunked(rows, names.length) : []) {
        const parameters = chunk.flatMap((row) => names.map((name) => row[name] ?? null))
        const { rows: out } = await db.executeQuery<Out>(CompiledQuery.raw(sqlFor(chunk.length), parameters))
        results.push(...out)
      }
      return results
    },
  }
}

/** Inserts rows; `suffix` is what follows the values (`on conflict … returning …`). */
export const bulkInsert = <RowIn extends Record<string, Value>>(
  dialect: Dialect,
  table: string,
  columns: Columns,
  suffix = '',
): Bulk<RowIn> => {
  const types = Object.values(columns)
  return bulk<RowIn>(
    columns,
    (rows) =>
      `insert into "${table}" (${quoted(Object.keys(columns))}) values ${placeholders(dialect, types, rows)} ${suffix}`,
  )
}

/**
 * Updates rows by their first column. `set` are the assignments, with the new values as `v.<column>` and the stored
 * ones as `t.<column>`.
 */
export const bulkUpdate = <RowIn extends Record<string, Value>>(
  dialect: Dialect,
  table: string,
  columns: Columns,
  set: string,
  returning = '',
): Bulk<RowIn> => {
  const names = Object.keys(columns)
  const types = Object.values(columns)
  return bulk<RowIn>(
    columns,
    (rows) =>
      `with v(${quoted(names)}) as (values ${placeholders(dialect, types, rows)}) ` +
      `update "${table}" as t set ${set} from v where t."${names[0]}" = v."${names[0]}" ${returning}`,
  )
}
