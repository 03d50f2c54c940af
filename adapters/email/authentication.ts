import { domainOf } from './address.ts'
import type { ParsedMail } from './parse.ts'

/**
 * True when our own mail server says the From address is genuine (RFC 8601): DMARC passed, or DKIM did for the same
 * domain. Only the topmost header of that server counts: our server writes on top, a forger can only write below.
 */
export function isAuthenticated(mail: ParsedMail, trusted: string): boolean {
  const from = mail.from?.address
  if (trusted === '' || from === undefined) return false
  const verdict = (mail.headers['authentication-results'] ?? [])[0]?.toLowerCase() ?? ''
  const server = verdict.split(';')[0]?.trim().split(/\s+/)[0]
  if (server !== trusted.toLowerCase()) return false
  const domain = domainOf(from)
  return verdict.split(';').some((result) => {
    if (/^\s*dmarc=pass\b/.test(result)) return domainIn(result, 'header.from') === domain
    if (!/^\s*dkim=pass\b/.test(result)) return false
    return (domainIn(result, 'header.d') ?? domainIn(result, 'header.i')) === domain
  })
}

function domainIn(result: string, property: string): string | null {
  const value = new RegExp(`\\b${property.replace('.', '\\.')}=("?)([^\\s"]+)\\1`).exec(result)?.[2]
  return value ? value.slice(value.lastIndexOf('@') + 1) : null
}
