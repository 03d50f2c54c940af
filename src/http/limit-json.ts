import type { MiddlewareHandler } from 'hono'
import { limitBody, STREAMED } from './body-limit.ts'
import type { Env } from './context.ts'
import { problemResponse, Refusal } from './problem.ts'

/** A reply of 500,000 characters in UTF-8 and JSON escapes. */
const MAX_JSON_BYTES = 4 * 1024 * 1024

const tooLarge = {
  status: 413,
  code: 'body_too_large',
  detail: 'The body is larger than 4 MB: upload files by POST /api/v1/attachments.',
} as const

/** Bodies of the API are small; the limit holds without a Content-Length, too. */
export const limitJson: MiddlewareHandler<Env> = async (c, next) => {
  const length = c.req.header('content-length')
  if (length !== undefined && Number(length) > MAX_JSON_BYTES) throw new Refusal(tooLarge)
  // A request with neither header has no body (RFC 9112, section 6.3).
  if (length !== undefined || c.req.header('transfer-encoding') === undefined) return next()
  const { body, headers, signal } = c.req.raw
  if (!body) return next()
  const limited = limitBody(body, MAX_JSON_BYTES)
  c.req.raw = new Request(c.req.url, { method: c.req.method, headers, signal, body: limited.stream, ...STREAMED })
  await next()
  if (limited.exceeded) c.res = problemResponse(tooLarge)
}
