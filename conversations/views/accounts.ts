import type { Queries } from '../../src/db.ts'
import type { AccountId, Health } from '../../src/model.ts'
import type { Row } from '../../src/schema.ts'
import { maskSettings } from '../../src/secrets.ts'
import type { AccountBriefView, AccountView, ChannelView, DeadLetterView } from '../../src/views.ts'
import { decodeCursor, type Page, toPage } from './page.ts'

/** What an account's row does not know: its channel's glyph and where the provider reaches it. */
export interface AccountSurroundings {
  channels: ChannelView[]
  publicUrl: string
}

const toBrief = (row: Row<'accounts'>, surroundings: AccountSurroundings): AccountBriefView => ({
  id: row.id,
  channel: row.channel,
  glyph: surroundings.channels.find((channel) => channel.channel === row.channel)?.glyph ?? 'hook',
  name: row.name,
})

const toAccountView = (row: Row<'accounts'>, surroundings: AccountSurroundings): AccountView => ({
  ...toBrief(row, surroundings),
  teamId: row.team_id,
  enabled: row.enabled === 1,
  sandbox: row.sandbox === 1,
  config: maskSettings(row.config),
  health: JSON.parse(row.health) as Health,
  healthAt: row.health_at,
  hookUrl: `${surroundings.publicUrl}/hooks/${row.id}`,
  createdAt: row.created_at,
})

const accounts = (db: Queries) => db.selectFrom('accounts').selectAll().orderBy('created_at').orderBy('id').execute()

export const listAccounts = async (db: Queries, surroundings: AccountSurroundings): Promise<AccountView[]> =>
  (await accounts(db)).map((row) => toAccountView(row, surroundings))

export const listAccountBriefs = async (db: Queries, surroundings: AccountSurroundings): Promise<AccountBriefView[]> =>
  (await accounts(db)).map((row) => toBrief(row, surroundings))

export const readAccount = async (
  db: Queries,
  surroundings: AccountSurroundings,
  id: string,
): Promise<AccountView | null> => {
  const row = await db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', id as AccountId)
    .executeTakeFirst()
  return row ? toAccountView(row, surroundings) : null
}

const toDeadLetterView = (row: Row<'dead_letters'>): DeadLetterView => ({
  id: row.id,
  accountId: row.account_id,
  stage: row.stage,
  payload: row.payload,
  error: row.error,
  createdAt: row.created_at,
  replayedAt: row.replayed_at,
})

/** Newest first. */
export const listDeadLetters = async (
  db: Queries,
  filter: { cursor?: string | undefined; limit: number },
): Promise<Page<DeadLetterView>> => {
  const from = filter.cursor === undefined ? null : decodeCursor(filter.cursor)
  const rows = await db
    .selectFrom('dead_letters')
    .selectAll()
    .$if(from !== null, (query) =>
      query.where((eb) =>
        eb.or([
          eb('created_at', '<', from?.value ?? 0),
          eb.and([eb('created_at', '=', from?.value ?? 0), eb('id', '<', from?.id ?? '')]),
        ]),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
    .execute()
  return toPage(
    rows,
    filter.limit,
    (row) => ({ value: row.created_at, id: row.id }),
    (kept) => kept.map(toDeadLetterView),
  )
}
