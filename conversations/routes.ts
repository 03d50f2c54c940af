import type { Kysely } from 'kysely'
import type { AccountId, ContactId, Health, IdentityId, Millis } from '../src/model.ts'
import type { Row, Schema } from '../src/schema.ts'
import type { RouteView } from '../src/views.ts'
import { type ChannelCatalogue, factsOf, spaceOf } from './channel-facts.ts'

/**
 * The right channel: from everything known of a contact now, the ways to reach them in order, and for each way that is
 * closed the reason. A pure function; the reads stand below it.
 */

type Reason = NonNullable<RouteView['reason']>

export interface RouteFacts {
  identities: Row<'identities'>[]
  accounts: Row<'accounts'>[]
  suppressions: Row<'suppressions'>[]
}

const windowReason = (identity: Row<'identities'>, now: Millis): Reason | null => {
  if (identity.window_expires_at === null) return 'no_window'
  if (identity.window_expires_at <= now) return 'window_closed'
  return identity.window_remaining !== null && identity.window_remaining <= 0 ? 'quota_used' : null
}

const CLOSED_HEALTH = ['needs_login', 'misconfigured']

const suppressionOf = (facts: RouteFacts, identity: Row<'identities'>, account: AccountId) =>
  facts.suppressions.find(
    (entry) => entry.space === identity.space && entry.address === identity.address && entry.account_id === account,
  )

/** Most recently used first; the account by which the person wrote before other accounts of the channel. */
const byUse = (a: RouteView & { rank: number }, b: RouteView & { rank: number }): number =>
  Number(b.possible) - Number(a.possible) || b.rank - a.rank

export const rankRoutes = (facts: RouteFacts, catalogue: ChannelCatalogue, now: Millis): RouteView[] => {
  const candidates = facts.identities.flatMap((identity) =>
    facts.accounts
      .filter(
        (account) =>
          account.channel === identity.channel &&
          spaceOf(factsOf(catalogue, account.channel), account.id) === identity.space,
      )
      .map((account) => {
        const { view } = factsOf(catalogue, account.channel)
        const { capabilities } = view
        const health = JSON.parse(account.health) as Health
        const suppression = suppressionOf(facts, identity, account.id)
        const heard = identity.last_seen_at !== null
        const reason: Reason | null = !account.enabled
          ? 'account_disabled'
          : CLOSED_HEALTH.includes(health.state)
            ? 'account_down'
            : suppression
              ? 'suppressed'
              : capabilities.replyWindow
                ? windowReason(identity, now)
                : !capabilities.startsConversations && !heard
                  ? 'no_window'
                  : null
        const window =
          identity.window_expires_at === null
            ? null
            : { expiresAt: identity.window_expires_at, remaining: identity.window_remaining }
        const mine = identity.account_id === account.id
        return {
          identityId: identity.id,
          accountId: account.id,
          channel: account.channel,
          glyph: view.glyph,
          accountName: account.name,
          address: identity.address,
          displayName: identity.display_name,
          possible: reason === null,
          reason,
          evidence: suppression?.evidence ?? null,
          window: capabilities.replyWindow ? window : null,
          capabilities,
          rank: (identity.last_seen_at ?? 0) + (mine ? 0.5 : 0),
        }
      }),
  )
  return candidates.sort(byUse).map(({ rank: _, ...route }) => route)
}

export const loadRouteFacts = async (db: Kysely<Schema>, contact: ContactId): Promise<RouteFacts> => {
  const identities = await db.selectFrom('identities').selectAll().where('contact_id', '=', contact).execute()
  if (identities.length === 0) return { identities, accounts: [], suppressions: [] }
  const channels = [...new Set(identities.map((identity) => identity.channel))]
  const addresses = identities.map((identity) => identity.address)
  const accounts = await db.selectFrom('accounts').selectAll().where('channel', 'in', channels).execute()
  const suppressions = await db.selectFrom('suppressions').selectAll().where('address', 'in', addresses).execute()
  return { identities, accounts, suppressions }
}

/** The ways to reach a contact now, best first. */
export const routesFor = async (
  db: Kysely<Schema>,
  catalogue: ChannelCatalogue,
  contact: ContactId,
  now: Millis,
): Promise<RouteView[]> => rankRoutes(await loadRouteFacts(db, contact), catalogue, now)

/** Picks the route that was asked for, else the first that is possible, else the first with its reason. */
export const chooseRoute = (
  routes: RouteView[],
  asked: { identityId?: IdentityId | undefined; accountId?: AccountId | undefined },
): RouteView | undefined =>
  asked.identityId && asked.accountId
    ? routes.find((route) => route.identityId === asked.identityId && route.accountId === asked.accountId)
    : (routes.find((route) => route.possible) ?? routes[0])

/** What to tell a person whose route is closed. */
export const explainReason = (route: RouteView): string => {
  const name = route.accountName
  switch (route.reason) {
    case 'account_disabled':
      return `${name} is switched off. Choose another channel, or ask an administrator to switch it on.`
    case 'account_down':
      return `${name} is not logged in or misconfigured. Choose another channel, or see Settings → Accounts.`
    case 'suppressed':
      return `The contact asked not to be written to by ${name} (${route.evidence ?? 'stop'}). Choose another channel.`
    case 'window_closed':
      return `The reply window of ${name} has closed. It opens again when the contact writes. Choose another channel.`
    case 'quota_used':
      return `All messages that ${name} allows until the contact writes again are used. Choose another channel.`
    case 'no_window':
      return `${name} allows a message only after the contact wrote first. Choose another channel.`
    default:
      return `${name} cannot be used now. Choose another channel.`
  }
}
