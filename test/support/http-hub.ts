import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type ServerType, serve } from '@hono/node-server'
import { Registry } from 'prom-client'
import { createAdministration } from '../../conversations/administration/administration.ts'
import type { ChannelFacts } from '../../conversations/channel-facts.ts'
import { routesFor } from '../../conversations/routes.ts'
import type { Auth } from '../../src/auth.ts'
import { createAuth } from '../../src/auth.ts'
import type { Bus } from '../../src/bus.ts'
import { type Core, createCore } from '../../src/core.ts'
import type { Db, Dialect } from '../../src/db.ts'
import { createApp, type HttpApp } from '../../src/http/app.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
import { newId } from '../../src/ids.ts'
import { openMediaStore } from '../../src/media.ts'
import type { AccountId, AgentId, ContactId, ConversationId, IdentityId, Role, TeamId } from '../../src/model.ts'
import { openSecrets, type Secrets } from '../../src/secrets.ts'
import type { ChannelView } from '../../src/views.ts'
import { openTestDatabase } from './databases.ts'
import { startTestNats } from './nats.ts'

const capabilities = {
  text: { maxLength: 1000, formats: ['plain' as const] },
  media: { image: { maxBytes: 5_000_000, mimeTypes: [] } },
  subject: false,
  receipts: ['delivered'],
  idempotency: 'native' as const,
  startsConversations: true,
  replyWindow: null,
  concurrency: 4,
}

/** A channel that exists in tests only: HTTP must not care which ones there are. */
const channel: ChannelView = {
  channel: 'pigeon',
  label: { en: 'Pigeon', zh: '信鸽' },
  glyph: 'chat',
  capabilities,
  fields: [
    { key: 'loft', type: 'text', label: { en: 'Loft', zh: '鸽舍' }, required: true },
    { key: 'whistle', type: 'secret', label: { en: 'Whistle', zh: '哨子' }, required: true },
  ],
}

const facts: ChannelFacts = {
  view: channel,
  addressSpace: 'account',
  normalize: (raw) => raw.trim().toLowerCase() || null,
}

export const PASSWORD = 'correct horse battery'

export interface Person {
  id: AgentId
  email: string
  token: string
}

