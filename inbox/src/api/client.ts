import type { TFunction } from 'i18next'

/** What the hub says when it could not do it (RFC 9457). `status` 0: the hub was not reached. */
export class ApiError extends Error {
  readonly status: number
  readonly type: string
  readonly detail: string
  /** The hub's stable word for the reason, e.g. `window_closed`. */
  readonly code: string
  constructor(problem: { status: number; type?: string; title?: string; detail?: string; code?: string }) {
    super(problem.title ?? problem.detail ?? String(problem.status))
    this.status = problem.status
    this.type = problem.type ?? 'about:blank'
    this.code = problem.code ?? ''
    this.detail = problem.detail ?? problem.title ?? ''
  }
}

/** True for what may work when tried again as it is: no connection, a hub that starts or is busy. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 502)

/** Own words of the language for the reasons the hub knows, where it has some (namespace `refusal`). */
const saidByHub = (error: ApiError, t: TFunction, otherwise: string): string => {
  const lookUp = t as unknown as (key: string, options: { defaultValue: string }) => string
  return lookUp(`refusal:${error.code || 'none'}`, { defaultValue: error.detail || otherwise })
}

/** Words for a person about an error, never a status number alone. */
export const wordsOf = (error: unknown, t: TFunction): string => {
  if (!(error instanceof ApiError)) return t('error.unexpected')
  if (error.status === 0) return t('error.offline')
  if (error.status === 401) return t('error.signedOut')
  return saidByHub(error, t, error.status === 403 ? t('error.forbidden') : t('error.unexpected'))
}

interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  /** Sent as it is, with its own content type. */
  raw?: Blob
  signal?: AbortSignal
}

const send = async (url: string, call: Call): Promise<Response> => {
  const method = call.method ?? (call.body === undefined && !call.raw ? 'GET' : 'POST')
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers['x-onethread'] = '1'
  if (call.raw) headers['content-type'] = call.raw.type || 'application/octet-stream'
  else if (call.body !== undefined) headers['content-type'] = 'application/json'
  try {
    return await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(call.signal ? { signal: call.signal } : {}),
      ...(call.raw ? { body: call.raw } : call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
  } catch (error) {
    if (call.signal?.aborted) throw error
    throw new ApiError({ status: 0 })
  }
}

const problemOf = async (response: Response): Promise<ApiError> => {
  const body: unknown = await response.json().catch(() => null)
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const text = (key: string): Record<string, string> =>
    typeof problem[key] === 'string' ? { [key]: problem[key] } : {}
  const message = typeof problem.message === 'string' ? { detail: problem.message } : {}
  return new ApiError({
    status: response.status,
    ...message,
    ...text('type'),
    ...text('title'),
    ...text('detail'),
    ...text('code'),
  })
}

/** Calls the hub's API. `path` begins after `/api/v1`; one that begins with `/api/` is taken as it is. */
export async function api<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path.startsWith('/api/') ? path : `/api/v1${path}`, call)
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** A query string of what is set. */
export const query = (parameters: Record<string, string | number | null | undefined>): string => {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(parameters))
    if (value !== null && value !== undefined && value !== '') search.set(key, String(value))
  const text = search.toString()
  return text ? `?${text}` : ''
}
