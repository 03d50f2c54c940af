import type { Server } from 'node:http'
import path from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Host } from '../adapters/host.ts'
import { channels } from '../adapters/registry.ts'
import { type Administration, createAdministration } from '../conversations/administration/administration.ts'
import type { ChannelCatalogue } from '../conversations/channel-facts.ts'
import { routesFor } from '../conversations/routes.ts'
import { type Auth, createAuth } from './auth.ts'
import { ACCOUNTS_CHANGED } from './bus.ts'
import { catalogueOf, settingsChecker } from './catalogue.ts'
import { type Config, publicUrlOf } from './config.ts'
import { type Core, createCore } from './core.ts'
import type { Db } from './db.ts'
import { createApp } from './http/app.ts'
import type { HttpDeps } from './http/deps.ts'
import { makeHost } from './hub/account-host.ts'
import { type Closing, type Ground, openGround } from './hub/ground.ts'
import { readiness } from './hub/readiness.ts'
import { tidyUp } from './hub/tidy.ts'
import { type Leases, openLeases } from './leases.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { ContactId, ConversationId } from './model.ts'
import type { Sandbox } from './sandbox-process.ts'

/** The composition root: makes every part and hands each what it needs. Nothing here decides anything. */

export { StartError } from './hub/ground.ts'

export interface Hub {
  /** The address people open. */
  url: string
  stop(): Promise<void>
}

const VERSION = '0.1.0'
const ROOT = path.join(import.meta.dirname, '..')
const HOUR_MS = 3_600_000

/** The address of the port that was taken; 0 in the settings means any. */
const publicAddress = (config: Config, server: Server): { publicUrl: string; localUrl: string } => {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : config.port
  return { publicUrl: publicUrlOf(config, port), localUrl: publicUrlOf({ ...config, publicUrlGiven: false }, port) }
}

const makeAdministration = (ground: Ground, core: Core, catalogue: ChannelCatalogue, auth: Auth): Administration =>
  createAdministration({
    db: ground.db,
    transact: core.transact,
    secrets: ground.secrets,
    channels: [...catalogue.values()].map((facts) => facts.view),
    validateSettings: settingsChecker(channels),
    accountChanged: (id) => ground.bus.signal(ACCOUNTS_CHANGED, { id }),
    workforceChanged: () => core.assigner.kick(null),
    credentials: auth,
  })

const contactOf = async (db: Db, conversation: ConversationId): Promise<ContactId | null> => {
  const row = await db.kysely
    .selectFrom('conversations')
    .select('contact_id')
    .where('id', '=', conversation)
    .executeTakeFirst()
  return row?.contact_id ?? null
}

/** Best effort: a tick on the customer's side is worth no failure on ours. */
const tellRead = async (core: Core, host: Host, conversation: ConversationId): Promise<void> => {
  const newest = await core.customerSide.newestInbound(conversation)
  if (newest) await host.markRead(newest.account, newest.address, newest.remoteId)
}

const makeHttp = (parts: {
  ground: Ground
  core: Core
  host: Host
  catalogue: ChannelCatalogue
  administration: Administration
  auth: Auth
  metrics: Metrics
  config: Config
  publicUrl: string
  sandbox: HttpDeps['sandbox']
  log: Logger
}) => {
  const { ground, core, host, catalogue, metrics, publicUrl } = parts
  const { db, bus, nats, secrets } = ground
  return createApp({
    db,
    bus,
    config: { publicUrl, sandbox: parts.config.sandbox, version: VERSION },
    commands: {
      ...core.commands,
      async markRead(viewer, conversation) {
        const outcome = await core.commands.markRead(viewer, conversation)
        if (outcome.ok) void tellRead(core, host, conversation).catch(() => {})
        return outcome
      },
    },
    administration: parts.administration,
    auth: parts.auth,
    media: ground.media,
    channels: [...catalogue.values()].map((facts) => facts.view),
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
        const to = await core.customerSide.addressOf(conversation)
        if (to) await host.typing(to.account, to.address, on)
      },
      logout: (account) => host.logout(account),
    },
    sandbox: parts.sandbox,
    inboxDir: path.join(ROOT, 'inbox', 'dist'),
    widgetDir: path.join(ROOT, 'widget'),
    ready: () => readiness(db, bus, nats),
    metrics: metrics.registry,
    log: parts.log,
    secret: secrets.derive('http'),
    now: Date.now,
  })
}

