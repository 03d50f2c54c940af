import type { MiddlewareHandler } from 'hono'
import type { Env } from './context.ts'

/**
 * Scripts only from here, frames of ours nowhere. Inline styles are allowed for the HTML mails that the inbox shows in
 * a sandboxed frame, which inherits this policy; their pictures likewise (they are blocked until asked for there).
 */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob: https:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const COMMON: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
}

const PAGES: Record<string, string> = {
  'content-security-policy': POLICY,
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const HSTS = 'max-age=31536000; includeSubDomains'

/** What a response brings itself stays: the widget's pages say who may frame them, attachments say how they are shown. */
export const securityHeaders = (publicUrl: string): MiddlewareHandler<Env> => {
  const https = publicUrl.startsWith('https:')
  return async (c, next) => {
    await next()
    const { headers } = c.res
    const fromAdapter = c.req.path.startsWith('/hooks/')
    for (const [name, value] of Object.entries(fromAdapter ? COMMON : { ...COMMON, ...PAGES }))
      if (!headers.has(name)) headers.set(name, value)
    if (https && !headers.has('strict-transport-security')) headers.set('strict-transport-security', HSTS)
  }
}