export interface HttpHub {
  db: Db
  bus: Bus
  core: Core
  auth: Auth
  secrets: Secrets
  http: HttpApp
  deps: HttpDeps
  /** Where the server listens. */
  url: string
  accountsChanged: AccountId[]
  hooked: Request[]
  typed: { conversation: ConversationId; on: boolean }[]
  dataDir: string
  person(role: Role, options?: { teamIds?: TeamId[]; name?: string }): Promise<Person>
  /** A request by token, or without one. */
  ask(
    person: Person | null,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** A conversation with one message from a customer. */
  conversation(options?: {
    teamId?: TeamId | null
    assigneeId?: AgentId | null
    text?: string
    name?: string
    at?: number
  }): Promise<{
    id: ConversationId
    contactId: ContactId
    identityId: IdentityId
    accountId: AccountId
  }>
  close(): Promise<void>
}

const listen = (fetch: HttpApp['app']['fetch']): Promise<{ server: ServerType; url: string }> =>
  new Promise((resolve) => {
    // As the hub itself serves: what a request is made of differs otherwise.
    const options = { fetch: fetch as never, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false }
    const server = serve(options, (info: AddressInfo) => resolve({ server, url: `http://127.0.0.1:${info.port}` }))
  })

const PUBLIC_URL = 'http://hub.test'

/** The HTTP side on a real database, a real nats-server and the real commands; only adapters are not there. */
export const startHttpHub = async (dialect: Dialect, change: Partial<HttpDeps> = {}): Promise<HttpHub> => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'onethread-http-'))
  const [database, nats] = await Promise.all([openTestDatabase(dialect), startTestNats()])
  const { db } = database
  const { bus } = nats
  const secrets = await openSecrets({ key: null, dataDir })
  const catalogue = new Map([[channel.channel, facts]])
  const failures: unknown[] = []
  const core = createCore({ db, bus, catalogue, node: 'test', now: Date.now, onError: (error) => failures.push(error) })
  const auth = createAuth({ db, secret: secrets.derive('sessions'), publicUrl: PUBLIC_URL, now: Date.now })
  const accountsChanged: AccountId[] = []
  const hooked: Request[] = []
  const typed: HttpHub['typed'] = []
  const administration = createAdministration({
    db,
    transact: core.transact,
    secrets,
    channels: [channel],
    validateSettings: (_, settings) =>
      typeof settings.loft === 'string' && typeof settings.whistle === 'string'
        ? { ok: true }
        : { ok: false, issues: ['loft and whistle are needed'] },
    accountChanged: (id) => void accountsChanged.push(id),
    credentials: auth,
    workforceChanged: () => core.assigner.kick(null),
  })
  const contactOf = async (of: { contactId: ContactId } | { conversationId: ConversationId }) =>
    'contactId' in of
      ? of.contactId
      : (
          await db.kysely
            .selectFrom('conversations')
            .select('contact_id')
            .where('id', '=', of.conversationId)
            .executeTakeFirstOrThrow()
        ).contact_id
  const deps: HttpDeps = {
    db,
    bus,
    config: { publicUrl: PUBLIC_URL, sandbox: true, version: '1.2.3' },
    commands: core.commands,
    administration,
    auth,
    media: await openMediaStore(path.join(dataDir, 'media')),
    channels: [channel],
    routesFor: async (of) => routesFor(db.kysely, catalogue, await contactOf(of), Date.now()),
    hooks: async (account, request) => {
      if (account !== 'open-account') return null
      // Read as an adapter reads it, before the answer.
      const body = request.body && (await request.arrayBuffer())
      hooked.push(new Request(request.url, { method: request.method, headers: request.headers, body }))
      return new Response('<Response/>', { headers: { 'content-type': 'text/xml' } })
    },
    adapterPowers: {
      typing: async (conversation, on) => void typed.push({ conversation, on }),
      logout: async () => false,
    },
    sandbox: null,
    inboxDir: path.join(dataDir, 'inbox'),
    widgetDir: path.join(dataDir, 'widget'),
    ready: async () => ({ ok: true, checks: {} }),
    metrics: new Registry(),
    log: { debug() {}, info() {}, warn() {}, error: (fields: unknown) => void failures.push(fields) },
    secret: secrets.derive('idempotency'),
    now: Date.now,
    ...change,
  }
  const http = createApp(deps)
  await http.start()
  const { server, url } = await listen(http.app.fetch)

  const hub: HttpHub = {
    db,
    bus,
    core,
    auth,
    secrets,
    http,
    deps,
    url,
    accountsChanged,
    hooked,
    typed,
    dataDir,

    async person(role, options = {}) {
      const email = `${role}-${newId()}@example.com`
      const made = await administration.agents.create({
        email,
        name: options.name ?? role,
        password: PASSWORD,
        role,
        teamIds: options.teamIds,
      })
      if (!made.ok) throw new Error(made.problem.detail)
      const { token } = await auth.tokens.create(made.value, { name: 'test', expiresInDays: null })
      return { id: made.value, email, token }
    },

    ask(person, method, to, body, headers) {
      const all = new Headers(headers)
      if (person) all.set('authorization', `Bearer ${person.token}`)
      const raw = body instanceof Uint8Array || typeof body === 'string'
      if (body !== undefined && !raw) all.set('content-type', 'application/json')
      return fetch(`${url}${to}`, {
        method,
        headers: all,
        ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
        redirect: 'manual',
      })
    },

    async conversation(options = {}) {
      const ids = {
        id: newId<ConversationId>(),
        contactId: newId<ContactId>(),
        identityId: newId<IdentityId>(),
        accountId: newId<AccountId>(),
      }
      const at = options.at ?? Date.now()
      const { teamId = null, assigneeId = null, text = 'hello', name = null } = options
      await db.write(async (tx) => {
        await tx
          .insertInto('accounts')
          .values({
            id: ids.accountId,
            channel: 'pigeon',
            name: 'Pigeons',
            config: '{}',
            team_id: teamId,
            enabled: 1,
            sandbox: 0,
            health: '{"state":"ok","detail":""}',
            health_at: at,
            created_at: at,
            updated_at: at,
          })
          .execute()
        await tx
          .insertInto('contacts')
          .values({
            id: ids.contactId,
            name,
            language: null,
            time_zone: null,
            joined_into: null,
            created_at: at,
            updated_at: at,
          })
          .execute()
        await tx
          .insertInto('identities')
          .values({
            id: ids.identityId,
            contact_id: ids.contactId,
            account_id: ids.accountId,
            channel: 'pigeon',
            space: ids.accountId,
            address: `roof-${ids.identityId}`,
            display_name: name,
            verified: 1,
            thread: 't',
            last_seen_at: at,
            window_expires_at: null,
            window_remaining: null,
            created_at: at,
          })
          .execute()
        await tx
          .insertInto('conversations')
          .values({
            id: ids.id,
            contact_id: ids.contactId,
            account_id: ids.accountId,
            identity_id: ids.identityId,
            team_id: teamId,
            assignee_id: assigneeId,
            assigned_at: assigneeId ? at : null,
            status: 'open',
            priority: 'normal',
            subject: null,
            waiting_since: at,
            unread: 1,
            snoozed_until: null,
            preview: text,
            preview_direction: 'in',
            last_message_at: at,
            last_seq: 0,
            created_at: at,
            updated_at: at,
            resolved_at: null,
          })
          .execute()
        const { seq } = await tx
          .insertInto('messages')
          .values({
            id: newId(),
            conversation_id: ids.id,
            account_id: ids.accountId,
            identity_id: ids.identityId,
            direction: 'in',
            author_id: null,
            text,
            html: null,
            subject: null,
            quoted_from: null,
            thread: 't',
            remote_id: newId(),
            reply_to: null,
            withdrawn_at: null,
            sent_at: at,
            created_at: at,
          })
          .returning('seq')
          .executeTakeFirstOrThrow()
        await tx.updateTable('conversations').set({ last_seq: seq }).where('id', '=', ids.id).execute()
      })
      return ids
    },

    async close() {
      await http.stop()
      await new Promise((resolve) => server.close(resolve))
      await core.outbox.stop()
      await nats.close()
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return hub
}
