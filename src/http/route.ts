import type { Context, Hono, MiddlewareHandler } from 'hono'
import { describeRoute, resolver, validator } from 'hono-openapi'
import * as v from 'valibot'
import type { RequestKey } from '../../conversations/once.ts'
import type { Viewer } from '../../conversations/viewer.ts'
import type { Env } from './context.ts'
import type { Idempotency } from './idempotency.ts'
import type { Identify } from './identify.ts'
import { Refusal, refuse } from './problem.ts'
import { accessOf, allows } from './rights-table.ts'

type Schema = v.GenericSchema
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

interface Call<Query extends Schema, Body extends Schema> {
  c: Context<Env>
  viewer: Viewer
  /** The `:id` of the path; empty where there is none. */
  id: string
  query: v.InferOutput<Query>
  body: v.InferOutput<Body>
  /** Of a request that carries a key, for routes with `knowsKey`. */
  request: RequestKey | undefined
}

export interface RouteOptions<Query extends Schema, Body extends Schema> {
  tag: string
  summary: string
  description?: string
  query?: Query
  body?: Body
  /** Default 200. */
  status?: 200 | 201 | 202 | 204
  /** What is answered; absent with 204. */
  answer?: Schema
  /** False for a POST whose answer must not be kept (secrets). */
  keyed?: boolean
  /** A field of the body that serves as idempotency key. */
  keyField?: string
  /** True when `handle` hands `request` on to the work, which then cannot be done twice. */
  knowsKey?: boolean
  /** What it returns is the answer's body; a Response is given as it is. */
  handle(call: Call<Query, Body>): Promise<unknown>
}

export type DefineRoute = <Query extends Schema = Schema, Body extends Schema = Schema>(
  method: Method,
  path: string,
  options: RouteOptions<Query, Body>,
) => void

const problemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.pipe(v.string(), v.description('Stable word for programs.')),
  detail: v.pipe(v.string(), v.description('What was wrong and what to do.')),
  errors: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
})

interface Issue {
  message: string
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined
}

