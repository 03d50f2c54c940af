import path from 'node:path'
import type { Logger } from 'pino'
import { createHost, type Host, type HostAccount } from '../../adapters/host.ts'
import { channels } from '../../adapters/registry.ts'
import type { Core } from '../core.ts'
import { announceTyping } from '../http/typing.ts'
import type { Leases } from '../leases.ts'
import type { Metrics } from '../metrics.ts'
import type { Cursor } from '../model.ts'
import type { Row } from '../schema.ts'
import { openSettings, type Secrets } from '../secrets.ts'
import { openSharedValues } from '../shared-values.ts'
import type { Ground } from './ground.ts'

/** Null, with a word in the log, when the secrets of one account cannot be opened: the others run all the same. */
const openAccount = (secrets: Secrets, log: Logger, row: Row<'accounts'>): HostAccount | null => {
  try {
    return {
      id: row.id,
      channel: row.channel,
      name: row.name,
      config: openSettings(secrets, row.id, row.config),
      enabled: row.enabled === 1,
      version: `${row.enabled}/${row.updated_at}`,
    }
  } catch (error) {
    log.error(
      { account: row.id, error: error instanceof Error ? error.message : String(error) },
      'The secrets of an account cannot be opened: put back the SECRET_KEY they were sealed with, or enter them again',
    )
    return null
  }
}

/** Hands the host everything of the hub that adapters may reach. */
export const makeHost = async (parts: {
  ground: Ground
  core: Core
  leases: Leases
  metrics: Metrics
  publicUrl: string
  dataDir: string
  log: Logger
}): Promise<Host> => {
  const { core, metrics, log, ground } = parts
  const { db, bus, media, secrets, node } = ground
  const { customerSide } = core
  return createHost({
    channels,
    bus,
    leases: parts.leases,
    shared: await openSharedValues(bus, node, Date.now, secrets),
    publicUrl: parts.publicUrl,
    stateDir: path.join(parts.dataDir, 'accounts'),
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
      return rows.flatMap((row) => openAccount(secrets, log, row) ?? [])
    },
    claim: core.claim,
    history: customerSide.history,
    attended: customerSide.attended,
    mayRead: customerSide.mayRead,
    onTyping(account, address, on) {
      void customerSide
        .conversationOf(account, address)
        .then((row) => row && announceTyping(bus, row, { who: 'customer', agentId: null, on }))
        .catch((error: unknown) => log.debug({ error: String(error) }, 'A typing signal was lost'))
    },
    now: Date.now,
    log,
    onReceived: (channel, kind) => metrics.received.inc({ channel, kind }),
    onSent: (channel, outcome, ms) => metrics.sent.observe({ channel, outcome }, ms / 1000),
  })
}
