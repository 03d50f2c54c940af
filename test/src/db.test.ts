import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bulkInsert, bulkUpdate } from '../../src/bulk.ts'
import { isMigrated, isUniqueViolation, migrate, openDatabase } from '../../src/db.ts'
import { newId } from '../../src/ids.ts'
import { DIALECTS, openTestDatabase, type TestDatabase } from '../support/databases.ts'

for (const dialect of DIALECTS)
  describe(`the database, on ${dialect}`, () => {
    let database: TestDatabase
    beforeAll(async () => {
      database = await openTestDatabase(dialect)
      await sql`create table things (id text primary key, name text, amount bigint)`.execute(database.db.kysely)
    })
    afterAll(() => database.close())

    const columns = { id: 'text', name: 'text', amount: 'bigint' } as const
    type Thing = { id: string; name: string | null; amount: number | null }
    const db = () => database.db.kysely as never
    const all = async (like: string) =>
      (
        await sql<Thing>`select id, name, amount from things where id like ${`${like}%`} order by id`.execute(
          database.db.kysely,
        )
      ).rows

    test('migrating again changes nothing, and a second node may do so at the same time', async () => {
      const other = openDatabase(database.url)
      await Promise.all([migrate(database.db), migrate(other)])
      expect(await isMigrated(other)).toBe(true)
      await other.close()
    })

    test('a transaction that fails leaves nothing', async () => {
      const id = newId<string>()
      const failing = database.db.write(async (tx) => {
        await tx.insertInto('settings').values({ key: id, value: 'x' }).execute()
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await database.db.kysely.selectFrom('settings').selectAll().where('key', '=', id).execute()).toEqual([])
    })

    test('a second row of the same key is told apart from every other failure', async () => {
      const id = newId<string>()
      const insert = () => database.db.kysely.insertInto('settings').values({ key: id, value: 'x' }).execute()
      await insert()
      expect(await insert().catch(isUniqueViolation)).toBe(true)
      const orphan = sql`insert into team_members (team_id, agent_id) values ('nobody', 'nobody')`
      expect(await orphan.execute(database.db.kysely).catch(isUniqueViolation)).toBe(false)
      expect(isUniqueViolation(null)).toBe(false)
    })

    test('times of the far future stay numbers, exactly', async () => {
      const amount = 9_000_000_000_000_001
      await sql`insert into things values ('far', null, ${amount})`.execute(database.db.kysely)
      expect(await all('far')).toEqual([{ id: 'far', name: null, amount }])
    })

    test('statements stay right when more of them were seen than are kept', async () => {
      for (let n = 0; n < 1_100; n++) {
        const { rows } = await sql<{ n: number }>`select ${sql.lit(n)} as n`.execute(database.db.kysely)
        expect(rows[0]?.n).toBe(n)
      }
      expect((await sql<{ n: number }>`select 0 as n`.execute(database.db.kysely)).rows).toEqual([{ n: 0 }])
    })

    test('many rows go in at once, also more than one statement takes, with empty values first', async () => {
      const insert = bulkInsert<Thing>(dialect, 'things', columns, 'returning id')
      const rows = Array.from({ length: 12_000 }, (_, n) => ({
        id: `many-${String(n).padStart(5, '0')}`,
        name: n === 0 ? null : `thing ${n}`,
        amount: n === 0 ? null : n,
      }))
      const made = await insert.run<{ id: string }>(db(), rows)
      expect(made).toHaveLength(12_000)
      expect(await all('many')).toEqual(rows)
      expect(await insert.run(db(), [])).toEqual([])
    })

    test('what is there already is passed over, and only the new is told', async () => {
      const insert = bulkInsert<Thing>(dialect, 'things', columns, 'on conflict (id) do nothing returning id')
      const row = (id: string) => ({ id, name: 'first', amount: 1 })
      await insert.run(db(), [row('twice-1')])
      const made = await insert.run<{ id: string }>(db(), [row('twice-1'), row('twice-2')])
      expect(made).toEqual([{ id: 'twice-2' }])
    })

    test('many rows change at once, each by its own values; others stay', async () => {
      const insert = bulkInsert<Thing>(dialect, 'things', columns)
      await insert.run(
        db(),
        [1, 2, 3].map((n) => ({ id: `change-${n}`, name: `old ${n}`, amount: n })),
      )
      const update = bulkUpdate<Thing>(
        dialect,
        'things',
        columns,
        'name = coalesce(v.name, t.name), amount = t.amount + v.amount',
      )
      await update.run(db(), [
        { id: 'change-1', name: null, amount: 10 },
        { id: 'change-3', name: 'new 3', amount: 30 },
        { id: 'nowhere', name: 'x', amount: 1 },
      ])
      expect(await all('change')).toEqual([
        { id: 'change-1', name: 'old 1', amount: 11 },
        { id: 'change-2', name: 'old 2', amount: 2 },
        { id: 'change-3', name: 'new 3', amount: 33 },
      ])
    })
  })
