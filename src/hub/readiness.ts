import type { Bus } from '../bus.ts'
import { type Db, isMigrated } from '../db.ts'
import type { NatsServer } from '../nats-server.ts'

/** What /readyz answers. */

const check = async (probe: () => Promise<string>) =>
  probe().then(
    (detail) => ({ ok: true, detail }),
    (error: unknown) => ({ ok: false, detail: error instanceof Error ? error.message : String(error) }),
  )

export const readiness = async (db: Db, bus: Bus, nats: NatsServer | null) => {
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
