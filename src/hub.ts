import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import { createHost, type Host } from '../adapters/host.ts'
import { channels } from '../adapters/registry.ts'
import { createAdministration } from '../conversations/administration/administration.ts'
import { routesFor } from '../conversations/routes.ts'
import { createAuth } from './auth.ts'
import { ACCOUNTS_CHANGED, type Bus, connectBus } from './bus.ts'
import { catalogueOf, settingsChecker } from './catalogue.ts'
import { type Config, publicUrlOf } from './config.ts'
import { type Core, createCore } from './core.ts'
import { type Db, isMigrated, migrate, openDatabase } from './db.ts'
import { createApp } from './http/app.ts'
import { announceTyping } from './http/typing.ts'
import { type Lease, openLeases } from './leases.ts'
import { type MediaStore, openMediaStore } from './media.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { ContactId, ConversationId, Cursor } from './model.ts'
import { type NatsServer, startNatsServer } from './nats-server.ts'
import type { Sandbox } from './sandbox-process.ts'
import { openSecrets, openSettings, type Secrets } from './secrets.ts'
import { openSharedValues } from './shared-values.ts'

/** The composition root: makes every part and hands each what it needs. Nothing here decides anything. */

export interface Hub {
  /** The address people open. */
  url: string
  port: number
  stop(): Promise<void>
}

/** Something outside is wrong, and the message is one line that says what to do. */
export class StartError extends Error {
  override name = 'StartError'
}

const VERSION = '0.1.0'
const ROOT = path.join(import.meta.dirname, '..')
const DAY_MS = 24 * 3600 * 1000

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

const NOT_READY = JSON.stringify({
  type: 'about:blank',
  title: 'Starting',
  status: 503,
  detail: 'The hub is starting. Try again in a second.',
})

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

const makeHost = async (parts: {
  config: Config
  publicUrl: string
  db: Db
  bus: Bus
  core: Core
  media: MediaStore
  secrets: Secrets
  node: string
  log: Logger
  metrics: Metrics
}): Promise<Host> => {
  const { config, db, bus, core, media, secrets, node, log, metrics } = parts
  const { customerSide } = core
  const warn = (error: unknown) => log.warn({ error: String(error) }, 'Lease trouble')
  return createHost({
    channels,
    bus,
    leases: await openLeases(bus, node, warn),
    shared: await openSharedValues(bus, node, Date.now, secrets),
    publicUrl: parts.publicUrl,
    stateDir: path.join(config.dataDir, 'accounts'),
    media,
    secretOf: (account) => secrets.derive(`account:${account}`),
    async cursor(account, receiver) {
      const row = await db.kysely
        .selectFrom('account_cursors')
        .select('cursor')
        .where('account_id', '=', account)
        .where('receiver', '=', receiver)
        .executeTakeFirst()
      return row ? (JSON.parse(row.cursor) as Cursor) : null
    },
    async accounts() {
      const rows = await db.kysely.selectFrom('accounts').selectAll().execute()
      return rows.map((row) => ({
        id: row.id,
        channel: row.channel,
        name: row.name,
        config: openSettings(secrets, row.id, row.config),
        enabled: row.enabled === 1,
        version: `${row.enabled}/${row.updated_at}`,
      }))
    },
    claim: core.claim,
    history: customerSide.history,
    attended: customerSide.attended,
    mayRead: customerSide.mayRead,
    onTyping(account, address, on) {
      void customerSide
        .conversationOf(account, address)
        .then((row) => row && announceTyping(bus, row, { who: 'customer', agentId: null, on }))
        .catch(warn)
    },
    now: Date.now,
    log,
    onReceived: (channel, kind) => metrics.received.inc({ channel, kind }),
    onSent: (channel, outcome, ms) => metrics.sent.observe({ channel, outcome }, ms / 1000),
  })
}

const removeOldIdempotency = (db: Db) =>
  db.kysely
    .deleteFrom('idempotency')
    .where('created_at', '<', Date.now() - DAY_MS)
    .execute()