/** Applies what arrives, gives out what waits, does what is due. */
const startWorker = (core: Core, leases: Leases, ground: Ground, closing: Closing, log: Logger): void => {
  const lease = leases.keep('ingest', { held: () => core.ingest.start(), lost: () => core.ingest.stop() })
  const tidy = setInterval(() => {
    tidyUp(ground.db, ground.media, Date.now()).catch((error: unknown) => log.warn({ err: error }, 'Could not tidy up'))
  }, HOUR_MS)
  closing.push(
    () => clearInterval(tidy),
    () => core.assigner.stop(),
    () => core.timers.stop(),
    () => core.lostWork.stop(),
    () => lease.release(),
  )
  core.timers.start()
  core.lostWork.start()
  core.assigner.kick(null)
}

/** Loaded only where it is on: in production none of it is there. */
const launchSandbox = async (options: {
  dataDir: string
  hubUrl: string
  localUrl: string
  log: Logger
}): Promise<Sandbox> => (await import('./sandbox-process.ts')).startSandbox(options)

const start = async (config: Config, log: Logger, print: (line: string) => void, closing: Closing): Promise<string> => {
  const ground = await openGround(config, log, closing)
  const { server, door, db, bus, secrets, node } = ground
  const { publicUrl, localUrl } = publicAddress(config, server)
  // It takes its time to get up, so it begins while the rest is put together.
  const launching = config.sandbox ? launchSandbox({ dataDir: config.dataDir, hubUrl: publicUrl, localUrl, log }) : null
  launching?.catch(() => {})
  closing.push(async () => (await launching)?.stop())

  const catalogue = catalogueOf(channels)
  const core = createCore({
    db,
    bus,
    catalogue,
    node,
    now: Date.now,
    onError: (error, doing) => log.error({ err: error, doing }, 'Something failed and will be tried again'),
  })
  closing.push(() => core.outbox.stop())
  const auth = createAuth({ db, secret: secrets.derive('sessions'), publicUrl, now: Date.now })
  const administration = makeAdministration(ground, core, catalogue, auth)
  if (config.admin) {
    const { email, password } = config.admin
    if (await administration.agents.ensureFirstAdministrator(email, password))
      print(`Administrator ${email} was created.`)
  }

  const metrics = createMetrics(() => core.ingest.position())
  const leases = await openLeases(bus, node, (error) => log.warn({ error: String(error) }, 'Lease trouble'))
  const host = await makeHost({ ground, core, leases, metrics, publicUrl, dataDir: config.dataDir, log })
  const sandbox = launching ? async (request: Request) => (await launching).handle(request) : null
  const parts = { ground, core, host, catalogue, administration, auth, metrics, config, publicUrl, sandbox, log }
  const http = makeHttp(parts)
  await http.start()
  closing.push(() => http.stop())

  if (config.roles.has('worker')) startWorker(core, leases, ground, closing, log)
  door.ready(getRequestListener(http.app.fetch))
  if (launching) {
    const { setUpSandbox } = await import('./sandbox-setup.ts')
    await setUpSandbox({ administration, db, sandbox: await launching, print })
  }
  if (config.roles.has('channels')) {
    closing.push(() => host.stop())
    await host.start()
  }
  closing.push(() => server.close())
  return publicUrl
}

/** Starts everything in the order in which each part can stand on the one before, and stops it the other way round. */
export const startHub = async (config: Config, log: Logger, print: (line: string) => void): Promise<Hub> => {
  const closing: Closing = []
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
    return { url: await start(config, log, print, closing), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
