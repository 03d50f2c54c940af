/** An answer other than success, as RFC 9457 says: what was wrong, and what to do. Thrown by the endpoints, made a response by the router. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly extra: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { extra?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail)
    this.status = status
    this.code = code
    this.extra = more.extra ?? {}
    this.headers = more.headers ?? {}
  }

  toResponse(): Response {
    const body = { type: 'about:blank', title: this.code, status: this.status, detail: this.message, ...this.extra }
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...this.headers },
    })
  }
}

export const tooMany = (waitMs: number): Problem => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new Problem(429, 'too_many', `Too many at once. Try again in ${seconds} s.`, {
    extra: { retryAfterMs: waitMs },
    headers: { 'retry-after': String(seconds) },
  })
}

export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  })
