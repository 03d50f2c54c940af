import { Hono, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { Gauge, type Registry } from 'prom-client'
import * as v from 'valibot'
import { readViewer } from '../../conversations/views/people.ts'
import type { AgentId } from '../model.ts'
import { alreadySent } from './already-sent.ts'
import type { Env } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { defineDocumentation } from './documentation.ts'
import { defineHealth } from './health.ts'
import { defineHooks } from './hooks.ts'
import { createIdempotency } from './idempotency.ts'
import { createIdentify } from './identify.ts'
import { limitJson } from './limit-json.ts'
import { createLive, type Live } from './live.ts'
import { observe } from './observe.ts'
import { definePages } from './pages.ts'
import { problemResponse, Refusal, refuse } from './problem.ts'
import { createDefineRoute, type DefineRoute } from './route.ts'
import { defineAccounts } from './routes/accounts.ts'
import { defineAttachments } from './routes/attachments.ts'
import { defineContacts } from './routes/contacts.ts'
import { defineConversations } from './routes/conversations.ts'
import { defineMe } from './routes/me.ts'
import { defineMessages } from './routes/messages.ts'
import { defineOperation, TOKENS_CHANGED } from './routes/operation.ts'
import { definePeople } from './routes/people.ts'
import { securityHeaders } from './security-headers.ts'
import { defineSignIn } from './sign-in.ts'

/** The HTTP side of the hub. */
export interface HttpApp {
  app: Hono<Env>
  /** Follows the event stream; the app answers before, event streams wait for it. */
  start(): Promise<void>
  /** Ends the event streams. Call before the server closes: they keep it open. */
  stop(): Promise<void>
}

/** Tells the other nodes to end an agent's event streams, too. */
const SESSIONS_ENDED = 'sessions.ended'

/** A browser has one per tab; more than this is a program that does not close what it opens. */
const STREAMS_PER_AGENT = 100

const defineEvents = (define: DefineRoute, live: Live) =>
  define('GET', '/api/v1/events', {
    tag: 'Events',
    summary: 'What changes, as it happens (server-sent events)',
    description:
      'Goes on after `Last-Event-ID`; `{ "type": "reset" }` means that what was missed is no longer kept: fetch everything again.',
    answer: v.pipe(v.string(), v.description('`text/event-stream`.')),
    async handle({ c, viewer }) {
      const outgoing = c.env?.outgoing
      if (!outgoing) return refuse(503, 'no_stream', 'This connection cannot stream.')
      if (live.streamsOf(viewer.agentId) >= STREAMS_PER_AGENT)
        return refuse(429, 'too_many_streams', `You have ${STREAMS_PER_AGENT} open event streams: close some first.`)
      await live.open(viewer, c.req.header('last-event-id') ?? null, outgoing)
      return alreadySent()
    },
  })

/** No id and no text has this character, and PostgreSQL stores none with it. */
const refuseNul: MiddlewareHandler<Env> = (c, next) =>
  c.req.url.includes('%00') ? refuse(400, 'bad_address', 'The address has a NUL character in it: take it out.') : next()

const countStreams = (registry: Registry, live: Live) => {
  new Gauge({
    name: 'onethread_event_streams',
    help: 'Open event streams of inboxes and programs.',
    registers: [registry],
    collect() {
      this.set(live.size)
    },
  })
}

const handleErrors = (app: Hono<Env>, deps: HttpDeps) => {
  app.onError((error, c) => {
    if (error instanceof Refusal) return problemResponse(error.problem)
    if (error instanceof HTTPException && error.status < 500)
      return problemResponse({
        status: error.status === 413 ? 413 : 400,
        code: 'bad_request',
        detail: `The request cannot be read: ${error.message || 'send JSON with Content-Type: application/json'}.`,
      })
    deps.log.error({ err: error, method: c.req.method, path: c.req.path }, 'a request failed')
    return problemResponse({
      status: 500,
      code: 'internal',
      detail: 'Something went wrong in the hub: try again, and look into its log when it stays so.',
    })
  })
  app.notFound((c) =>
    problemResponse({
      status: 404,
      code: 'not_found',
      detail: `There is no ${c.req.method} ${c.req.path}: see /api/docs.`,
    }),
  )
}

export const createApp = (deps: HttpDeps): HttpApp => {
  const app = new Hono<Env>()
  const identify = createIdentify(deps)
  const live = createLive({
    bus: deps.bus,
    loadViewer: (agent) => readViewer(deps.db.kysely, agent),
    setConnected: (agent, connected) => deps.commands.setConnected(agent, connected),
    onError: (error) => deps.log.error({ err: error }, 'the event stream failed'),
  })
  const streams: Pick<Live, 'endStreams'> = {
    endStreams(agent) {
      live.endStreams(agent)
      deps.bus.signal(SESSIONS_ENDED, { agent })
    },
  }
  countStreams(deps.metrics, live)
  const define = createDefineRoute(app, { identify, idempotency: createIdempotency(deps) })

  handleErrors(app, deps)
  app.use(observe(deps))
  app.use(securityHeaders(deps.config.publicUrl))
  defineHooks(app, deps)
  defineHealth(app, deps, identify)
  app.use('/api/*', refuseNul)
  app.use('/api/*', (c, next) => (c.req.path === '/api/v1/attachments' ? next() : limitJson(c, next)))
  app.use('/api/*', async (c, next) => {
    await next()
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store')
  })
  defineSignIn(app, deps, streams)
  defineMe(define, deps, streams)
  defineEvents(define, live)
  defineConversations(define, deps)
  defineMessages(define, deps)
  defineAttachments(define, deps)
  defineContacts(define, deps)
  defineAccounts(define, deps)
  definePeople(define, deps, streams)
  defineOperation(define, deps, streams)
  defineDocumentation(app, deps.config.version)
  definePages(app, deps)

  const unsubscribe: (() => void)[] = []
  return {
    app,
    async start() {
      unsubscribe.push(
        deps.bus.onSignal(TOKENS_CHANGED, () => deps.auth.tokens.forget()),
        deps.bus.onSignal(SESSIONS_ENDED, (data) => live.endStreams((data as { agent: AgentId }).agent)),
      )
      await live.start()
    },
    async stop() {
      for (const undo of unsubscribe.splice(0)) undo()
      await live.stop()
    },
  }
}