const pathOf = (issue: Issue): string =>
  (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')

/** Enough to mend a request by; the messages repeat what was sent. */
const ERRORS_TOLD = 20
const MESSAGE_LENGTH = 300

/** Ends the request when body or query did not fit its schema. */
const refuseMisfit = (where: string) => (result: { success: boolean; error?: readonly Issue[] }) => {
  if (result.success) return
  const errors = (result.error ?? [])
    .slice(0, ERRORS_TOLD)
    .map((issue) => ({ path: pathOf(issue).slice(0, MESSAGE_LENGTH), message: issue.message.slice(0, MESSAGE_LENGTH) }))
  const said = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
  throw new Refusal({ status: 400, code: `invalid_${where}`, detail: `The ${where} does not fit: ${said}.`, errors })
}

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\s*(;|$)/i

/** A body of another type would be taken for an empty one: nothing done, and nobody told. */
const wantJson: MiddlewareHandler = async (c, next) => {
  if (!JSON_TYPE.test(c.req.header('content-type') ?? ''))
    refuse(415, 'not_json', 'Send JSON with Content-Type: application/json.')
  await next()
}

const describe = (options: RouteOptions<Schema, Schema>, access: string) => {
  const status = options.status ?? 200
  const content = { 'application/json': { schema: options.answer ? resolver(options.answer) : {} } }
  const problem = { 'application/problem+json': { schema: resolver(problemSchema) } }
  return describeRoute({
    tags: [options.tag],
    summary: options.summary,
    description: [options.description, `Who may: ${access}.`].filter(Boolean).join('\n\n'),
    responses: {
      [status]: { description: 'Done.', ...(options.answer ? { content } : {}) },
      default: { description: 'Not done, and why (RFC 9457).', content: problem },
    },
  })
}

const KEY = /^[\x21-\x7e]{1,200}$/

/** The key by which a repeat is known: the header, else the field of the body that serves as one. */
const keyOf = (c: Context<Env>, options: RouteOptions<Schema, Schema>, body: unknown): string | null => {
  const header = c.req.header('idempotency-key')
  const field = options.keyField && (body as Record<string, unknown> | undefined)?.[options.keyField]
  const key = header ?? (typeof field === 'string' ? `${options.keyField}:${field}` : null)
  if (key !== null && !KEY.test(key))
    refuse(400, 'invalid_key', 'An idempotency key is 1 to 200 visible ASCII characters, for instance a UUID.')
  return key
}

/** Registers routes with everything each of them has: rights, checks, description, idempotency. */
export const createDefineRoute =
  (app: Hono<Env>, deps: { identify: Identify; idempotency: Idempotency }): DefineRoute =>
  (method, path, options) => {
    const access = accessOf(method, path)
    const general = options as unknown as RouteOptions<Schema, Schema>
    const { query, body } = general

    const checkRights: MiddlewareHandler<Env> = async (c, next) => {
      const viewer = await deps.identify(c)
      if (!allows(access, viewer.role))
        refuse(403, 'role_not_allowed', `Your role (${viewer.role}) may not do this: ask an administrator.`)
      c.set('viewer', viewer)
      await next()
    }
    const middlewares: MiddlewareHandler[] = [
      describe(general, access === 'public' ? 'anybody' : access.join(', ')),
      checkRights as MiddlewareHandler,
      ...(query ? [validator('query', query, refuseMisfit('query'))] : []),
      ...(body ? [wantJson, validator('json', body, refuseMisfit('body'))] : []),
    ]
    app.on(method, [path], ...middlewares)

    app.on(method, path, async (c) => {
      const valid = c.req.valid.bind(c.req) as (target: string) => unknown
      const call = {
        c,
        viewer: c.get('viewer'),
        id: c.req.param('id') ?? '',
        query: query ? valid('query') : undefined,
        body: body ? valid('json') : undefined,
        request: undefined,
      }
      const status = options.status ?? 200
      const key = method === 'POST' && options.keyed !== false ? keyOf(c, general, call.body) : null
      if (key === null) {
        const answer = await general.handle(call)
        if (answer instanceof Response) return answer
        return status === 204 ? c.body(null, 204) : c.json(answer as object, status)
      }
      const what = `${method} ${c.req.path}\n${body ? await c.req.text() : ''}`
      const keyed = { agent: call.viewer.agentId, key, what, knowsKey: options.knowsKey ?? false }
      const answer = await deps.idempotency.run(keyed, async (request) => ({
        status,
        body: await general.handle({ ...call, request }),
      }))
      if (answer.replayed) c.header('idempotency-replayed', 'true')
      return answer.status === 204 ? c.body(null, 204) : c.json(answer.body as object, answer.status as 200)
    })
  }

// —— parts that many routes share ——

export const limitQuery = (most: number, usual: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.digits(),
      v.transform(Number),
      v.minValue(1, 'at least 1'),
      v.maxValue(most, `at most ${most}`),
      v.description(`How many at most, 1 to ${most}. Default ${usual}.`),
    ),
    String(usual),
  )

export const cursorQuery = v.optional(
  v.pipe(v.string(), v.maxLength(300), v.description('`nextCursor` of the page before.')),
)

export const pageOf = <Item extends Schema>(item: Item) =>
  v.object({ items: v.array(item), nextCursor: v.nullable(v.string()) })

export const listOf = <Item extends Schema>(item: Item) => v.object({ items: v.array(item) })

/** Text without the control characters that no field wants (line breaks and tabs may stay). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

export const cleanText = (most: number) =>
  v.pipe(
    v.string(),
    v.maxLength(most, `at most ${most.toLocaleString('en')} characters`),
    v.transform((text) => text.toWellFormed().replace(CONTROLS, '')),
  )

/** A name: one line, something in it. */
export const nameText = (most: number) =>
  v.pipe(
    cleanText(most),
    v.transform((text) => text.replace(/\s+/g, ' ').trim()),
    v.minLength(1, 'must not be empty'),
  )

/** One line as it was typed: an address or a word. */
export const lineText = (most: number) =>
  v.pipe(v.string(), v.maxLength(most), v.regex(/^\P{Cc}*$/u, 'must not have control characters'))

export const idText = v.pipe(lineText(64), v.minLength(1))

/** A list whose length is looked at before what is in it: a million wrong items make one error, not a million. */
export const shortList = <Item extends Schema>(item: Item, most: number, what = 'of them') =>
  v.pipe(v.array(v.unknown()), v.maxLength(most, `at most ${most} ${what}`), v.array(item))

/** True for a value that takes at most so many characters as JSON; false for one nested beyond all reason, too. */
export const isShortJson = (value: unknown, most: number): boolean => {
  try {
    return JSON.stringify(value).length <= most
  } catch {
    return false
  }
}
