import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import type { Logger } from 'pino'
import { type Bus, connectBus } from '../bus.ts'
import type { Config } from '../config.ts'
import { type Db, migrate, openDatabase } from '../db.ts'
import { type MediaStore, openMediaStore } from '../media.ts'
import { type NatsServer, startNatsServer } from '../nats-server.ts'
import { openSecrets, type Secrets } from '../secrets.ts'
import { type Door, serveWhenReady } from './door.ts'

/** What everything else stands on: folder, port, database, bus, secrets, files. */

/** Something outside is wrong, and the message is one line that says what to do. */
export class StartError extends Error {
  override name = 'StartError'
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | null)?.code ?? '')

const prepareDataDir = async (dir: string): Promise<void> => {
  try {
    await mkdir(dir, { recursive: true })
    await writeFile(path.join(dir, '.writable'), 'ok')
  } catch (error) {
    const why = { EROFS: 'is read-only', EACCES: 'may not be written to', ENOSPC: 'is on a full disk' }[codeOf(error)]
    throw new StartError(
      `DATA_DIR ${dir} ${why ?? `cannot be used (${codeOf(error)})`}: make room or give the right to write there, or set DATA_DIR to another folder.`,
    )
  }
}

/** A name that this installation keeps: leases and claims of an earlier life are its own. */
const nodeName = async (dir: string): Promise<string> => {
  const file = path.join(dir, 'node-id')
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known.trim() !== '') return known.trim()
  const made = randomUUID()
  await writeFile(file, made)
  return made
}

/** Takes the port before anything else is started. */
const listen = (config: Config): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 300_000 })
    server.once('error', (error) => {
      const where = `${config.host}:${config.port}`
      const why =
        codeOf(error) === 'EADDRINUSE'
          ? `Port ${config.port} is in use: stop what uses it, or set PORT to another.`
          : codeOf(error) === 'EACCES'
            ? `Port ${config.port} may not be used without rights: set PORT to one above 1023.`
            : `Cannot listen on ${where} (${codeOf(error)}): set HOST to an address of this machine.`
      reject(new StartError(why))
    })
    server.listen(config.port, config.host, () => resolve(server))
  })

const openDb = async (config: Config): Promise<Db> => {
  let db: Db | null = null
  try {
    db = openDatabase(config.databaseUrl ?? `sqlite:${path.join(config.dataDir, 'hub.db')}`)
    await migrate(db)
    return db
  } catch (error) {
    await db?.close()
    const what = error instanceof Error ? error.message : String(error)
    throw new StartError(
      config.databaseUrl
        ? `The database does not answer or could not be migrated (${what}): check DATABASE_URL.`
        : `The database in ${config.dataDir} could not be opened (${what}): free space, or restore a backup.`,
    )
  }
}

const openBus = async (config: Config, log: Logger): Promise<{ bus: Bus; server: NatsServer | null }> => {
  if (config.natsUrls) {
    const bus = await connectBus({ servers: config.natsUrls, replicas: 3, name: 'onethread' }).catch(
      (error: unknown) => {
        throw new StartError(`NATS at ${config.natsUrls?.join(', ')} does not answer (${error}): check NATS_URL.`)
      },
    )
    return { bus, server: null }
  }
  const server = await startNatsServer({ binary: config.natsServer, dataDir: config.dataDir, log })
  const bus = await connectBus({ servers: [server.url], token: server.token, replicas: 1, name: 'onethread' })
  return { bus, server }
}

/** Undone in reverse order when the hub stops, or when a later part cannot start. */
export type Closing = (() => Promise<unknown> | unknown)[]

export interface Ground {
  server: Server
  door: Door
  db: Db
  bus: Bus
  /** Null when NATS is somebody else's. */
  nats: NatsServer | null
  media: MediaStore
  secrets: Secrets
  /** This node's name: the same over restarts. */
  node: string
}

export const openGround = async (config: Config, log: Logger, closing: Closing): Promise<Ground> => {
  await prepareDataDir(config.dataDir)
  const server = await listen(config)
  // At once: a request that comes before anybody listens for it is never answered.
  const door = serveWhenReady(server)
  closing.push(() => server.closeAllConnections())
  const db = await openDb(config)
  closing.push(() => db.close())
  const { bus, server: nats } = await openBus(config, log)
  closing.push(() => nats?.stop())
  closing.push(() => bus.close())
  return {
    server,
    door,
    db,
    bus,
    nats,
    media: await openMediaStore(path.join(config.dataDir, 'media')),
    secrets: await openSecrets({ key: config.secretKey, dataDir: config.dataDir }),
    node: await nodeName(config.dataDir),
  }
}
