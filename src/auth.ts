import { apiKey } from '@better-auth/api-key'
import { kyselyAdapter } from '@better-auth/kysely-adapter'
import { betterAuth } from 'better-auth/minimal'
import { type Kysely, sql } from 'kysely'
import type { Db } from './db.ts'
import { newId } from './ids.ts'
import type { AgentId, Millis } from './model.ts'

/**
 * Who may come in: e-mail and password with session cookies, and API tokens, kept by better-auth. What a person may do
 * stands elsewhere (`agents`, src/http/rights-table.ts); an `auth_user` is the credential of the agent of the same id.
 */
export interface Auth {
  /** Null when e-mail or password is wrong. `cookies` are the Set-Cookie values of the new session. */
  signIn(
    input: { email: string; password: string },
    headers: Headers,
  ): Promise<{ agentId: AgentId; cookies: string[] } | null>
  /** Ends the session of the request's cookie; the cookies returned clear it. */
  signOut(headers: Headers): Promise<string[]>
  /** Whose session the request's cookie is. `cookies` renew it from time to time. */
  session(headers: Headers): Promise<{ agentId: AgentId; cookies: string[] } | null>
  /** The agent a bearer token acts for. */
  token(bearer: string): Promise<AgentId | null>
  hashPassword(password: string): Promise<string>
  checkPassword(agent: AgentId, password: string): Promise<boolean>
  setPassword(agent: AgentId, password: string): Promise<void>
  /** Signs the agent out everywhere. */
  endSessions(agent: AgentId): Promise<void>
  tokens: {
    create(agent: AgentId, input: { name: string; expiresInDays: number | null }): Promise<NewToken>
    list(agent: AgentId | null): Promise<Token[]>
    /** For whom it acted; null when there is no such token (of that agent, unless null). */
    revoke(agent: AgentId | null, id: string): Promise<AgentId | null>
    /** Call when another node changed a token. */
    forget(): void
  }
}

export interface Token {
  id: string
  agentId: AgentId
  name: string
  /** Its first characters, to tell tokens apart. */
  start: string
  createdAt: Millis
  expiresAt: Millis | null
  lastUsedAt: Millis | null
}

export interface NewToken extends Token {
  /** The whole token: shown once, kept only as a hash. */
  token: string
}

export const MIN_PASSWORD = 10
/** Longer ones only cost the hash function time. */
export const MAX_PASSWORD = 128

const SESSION_S = 30 * 24 * 3600
const SESSION_RENEWED_EVERY_S = 24 * 3600
const DAY_S = 24 * 3600
/** A token is looked up again after this time: better-auth writes to the database for every check. */
const TOKEN_REMEMBERED_MS = 30_000
const TOKENS_REMEMBERED = 1000
const TOKEN_PREFIX = 'ot_'

interface AuthRow {
  id: string
  name: string | null
  start: string | null
  referenceId: string
  createdAt: Date | string
  expiresAt: Date | string | null
  lastRequest: Date | string | null
}

const millis = (value: Date | string | null): Millis | null => (value === null ? null : new Date(value).getTime())

const toToken = (row: AuthRow): Token => ({
  id: row.id,
  agentId: row.referenceId as AgentId,
  name: row.name ?? '',
  start: row.start ?? '',
  createdAt: millis(row.createdAt) ?? 0,
  expiresAt: millis(row.expiresAt),
  lastUsedAt: millis(row.lastRequest),
})

const configure = (options: { db: Db; secret: Uint8Array; publicUrl: string }) =>
  betterAuth({
    database: kyselyAdapter(options.db.kysely as unknown as Kysely<unknown>, { type: options.db.dialect }),
    secret: Buffer.from(options.secret).toString('base64url'),
    baseURL: options.publicUrl,
    basePath: '/api/auth',
    user: { modelName: 'auth_user' },
    session: { modelName: 'auth_session', expiresIn: SESSION_S, updateAge: SESSION_RENEWED_EVERY_S },
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
    },
    plugins: [
      apiKey(
        {
          defaultPrefix: TOKEN_PREFIX,
          requireName: true,
          maximumNameLength: 100,
          rateLimit: { enabled: false },
          keyExpiration: { minExpiresIn: 1, maxExpiresIn: 3650 },
          startingCharactersConfig: { shouldStore: true, charactersLength: 8 },
        },
        { schema: { apikey: { modelName: 'auth_apikey' } } },
      ),
    ],
    advanced: {
      cookiePrefix: 'onethread',
      useSecureCookies: options.publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      database: { generateId: () => newId() },
      // The routes of src/http check origin and header for everything, sign-in included.
      disableCSRFCheck: true,
      disableOriginCheck: true,
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })

