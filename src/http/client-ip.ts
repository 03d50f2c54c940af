import { isIP } from 'node:net'
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
  return isLoopback(peer) && forwarded && isIP(forwarded) ? forwarded : peer
}

/** True for a request made on this machine and not handed on by a proxy. */
export const isFromThisMachine = (c: Context<Env>): boolean =>
  isLoopback(c.env?.incoming?.socket.remoteAddress ?? '') && !c.req.header('x-forwarded-for')

/** Who is counted as one: whoever has an IPv6 address usually has all 2^64 beside it. */
export const networkOf = (ip: string): string => {
  if (isIP(ip) !== 6 || ip.includes('.')) return ip
  const [head = '', tail] = ip.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const rest = tail ? tail.split(':') : []
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0')
  const first = [...groups, ...zeros, ...rest].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${first.join(':')}::/64`
}
