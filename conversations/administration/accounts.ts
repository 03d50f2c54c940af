import type { Queries } from '../../src/db.ts'
import { newId } from '../../src/ids.ts'
import type { AccountId, Health, TeamId } from '../../src/model.ts'
import { openSettings, type Secrets, type Settings, sealSettings } from '../../src/secrets.ts'
import type { ChannelView } from '../../src/views.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import type { Transact, Unit } from '../unit.ts'

export interface NewAccount {
  channel: string
  name: string
  config: Settings
  teamId?: string | null | undefined
  enabled?: boolean | undefined
  sandbox?: boolean | undefined
}

export interface AccountChange {
  name?: string | undefined
  /** Fields not given stay as they are; null takes one away; a secret given as `{ "set": true }` stays. */
  config?: Settings | undefined
  teamId?: string | null | undefined
  enabled?: boolean | undefined
}

export interface Accounts {
  create(input: NewAccount): Promise<Outcome<AccountId>>
  update(id: AccountId, change: AccountChange): Promise<Outcome<void>>
  remove(id: AccountId): Promise<Outcome<void>>
}

export interface AccountsDeps {
  db: { kysely: Queries }
  transact: Transact
  secrets: Secrets
  channels: ChannelView[]
  /** Checks settings against the channel's schema; the issues are for people. */
  validateSettings(channel: string, settings: Settings): { ok: true } | { ok: false; issues: string[] }
  /** Tells the host that an account came, changed or went. */
  accountChanged(id: AccountId): void
}

const WAITING: Health = { state: 'connecting', detail: 'The hub has not connected it yet.' }
const OFF: Health = { state: 'down', detail: 'The account is switched off.' }

const noAccount = () => refused(404, 'account_not_found', 'There is no such account.')

const isKept = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (value as { set?: unknown }).set === true

/** The stored settings with the change on top. */
const merged = (before: Settings, change: Settings): Settings => {
  const entries = Object.entries(change).filter(([, value]) => !isKept(value))
  const removed = entries.filter(([, value]) => value === null).map(([key]) => key)
  const kept = Object.entries(before).filter(([key]) => !removed.includes(key))
  return Object.fromEntries([...kept, ...entries.filter(([, value]) => value !== null)])
}

const teamExists = async (db: Queries, id: TeamId): Promise<boolean> =>
  (await db.selectFrom('teams').select('id').where('id', '=', id).executeTakeFirst()) !== undefined

export const createAccounts = (deps: AccountsDeps): Accounts => {
  const secretKeys = (channel: string): string[] =>
    deps.channels
      .find((entry) => entry.channel === channel)
      ?.fields.filter((field) => field.type === 'secret')
      .map((field) => field.key) ?? []

  const checkTeam = async (db: Queries, teamId: string | null | undefined): Promise<Outcome<void>> =>
    teamId && !(await teamExists(db, teamId as TeamId))
      ? refused(422, 'team_not_found', 'There is no such team: choose one of GET /api/v1/teams, or null for none.')
      : done(undefined)

  const checkSettings = (channel: string, settings: Settings): Outcome<void> => {
    const checked = deps.validateSettings(channel, settings)
    if (checked.ok) return done(undefined)
    return refused(422, 'invalid_settings', `The settings do not fit the channel: ${checked.issues.join('; ')}.`)
  }

  const announce = (unit: Unit, id: AccountId, list: boolean) => {
    unit.announce({ audience: { kind: 'staff' }, event: { type: 'account.changed', accountId: id } })
    if (list) unit.announce({ audience: { kind: 'staff' }, event: { type: 'settings.changed', what: 'accounts' } })
    unit.afterCommit(() => deps.accountChanged(id))
  }

  return {
    async create(input) {
      if (!deps.channels.some((channel) => channel.channel === input.channel))
        return refused(422, 'unknown_channel', 'There is no such channel: choose one of GET /api/v1/channels.')
      const settings = merged({}, input.config)
      const checked = checkSettings(input.channel, settings)
      if (!checked.ok) return checked
      const id = newId<AccountId>()
      const config = sealSettings(deps.secrets, id, secretKeys(input.channel), settings)
      return deps.transact(async (unit) => {
        const team = await checkTeam(unit.tx, input.teamId)
        if (!team.ok) return team
        const enabled = input.enabled ?? true
        await unit.tx
          .insertInto('accounts')
          .values({
            id,
            channel: input.channel,
            name: input.name,
            config,
            team_id: (input.teamId ?? null) as TeamId | null,
            enabled: enabled ? 1 : 0,
            sandbox: input.sandbox ? 1 : 0,
            health: JSON.stringify(enabled ? WAITING : OFF),
            health_at: unit.now,
            created_at: unit.now,
            updated_at: unit.now,
          })
          .execute()
        announce(unit, id, true)
        return done(id)
      })
    },

    async update(id, change) {
      return deps.transact(async (unit) => {
        const row = await unit.tx.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
        if (!row) return noAccount()
        const team = await checkTeam(unit.tx, change.teamId)
        if (!team.ok) return team
        const settings = change.config && merged(openSettings(deps.secrets, id, row.config), change.config)
        const checked = settings ? checkSettings(row.channel, settings) : done(undefined)
        if (!checked.ok) return checked
        await unit.tx
          .updateTable('accounts')
          .set({
            updated_at: unit.now,
            ...(change.name === undefined ? {} : { name: change.name }),
            ...(settings ? { config: sealSettings(deps.secrets, id, secretKeys(row.channel), settings) } : {}),
            ...(change.teamId === undefined ? {} : { team_id: change.teamId as TeamId | null }),
            ...(change.enabled === undefined ? {} : { enabled: change.enabled ? 1 : 0 }),
            ...(change.enabled === false ? { health: JSON.stringify(OFF), health_at: unit.now } : {}),
          })
          .where('id', '=', id)
          .execute()
        announce(unit, id, false)
        return done(undefined)
      })
    },

    async remove(id) {
      return deps.transact(async (unit) => {
        const row = await unit.tx.selectFrom('accounts').select('id').where('id', '=', id).executeTakeFirst()
        if (!row) return noAccount()
        const used = await unit.tx
          .selectFrom('identities')
          .select('id')
          .where('account_id', '=', id)
          .limit(1)
          .executeTakeFirst()
        const spoke = await unit.tx
          .selectFrom('conversations')
          .select('id')
          .where('account_id', '=', id)
          .limit(1)
          .executeTakeFirst()
        // Of a phone number or mail address known to several accounts, the newest stands there; messages keep theirs.
        const wrote = await unit.tx
          .selectFrom('messages')
          .select('id')
          .where('account_id', '=', id)
          .limit(1)
          .executeTakeFirst()
        if (used || spoke || wrote)
          return refused(
            409,
            'account_in_use',
            'Customers have written to this account, and their messages stay. Switch it off instead: PATCH it with {"enabled": false}.',
          )
        await unit.tx.deleteFrom('accounts').where('id', '=', id).execute()
        announce(unit, id, true)
        return done(undefined)
      })
    },
  }
}
