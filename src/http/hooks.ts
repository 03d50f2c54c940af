import type { Context, Hono } from 'hono'
import type { AccountId } from '../model.ts'
import type { Env } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { refuse } from './problem.ts'
import { accessOf } from './rights-table.ts'

/** A mail provider's webhook with its attachments is the largest thing anybody posts. */
const MAX_BODY_BYTES = 40 * 1024 * 1024
/** Ours alone: whoever sends it from outside is not believed. */
const CLIENT_IP_HEADER = 'x-onethread-client-ip'

const tooLarge = () => refuse(413, 'body_too_large', 'The body is larger than 40 MB.')

/** The body with a limit that holds without a Content-Length, too. */
const readBody = async (c: Context<Env>): Promise<ArrayBuffer | Uint8Array<ArrayBuffer> | null> => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return null
  const length = c.req.header('content-length')
  if (length !== undefined) return Number(length) > MAX_BODY_BYTES ? tooLarge() : c.req.raw.arrayBuffer()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) return tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The request as the provider meant it: at the public address, whatever proxy or Host header brought it here. */
const asProviderSentIt = async (c: Context<Env>, publicUrl: string): Promise<Request> => {
  const { pathname, search } = new URL(c.req.url)
  const headers = new Headers(c.req.raw.headers)
  headers.set(CLIENT_IP_HEADER, c.get('clientIp'))
  return new Request(`${publicUrl}${pathname}${search}`, {
    method: c.req.method,
    headers,
    body: await readBody(c),
    signal: c.req.raw.signal,
  })
}

export const defineHooks = (app: Hono<Env>, deps: HttpDeps): void => {
  accessOf('ALL', '/hooks/:account/*')
  app.all('/hooks/:account/*', async (c) => {
    const request = await asProviderSentIt(c, deps.config.publicUrl)
    const response = await deps.hooks(c.req.param('account') as AccountId, request)
    return response ?? refuse(404, 'account_not_found', 'No account of this id takes requests: check the address.')
  })
}