const isRefusal = (error: unknown): boolean => {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  return typeof status === 'number' && status < 500
}

/** Remembers for whom a token acts; what is remembered is the token's hash only. */
const rememberTokens = (now: () => Millis) => {
  const known = new Map<string, { agentId: AgentId; until: Millis }>()
  return {
    get(key: string): AgentId | null {
      const found = known.get(key)
      if (!found || found.until < now()) return null
      return found.agentId
    },
    set(key: string, agentId: AgentId) {
      if (known.size >= TOKENS_REMEMBERED) known.clear()
      known.set(key, { agentId, until: now() + TOKEN_REMEMBERED_MS })
    },
    clear: () => known.clear(),
  }
}

const digest = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64url')

export const createAuth = (options: {
  db: Db
  /** 32 bytes that sign the session cookies. */
  secret: Uint8Array
  publicUrl: string
  now: () => Millis
}): Auth => {
  const auth = configure(options)
  const { kysely } = options.db
  const remembered = rememberTokens(options.now)

  const passwordOf = async (agent: AgentId): Promise<string | null> => {
    const { rows } = await sql<{ password: string | null }>`
      select password from auth_account where "userId" = ${agent} and "providerId" = 'credential'`.execute(kysely)
    return rows[0]?.password ?? null
  }

  const whose = (agent: AgentId | null) => (agent === null ? sql`1 = 1` : sql`"referenceId" = ${agent}`)

  return {
    async signIn(input, headers) {
      try {
        const { headers: set, response } = await auth.api.signInEmail({
          body: { email: input.email, password: input.password },
          headers,
          returnHeaders: true,
        })
        return { agentId: response.user.id as AgentId, cookies: set.getSetCookie() }
      } catch (error) {
        if (isRefusal(error)) return null
        throw error
      }
    },

    async signOut(headers) {
      const { headers: set } = await auth.api.signOut({ headers, returnHeaders: true })
      return set.getSetCookie()
    },

    async session(headers) {
      if (!headers.get('cookie')?.includes('onethread.session_token')) return null
      const { headers: set, response } = await auth.api.getSession({ headers, returnHeaders: true })
      return response ? { agentId: response.user.id as AgentId, cookies: set.getSetCookie() } : null
    },

    async token(bearer) {
      const key = await digest(bearer)
      const known = remembered.get(key)
      if (known) return known
      const { valid, key: found } = await auth.api.verifyApiKey({ body: { key: bearer } })
      if (!valid || !found) return null
      const agentId = found.referenceId as AgentId
      remembered.set(key, agentId)
      return agentId
    },

    hashPassword: async (password) => (await auth.$context).password.hash(password),

    async checkPassword(agent, password) {
      const hash = await passwordOf(agent)
      return hash !== null && (await auth.$context).password.verify({ hash, password })
    },

    async setPassword(agent, password) {
      const context = await auth.$context
      await context.internalAdapter.updatePassword(agent, await context.password.hash(password))
    },

    async endSessions(agent) {
      await (await auth.$context).internalAdapter.deleteUserSessions(agent)
    },

    tokens: {
      async create(agent, input) {
        const made = await auth.api.createApiKey({
          body: {
            userId: agent,
            name: input.name,
            ...(input.expiresInDays === null ? {} : { expiresIn: input.expiresInDays * DAY_S }),
          },
        })
        return { ...toToken(made as AuthRow), token: made.key }
      },
      async list(agent) {
        const { rows } = await sql<AuthRow>`
          select id, name, start, "referenceId", "createdAt", "expiresAt", "lastRequest" from auth_apikey
          where ${whose(agent)} order by "createdAt" desc`.execute(kysely)
        return rows.map(toToken)
      },
      async revoke(agent, id) {
        const { rows } = await sql<{ agent: AgentId }>`
          delete from auth_apikey where id = ${id} and ${whose(agent)} returning "referenceId" as agent`.execute(kysely)
        remembered.clear()
        return rows[0]?.agent ?? null
      },
      forget: () => remembered.clear(),
    },
  }
}
