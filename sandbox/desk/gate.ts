import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

interface Options {
  /** Only the hub has it. */
  secret: string
  /** The hub's public address. */
  hubUrl: string
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

const hostname = (host: string): string => {
  try {
    return new URL(`http://${host}`).hostname
  } catch {
    return ''
  }
}

const same = (a: string, b: string): boolean => {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/**
 * Who may come in: requests that the hub hands on, opened under a name of this machine or the hub's public one (a
 * website that points its own name here, DNS rebinding, is turned away), and changes only from our own page.
 * Null when fine, else the reason.
 */
export function refusalOf(request: IncomingMessage, { secret, hubUrl }: Options): string | null {
  const header = (name: string): string => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : ''
  }
  if (!same(header('x-sandbox-secret'), secret)) return 'Open the sandbox through the hub.'
  const host = header('x-sandbox-host')
  const known = LOOPBACK.has(hostname(host)) || hostname(host) === new URL(hubUrl).hostname
  if (!known) return `Open the sandbox as ${hubUrl}/sandbox; to use another name, set PUBLIC_URL to it.`
  if (request.method === 'GET' || request.method === 'HEAD') return null
  const site = header('sec-fetch-site')
  const origin = header('origin')
  // A browser's word that no page can forge; behind a proxy with TLS the origin has another scheme than we see.
  if (site !== '' && site !== 'same-origin') return 'Only the sandbox’s own page may do that.'
  if (site === '' && origin !== '' && hostname(origin.replace(/^https?:\/\//, '')) !== hostname(host))
    return 'Only the sandbox’s own page may do that.'
  if (!header('content-type').startsWith('application/json')) return 'Send JSON.'
  return null
}
