import type { Context } from 'hono'
import type { Viewer } from '../../conversations/viewer.ts'
import { readViewer } from '../../conversations/views/people.ts'
import type { Auth } from '../auth.ts'
import type { Db } from '../db.ts'
import type { AgentId } from '../model.ts'
import type { Env } from './context.ts'
import { refuse } from './problem.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null)

/** The Origin of our own pages: that of PUBLIC_URL, or the address by which this very request came. */
const isOwnOrigin = (c: Context<Env>, origin: string, publicUrl: string): boolean =>
  origin === new URL(publicUrl).origin || (hostOf(origin) !== null && hostOf(origin) === c.req.header('host'))

/**
 * A cookie travels with requests that other sites make; a header of our own does not (it would need our CORS answer,
 * which never comes). So what changes something by cookie needs the header, and no foreign Origin.
 */
export const checkCrossSite = (c: Context<Env>, publicUrl: string): void => {
  if (SAFE_METHODS.includes(c.req.method)) return
  const origin = c.req.header('origin')
  if (origin !== undefined && !isOwnOrigin(c, origin, publicUrl))
    refuse(403, 'foreign_origin', 'This request came from another website: open the hub itself and try again.')
  if (c.req.header('x-onethread') !== '1')
    refuse(403, 'header_missing', 'Requests by session cookie must carry the header "X-Onethread: 1", or use a token.')
}

/** Whose request this is; ends it with 401 when nobody's. */
export type Identify = (c: Context<Env>) => Promise<Viewer>

const bearerOf = (c: Context<Env>): string | null =>
  /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? null

export const createIdentify = (deps: { db: Db; auth: Auth; config: { publicUrl: string } }): Identify => {
  const viewerOf = async (agent: AgentId): Promise<Viewer> =>
    (await readViewer(deps.db.kysely, agent)) ??
    refuse(401, 'agent_disabled', 'This agent is not there any more or was disabled: ask an administrator.')

  return async (c) => {
    if (c.req.header('authorization') !== undefined) {
      const bearer = bearerOf(c)
      const agent = bearer && (await deps.auth.token(bearer))
      if (!agent)
        return refuse(
          401,
          'bad_token',
          'The token is not valid (any more): make one in the settings and send it as "Authorization: Bearer <token>".',
        )
      return viewerOf(agent)
    }
    const session = await deps.auth.session(c.req.raw.headers)
    if (!session) return refuse(401, 'not_signed_in', 'Sign in, or send a token as "Authorization: Bearer <token>".')
    checkCrossSite(c, deps.config.publicUrl)
    for (const cookie of session.cookies) c.header('set-cookie', cookie, { append: true })
    return viewerOf(session.agentId)
  }
}
