import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Parameters of a call; a name that occurs several times has several values. */
export type Params = Map<string, string[]>

/**
 * The value of X-Twilio-Signature: HMAC-SHA1 of the URL followed by each name and value, names sorted, in base64
 * (Twilio's page "Webhooks security"). Values of a repeated name are sorted and taken once, as Twilio's SDKs do.
 */
export function expectedSignature(authToken: string, url: string, params: Params): string {
  const hmac = createHmac('sha1', authToken).update(url, 'utf8')
  for (const name of [...params.keys()].sort())
    for (const value of [...new Set(params.get(name))].sort()) hmac.update(name + value, 'utf8')
  return hmac.digest('base64')
}

/**
 * Twilio leaves the port out of what it signs, or puts it in, depending on the product: both are authentic.
 * Text operations only, so that nothing else of the URL changes on the way.
 */
function spellings(url: string): string[] {
  const parts = /^(https?):\/\/([^/?#]*?)(?::(\d+))?([/?#].*)?$/s.exec(url)
  if (parts === null) return [url]
  const [, scheme = '', host = '', port = scheme === 'https' ? '443' : '80', rest = ''] = parts
  return [url, `${scheme}://${host}${rest}`, `${scheme}://${host}:${port}${rest}`]
}

export interface SignedCall {
  /** The public URL that was told to Twilio, with the query; never made from the Host header. */
  url: string
  signature: string | null
  contentType: string
  body: string
}

/** The parameters of an authentic call; null for one that Twilio did not sign. */
export function authenticParams(authToken: string, call: SignedCall): Params | null {
  const isForm = call.contentType.startsWith('application/x-www-form-urlencoded')
  const params = isForm ? formParams(call.body) : new Map<string, string[]>()
  const { signature } = call
  if (signature === null) return null
  if (!spellings(call.url).some((url) => same(expectedSignature(authToken, url, params), signature))) return null
  if (isForm) return params
  // Other bodies are covered by their hash, which the signed URL carries.
  const hash = createHash('sha256').update(call.body, 'utf8').digest('hex')
  if (!same(new URL(call.url).searchParams.get('bodySHA256') ?? '', hash)) return null
  return jsonParams(call.body)
}

function formParams(body: string): Params {
  const params: Params = new Map()
  for (const [name, value] of new URLSearchParams(body)) params.set(name, [...(params.get(name) ?? []), value])
  return params
}

function jsonParams(body: string): Params {
  const params: Params = new Map()
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed !== 'object' || parsed === null) return params
    for (const [name, value] of Object.entries(parsed))
      if (typeof value === 'string' || typeof value === 'number') params.set(name, [String(value)])
  } catch {
    // An authentic body that is no JSON has no parameters; the parser then says what is missing.
  }
  return params
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
