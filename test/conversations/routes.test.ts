import { describe, expect, test } from 'vitest'
import { channels } from '../../adapters/registry.ts'
import { chooseRoute, explainReason, type RouteFacts, rankRoutes } from '../../conversations/routes.ts'
import { catalogueOf } from '../../src/catalogue.ts'
import type { AccountId, ContactId, IdentityId } from '../../src/model.ts'

const catalogue = catalogueOf(channels)
const NOW = 1_000_000
type Identity = RouteFacts['identities'][number]
type Account = RouteFacts['accounts'][number]

const SPACES: Record<string, string> = { sms: 'phone', email: 'email' }
const identity = (id: string, channel: string, more: Partial<Identity> = {}): Identity => ({
  id: id as IdentityId,
  contact_id: 'contact' as ContactId,
  account_id: channel as AccountId,
  channel,
  space: SPACES[channel] ?? channel,
  address: id,
  display_name: null,
  verified: 1,
  thread: null,
  last_seen_at: NOW - 1000,
  window_expires_at: null,
  window_remaining: null,
  created_at: 0,
  ...more,
})
const account = (channel: string, more: Partial<Account> = {}): Account => ({
  id: channel as AccountId,
  channel,
  name: `Our ${channel}`,
  config: '{}',
  team_id: null,
  enabled: 1,
  sandbox: 0,
  health: '{"state":"ok","detail":""}',
  health_at: 0,
  created_at: 0,
  updated_at: 0,
  ...more,
})
const rank = (facts: Partial<RouteFacts>) =>
  rankRoutes({ identities: [], accounts: [], suppressions: [], ...facts }, catalogue, NOW)

const sick = (state: string) => ({ health: JSON.stringify({ state, detail: '' }) })
const windowed = (expiresAt: number | null, remaining: number | null) =>
  identity('openid', 'wechat-official', { window_expires_at: expiresAt, window_remaining: remaining })
const stop = {
  space: 'phone',
  address: '+1',
  account_id: 'sms' as AccountId,
  reason: 'stop' as const,
  evidence: 'STOP please',
  at: 0,
}

describe('why a way is open or closed', () => {
  const phone = identity('+1', 'sms')
  test.each<[string, Identity, Account, RouteFacts['suppressions'], string | null]>([
    ['nothing against it', phone, account('sms'), [], null],
    ['never heard, but we may begin', { ...phone, last_seen_at: null }, account('sms'), [], null],
    ['only trouble, not down', phone, account('sms', sick('degraded')), [], null],
    ['down is waited for', phone, account('sms', sick('down')), [], null],
    ['switched off', phone, account('sms', { enabled: 0 }), [], 'account_disabled'],
    ['wants a login', phone, account('sms', sick('needs_login')), [], 'account_down'],
    ['wrong settings', phone, account('sms', sick('misconfigured')), [], 'account_down'],
    ['asked us to stop', phone, account('sms'), [stop], 'suppressed'],
    ['asked another account to stop', phone, account('sms'), [{ ...stop, account_id: 'x' as AccountId }], null],
    ['switched off and stopped', phone, account('sms', { enabled: 0 }), [stop], 'account_disabled'],
    ['no window yet', windowed(null, null), account('wechat-official'), [], 'no_window'],
    ['window over this moment', windowed(NOW, 5), account('wechat-official'), [], 'window_closed'],
    ['quota used', windowed(NOW + 1, 0), account('wechat-official'), [], 'quota_used'],
    ['window open', windowed(NOW + 1, 1), account('wechat-official'), [], null],
    ['window without a quota', windowed(NOW + 1, null), account('wechat-official'), [], null],
  ])('%s', (_, who, by, suppressions, reason) => {
    const [route] = rank({ identities: [who], accounts: [by], suppressions })
    expect(route).toMatchObject({ possible: reason === null, reason })
    if (reason && route) expect(explainReason(route)).toMatch(/Our .+\. .*(Choose|See) .+\.$|Our .+switched off/)
  })
})

test('what is possible comes first, then what the person used last', () => {
  const routes = rank({
    identities: [
      identity('+1', 'sms', { last_seen_at: NOW - 10 }),
      identity('a@example.com', 'email', { last_seen_at: NOW - 500 }),
      identity('openid', 'wechat-official', { last_seen_at: NOW - 1 }),
    ],
    accounts: [account('email'), account('wechat-official'), account('sms')],
  })
  expect(routes.map((route) => route.channel)).toEqual(['sms', 'email', 'wechat-official'])
})

test('of two accounts of a channel the one by which the person wrote comes first', () => {
  const routes = rank({
    identities: [identity('+1', 'sms', { account_id: 'second' as AccountId })],
    accounts: [account('sms'), account('sms', { id: 'second' as AccountId })],
  })
  expect(routes.map((route) => route.accountId)).toEqual(['second', 'sms'])
})

test('an address that only its own account knows is not offered by another', () => {
  const routes = rank({
    identities: [windowed(NOW + 1, 5)],
    accounts: [account('wechat-official', { id: 'other' as AccountId })],
  })
  expect(routes).toEqual([])
})

test('what was asked for is taken even when closed, so that the reason can be told', () => {
  const routes = rank({
    identities: [identity('+1', 'sms'), identity('a@example.com', 'email')],
    accounts: [account('sms'), account('email', { enabled: 0 })],
  })
  expect(chooseRoute(routes, {})).toMatchObject({ channel: 'sms' })
  const asked = { identityId: 'a@example.com' as IdentityId, accountId: 'email' as AccountId }
  expect(chooseRoute(routes, asked)).toMatchObject({ reason: 'account_disabled' })
  expect(chooseRoute(routes, { ...asked, accountId: 'sms' as AccountId })).toBeUndefined()
})
