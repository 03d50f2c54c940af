import type { Context, Hono } from 'hono'
import type { AccountId } from '../model.ts'
import { limitBody, STREAMED } from './body-limit.ts'
import { bufferedRequest } from './buffered-request.ts'
import type { Env } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { refuse } from './problem.ts'
import { accessOf } from './rights-table.ts'

/** A mail provider's webhook with its attachments is the largest thing anybody posts. */
const MAX_BODY_BYTES = 40 * 1024 * 1024
/** Ours alone: whoever sends it from outside is not believed. */
const CLIENT_IP_HEADER = 'x-onethread-client-ip'

/** Smaller ones are read at once; a larger one only as far as its account's adapter wants it. */
const SMALL_BYTES = 1024 * 1024
/** What `fetch` knows no requests with. No provider sends them. */
const UNKNOWN_METHODS = ['CONNECT', 'TRACE', 'TRACK']

const tooLarge = () => refuse(413, 'body_too_large', 'The body is larger than 40 MB.')

/** The body with a limit that holds without a Content-Length, too: nobody fills the memory with what no account reads. */
const bodyOf = async (c: Context<Env>) => {
  const { method, raw } = c.req
  if (method === 'GET' || method === 'HEAD') return { stream: null, exceeded: false }
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  if (length > MAX_BODY_BYTES) return tooLarge()
  if (length <= SMALL_BYTES) return { stream: await raw.arrayBuffer(), exceeded: false }
  return raw.body ? limitBody(raw.body, MAX_BODY_BYTES) : { stream: null, exceeded: false }
}

/** Takes in what nobody read, without keeping it: who is still sending when the answer comes does not read it. */
const drain = async (body: ReadableStream | ArrayBuffer | null) => {
  if (body instanceof ReadableStream && !body.locked) await body.pipeTo(new WritableStream()).catch(() => {})
}

/** The request as the provider meant it: at the public address, whatever proxy or Host header brought it here. */
const asProviderSentIt = (c: Context<Env>, publicUrl: string, body: ReadableStream | ArrayBuffer | null): Request => {
  const { pathname, search } = new URL(c.req.url)
  const headers = new Headers(c.req.raw.headers)
  headers.set(CLIENT_IP_HEADER, c.get('clientIp'))
  const { method, raw } = c.req
  const url = `${publicUrl}${pathname}${search}`
  if (body instanceof ArrayBuffer) return bufferedRequest({ url, method, headers, body, signal: () => raw.signal })
  return new Request(url, { method, headers, body, signal: raw.signal, ...STREAMED })
}

export const defineHooks = (app: Hono<Env>, deps: HttpDeps): void => {
  accessOf('ALL', '/hooks/:account/*')
  app.all('/hooks/:account/*', async (c) => {
    if (UNKNOWN_METHODS.includes(c.req.method)) return refuse(405, 'bad_method', 'Providers send GET or POST.')
    const body = await bodyOf(c)
    const request = asProviderSentIt(c, deps.config.publicUrl, body.stream)
    const answering = deps.hooks(c.req.param('account') as AccountId, request)
    const response = await answering.catch((error: unknown) => (body.exceeded ? tooLarge() : Promise.reject(error)))
    if (body.exceeded) return tooLarge()
    await drain(body.stream)
    return response ?? refuse(404, 'account_not_found', 'No account of this id takes requests: check the address.')
  })
}
