import * as v from 'valibot'
import { seesEverything } from '../../../conversations/rights.ts'
import { listAccountBriefs, listAccounts, readAccount } from '../../../conversations/views/accounts.ts'
import type { AccountId } from '../../model.ts'
import { accountBriefView, accountView, channelView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import { orMissing, orRefuse, refuse } from '../problem.ts'
import { type DefineRoute, idText, isShortJson, listOf, nameText } from '../route.ts'

const TAG = 'Accounts'

const MAX_SETTINGS = 100_000

const settings = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check((value) => isShortJson(value, MAX_SETTINGS), `settings take at most ${MAX_SETTINGS} characters`),
)

export const defineAccounts = (define: DefineRoute, deps: HttpDeps): void => {
  const db = deps.db.kysely
  const { accounts } = deps.administration
  const surroundings = { channels: deps.channels, publicUrl: deps.config.publicUrl }
  const read = async (id: string) => orMissing(await readAccount(db, surroundings, id), 'account')

  define('GET', '/api/v1/channels', {
    tag: TAG,
    summary: 'Channels that can be set up, with their settings and what they can do',
    answer: listOf(channelView),
    handle: async () => ({ items: deps.channels }),
  })

  define('GET', '/api/v1/accounts', {
    tag: TAG,
    summary: 'List accounts',
    description: 'Administrators and supervisors get everything but secrets; others what names an account.',
    answer: listOf(v.union([accountView, accountBriefView])),
    handle: async ({ viewer }) => ({
      items: seesEverything(viewer) ? await listAccounts(db, surroundings) : await listAccountBriefs(db, surroundings),
    }),
  })

  define('POST', '/api/v1/accounts', {
    tag: TAG,
    summary: 'Add an account',
    description: 'The channel says in `fields` which settings it takes; secrets are encrypted and never read back.',
    body: v.object({
      channel: v.pipe(v.string(), v.maxLength(50)),
      name: nameText(100),
      config: v.optional(settings, {}),
      teamId: v.optional(v.nullable(idText)),
      enabled: v.optional(v.boolean()),
    }),
    status: 201,
    answer: accountView,
    handle: async ({ body }) => read(orRefuse(await accounts.create(body))),
  })

  define('GET', '/api/v1/accounts/:id', {
    tag: TAG,
    summary: 'Read an account',
    answer: accountView,
    handle: ({ id }) => read(id),
  })

  define('PATCH', '/api/v1/accounts/:id', {
    tag: TAG,
    summary: 'Change an account',
    description: 'Settings that are not given stay, secrets too; null takes one away.',
    body: v.object({
      name: v.optional(nameText(100)),
      config: v.optional(settings),
      teamId: v.optional(v.nullable(idText)),
      enabled: v.optional(v.boolean()),
    }),
    answer: accountView,
    async handle({ id, body }) {
      orRefuse(await accounts.update(id as AccountId, body))
      return read(id)
    },
  })

  define('DELETE', '/api/v1/accounts/:id', {
    tag: TAG,
    summary: 'Delete an account that nobody has written to',
    status: 204,
    async handle({ id }) {
      orRefuse(await accounts.remove(id as AccountId))
    },
  })

  define('POST', '/api/v1/accounts/:id/logout', {
    tag: TAG,
    summary: 'End the login of an account, so that a new QR code comes',
    status: 204,
    async handle({ id }) {
      const account = await read(id)
      if (!(await deps.adapterPowers.logout(account.id as AccountId)))
        refuse(409, 'no_login', 'This account has no login to end: it is switched off, or its channel needs none.')
    },
  })
}
