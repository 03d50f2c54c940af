import type { Context, Hono } from 'hono'
import { describeRoute, validator } from 'hono-openapi'
import * as v from 'valibot'
import { readViewer } from '../../conversations/views/people.ts'
import { MAX_PASSWORD } from '../auth.ts'
import { networkOf } from './client-ip.ts'
import type { Env } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { checkCrossSite } from './identify.ts'
import type { Live } from './live.ts'
import { Refusal, refuse } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { accessOf } from './rights-table.ts'

/** Wrong passwords within ten minutes, before it has to wait. Counted in this process. */
const WINDOW_MS = 10 * 60 * 1000
const FAILURES_PER_EMAIL = 10
const FAILURES_PER_IP = 30

const body = v.object({
  email: v.pipe(v.string(), v.trim(), v.toLowerCase(), v.maxLength(254), v.regex(/^\P{Cc}*$/u)),
  password: v.pipe(v.string(), v.maxLength(MAX_PASSWORD)),
})

const setCookies = (c: Context<Env>, cookies: string[]) => {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
}

export const defineSignIn = (app: Hono<Env>, deps: HttpDeps, live: Pick<Live, 'endStreams'>): void => {
  const byEmail = createRateLimit({ failures: FAILURES_PER_EMAIL, windowMs: WINDOW_MS, now: deps.now })
  const byIp = createRateLimit({ failures: FAILURES_PER_IP, windowMs: WINDOW_MS, now: deps.now })

  const checkRate = (email: string, ip: string) => {
    const waitMs = Math.max(byEmail.wait(email), byIp.wait(ip))
    if (waitMs > 0)
      throw new Refusal({
        status: 429,
        code: 'too_many_attempts',
        detail: `Too many wrong passwords: try again in ${Math.ceil(waitMs / 60_000)} min.`,
        retryAfterS: waitMs / 1000,
      })
  }

  accessOf('POST', '/api/auth/sign-in/email')
  app.post(
    '/api/auth/sign-in/email',
    describeRoute({
      tags: ['Sign-in'],
      summary: 'Sign in',
      description:
        'Sets the session cookie. Cookie requests that change something need the header `X-Onethread: 1`. Programs use a token instead.',
      responses: { 200: { description: 'Signed in.' }, default: { description: 'Not done, and why (RFC 9457).' } },
    }),
    validator('json', body, (result) => {
      if (!result.success) refuse(400, 'invalid_body', 'Send JSON with e-mail and password.')
    }),
    async (c) => {
      checkCrossSite(c, deps.config.publicUrl)
      const { email, password } = c.req.valid('json')
      const ip = networkOf(c.get('clientIp'))
      checkRate(email, ip)
      byEmail.failed(email)
      byIp.failed(ip)
      const session = await deps.auth.signIn({ email, password }, c.req.raw.headers)
      if (!session) return refuse(401, 'wrong_credentials', 'E-mail or password is not right.')
      byEmail.succeeded(email)
      byIp.forgive(ip)
      if (!(await readViewer(deps.db.kysely, session.agentId))) {
        await deps.auth.endSessions(session.agentId)
        return refuse(403, 'agent_disabled', 'This agent was disabled: ask an administrator.')
      }
      setCookies(c, session.cookies)
      return c.json({ agentId: session.agentId })
    },
  )

  accessOf('POST', '/api/auth/sign-out')
  app.post(
    '/api/auth/sign-out',
    describeRoute({
      tags: ['Sign-in'],
      summary: 'Sign out',
      responses: { 200: { description: 'Signed out.' } },
    }),
    async (c) => {
      checkCrossSite(c, deps.config.publicUrl)
      const session = await deps.auth.session(c.req.raw.headers)
      setCookies(c, await deps.auth.signOut(c.req.raw.headers))
      if (session) live.endStreams(session.agentId)
      return c.json({})
    },
  )
}
