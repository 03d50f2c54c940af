import * as v from 'valibot'
import { listDeadLetters } from '../../../conversations/views/accounts.ts'
import { deadLetterView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import type { Live } from '../live.ts'
import { orRefuse, refuse } from '../problem.ts'
import { cursorQuery, type DefineRoute, limitQuery, listOf, nameText, pageOf } from '../route.ts'

/** Tells the other nodes to forget whom tokens act for. */
export const TOKENS_CHANGED = 'tokens.changed'

const tokenView = v.object({
  id: v.string(),
  agentId: v.string(),
  name: v.string(),
  start: v.pipe(v.string(), v.description('Its first characters, to tell tokens apart.')),
  createdAt: v.number(),
  expiresAt: v.nullable(v.number()),
  lastUsedAt: v.nullable(v.number()),
})

const defineTokens = (define: DefineRoute, deps: HttpDeps, live: Pick<Live, 'endStreams'>) => {
  const { tokens } = deps.auth

  define('GET', '/api/v1/tokens', {
    tag: 'Tokens',
    summary: 'List your API tokens',
    description: 'Administrators get everybody’s with `all=true`.',
    query: v.object({ all: v.optional(v.picklist(['true', 'false'])) }),
    answer: listOf(tokenView),
    async handle({ viewer, query }) {
      const everybody = query.all === 'true'
      if (everybody && viewer.role !== 'administrator')
        refuse(403, 'role_not_allowed', 'Only administrators see the tokens of others.')
      return { items: await tokens.list(everybody ? null : viewer.agentId) }
    },
  })
  define('POST', '/api/v1/tokens', {
    tag: 'Tokens',
    summary: 'Make an API token',
    description: 'It acts as you. `token` is shown this once.',
    body: v.object({
      name: nameText(100),
      expiresInDays: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650)))),
    }),
    status: 201,
    keyed: false,
    answer: v.object({ ...tokenView.entries, token: v.string() }),
    handle: ({ viewer, body }) =>
      tokens.create(viewer.agentId, { name: body.name, expiresInDays: body.expiresInDays ?? null }),
  })
  define('DELETE', '/api/v1/tokens/:id', {
    tag: 'Tokens',
    summary: 'Revoke an API token',
    status: 204,
    async handle({ viewer, id }) {
      const agent = await tokens.revoke(viewer.role === 'administrator' ? null : viewer.agentId, id)
      if (!agent) return refuse(404, 'not_found', 'There is no such token, or it is not yours.')
      // Among the agent's streams may be one that was opened with it; the others come again.
      live.endStreams(agent)
      deps.bus.signal(TOKENS_CHANGED, {})
      return undefined
    },
  })
}

const defineDeadLetters = (define: DefineRoute, deps: HttpDeps) => {
  define('GET', '/api/v1/dead-letters', {
    tag: 'Dead letters',
    summary: 'What could not be processed, with its raw payload',
    query: v.object({ cursor: cursorQuery, limit: limitQuery(100, 50) }),
    answer: pageOf(deadLetterView),
    handle: ({ query }) => listDeadLetters(deps.db.kysely, query),
  })
  define('POST', '/api/v1/dead-letters/:id/replay', {
    tag: 'Dead letters',
    summary: 'Process it once more',
    status: 204,
    async handle({ viewer, id }) {
      orRefuse(await deps.commands.replayDeadLetter(viewer, id))
    },
  })
}

export const defineOperation = (define: DefineRoute, deps: HttpDeps, live: Pick<Live, 'endStreams'>): void => {
  defineTokens(define, deps, live)
  defineDeadLetters(define, deps)
}