/** Starts everything in the order in which each part can stand on the one before, and stops it the other way round. */
export const startHub = async (config: Config, log: Logger, print: (line: string) => void): Promise<Hub> => {
  const closing: (() => Promise<unknown> | unknown)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        log.warn({ error: String(error) }, 'A part did not stop cleanly')
      }
    }
  }
  try {
    return await start()
  } catch (error) {
    await stop()
    throw error
  }

  async function start(): Promise<Hub> {
    await prepareDataDir(config.dataDir)
    const server = await listen(config)
    let listener: ReturnType<typeof getRequestListener> | null = null
    server.on('request', (incoming, outgoing) => {
      if (listener) void listener(incoming, outgoing)
      else outgoing.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end(NOT_READY)
    })
    closing.push(() => server.closeAllConnections())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : config.port
    const publicUrl = publicUrlOf(config, port)

    const db = await openDb(config)
    closing.push(() => db.close())
    const node = await nodeName(config.dataDir)
    const secrets = await openSecrets({ key: config.secretKey, dataDir: config.dataDir })
    const { bus, server: nats } = await openBus(config, log)
    closing.push(() => nats?.stop())
    closing.push(() => bus.close())
    const media = await openMediaStore(path.join(config.dataDir, 'media'))
    const catalogue = catalogueOf(channels)
    let core: Core | null = null
    const metrics = createMetrics(() => core?.ingest.position() ?? 0)
    const made = createCore({
      db,
      bus,
      catalogue,
      node,
      now: Date.now,
      onError: (error, doing) => log.error({ err: error, doing }, 'Something failed and will be tried again'),
    })
    core = made
    closing.push(() => made.outbox.stop())

    const auth = createAuth({ db, secret: secrets.derive('sessions'), publicUrl, now: Date.now })
    const views = [...catalogue.values()].map((facts) => facts.view)
    const administration = createAdministration({
      db,
      transact: made.transact,
      secrets,
      channels: views,
      validateSettings: settingsChecker(channels),
      accountChanged: (id) => bus.signal(ACCOUNTS_CHANGED, { id }),
      workforceChanged: () => made.assigner.kick(null),
      credentials: auth,
    })
    if (config.admin) {
      const created = await administration.agents.ensureFirstAdministrator(config.admin.email, config.admin.password)
      if (created) print(`Administrator ${config.admin.email} was created.`)
    }

    const host = await makeHost({ config, publicUrl, db, bus, core: made, media, secrets, node, log, metrics })
    let sandbox: Sandbox | null = null
    const http = createApp({
      db,
      bus,
      config: { publicUrl, sandbox: config.sandbox, version: VERSION },
      commands: {
        ...made.commands,
        async markRead(viewer, conversation) {
          const outcome = await made.commands.markRead(viewer, conversation)
          if (outcome.ok) void tellRead(made, host, conversation).catch(() => {})
          return outcome
        },
      },
      administration,
      auth,
      media,
      channels: views,
      async routesFor(of) {
        const contact = 'contactId' in of ? of.contactId : await contactOf(db, of.conversationId)
        return contact ? routesFor(db.kysely, catalogue, contact, Date.now()) : []
      },
      async hooks(account, request) {
        const response = await host.handle(account, request)
        if (response?.status === 403) metrics.refused.inc({ account })
        return response
      },
      adapterPowers: {
        async typing(conversation, on) {
          const to = await made.customerSide.addressOf(conversation)
          if (to) await host.typing(to.account, to.address, on)
        },
        logout: (account) => host.logout(account),
      },
      sandbox: config.sandbox
        ? (request) =>
            sandbox?.handle(request) ?? Promise.resolve(new Response('The sandbox is starting.', { status: 503 }))
        : null,
      inboxDir: path.join(ROOT, 'inbox', 'dist'),
      widgetDir: path.join(ROOT, 'widget'),
      ready: () => readiness(db, bus, nats),
      metrics: metrics.registry,
      log,
      secret: secrets.derive('http'),
      now: Date.now,
    })
    await http.start()
    closing.push(() => http.stop())

    if (config.roles.has('worker')) {
      const leases = await openLeases(bus, node, (error) => log.warn({ error: String(error) }, 'Lease trouble'))
      const lease = await keepIngest(leases, made)
      closing.push(() => made.assigner.stop())
      closing.push(() => made.timers.stop())
      closing.push(() => made.lostWork.stop())
      closing.push(() => lease.release())
      made.timers.start()
      made.lostWork.start()
      made.assigner.kick(null)
      const tidy = setInterval(() => void removeOldIdempotency(db).catch(() => {}), DAY_MS / 24)
      closing.push(() => clearInterval(tidy))
    }
    listener = getRequestListener(http.app.fetch)
    if (config.sandbox) {
      // Loaded only where it is on: in production none of it is there.
      const [{ startSandbox }, { setUpSandbox }] = await Promise.all([
        import('./sandbox-process.ts'),
        import('./sandbox-setup.ts'),
      ])
      const started = await startSandbox({ dataDir: config.dataDir, hubUrl: publicUrl, log })
      sandbox = started
      closing.push(() => started.stop())
      await setUpSandbox({ administration, db, sandbox: started, print })
    }
    if (config.roles.has('channels')) {
      closing.push(() => host.stop())
      await host.start()
    }
    closing.push(() => server.close())
    return { url: publicUrl, port, stop }
  }
}

/** Best effort: a tick on the customer's side is worth no failure on ours. */
const tellRead = async (core: Core, host: Host, conversation: ConversationId): Promise<void> => {
  const newest = await core.customerSide.newestInbound(conversation)
  if (newest) await host.markRead(newest.account, newest.address, newest.remoteId)
}

const contactOf = async (db: Db, conversation: ConversationId): Promise<ContactId | null> => {
  const row = await db.kysely
    .selectFrom('conversations')
    .select('contact_id')
    .where('id', '=', conversation)
    .executeTakeFirst()
  return row?.contact_id ?? null
}

const keepIngest = (leases: Awaited<ReturnType<typeof openLeases>>, core: Core): Promise<Lease> =>
  new Promise((resolve) => {
    const lease = leases.keep('ingest', {
      held: () => core.ingest.start(),
      lost: () => core.ingest.stop(),
    })
    resolve(lease)
  })

const check = async (probe: () => Promise<string>) =>
  probe().then(
    (detail) => ({ ok: true, detail }),
    (error: unknown) => ({ ok: false, detail: error instanceof Error ? error.message : String(error) }),
  )

const readiness = async (db: Db, bus: Bus, nats: NatsServer | null) => {
  const checks = {
    database: await check(async () => {
      if (!(await isMigrated(db))) throw new Error('Migrations are missing: restart the hub.')
      return db.dialect
    }),
    nats: await check(async () => {
      await bus.inPosition()
      if (nats?.durability === 'interval')
        return `nats-server ${nats.version}: a power cut may lose up to two minutes of acknowledged messages; 2.10.23 or newer does not.`
      return nats ? `nats-server ${nats.version}` : 'cluster'
    }),
  }
  return { ok: Object.values(checks).every((entry) => entry.ok), checks }
}
