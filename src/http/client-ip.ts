import type { Context } from 'hono'
import type { Env } from './context.ts'

const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\./.test(address)

/**
 * Who is at the other end. A reverse proxy on this machine is believed: its own entry is the last of X-Forwarded-For
 * (everything before it was said by the client).
 */
export const clientIpOf = (c: Context<Env>): string => {
  const peer = c.env?.incoming?.socket.remoteAddress ?? '127.0.0.1'
  const forwarded = c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim()
  return isLoopback(peer) && forwarded ? forwarded : peer
}

/** True for a request made on this machine and not handed on by a proxy. */
export const isFromThisMachine = (c: Context<Env>): boolean =>
  isLoopback(c.env?.incoming?.socket.remoteAddress ?? '') && !c.req.header('x-forwarded-for')
