/** The hub said no. `status` 0: it could not be reached. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterMs: number

  constructor(status: number, code: string, detail: string, retryAfterMs = 0) {
    super(detail)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }

  /** Later it may work, with nothing changed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

export interface FileView {
  id: string
  name: string
  mimeType: string
  size: number
}

export interface Message {
  seq: number
  id: string
  by: 'visitor' | 'hub'
  clientId: string | null
  text: string
  media: FileView[]
  author: string | null
  at: number
  state: string | null
}

/** What the visitor wrote, until it is in the thread. */
export interface Outgoing {
  clientId: string
  text: string
  files: (FileView & { ticket: string })[]
  at: number
  state: 'queued' | 'sent' | 'failed'
  /** Of a failed one: the hub's words. */
  reason?: string
}

export interface SessionView {
  token: string
  address: string
  until: number | null
  name: string | null
}

export interface Page {
  messages: Message[]
  next: number
  more: boolean
  attended: boolean
}

/** The account's endpoints. `token` is asked anew for each request, for the session may have been renewed. */
export class Api {
  readonly #hook: string
  readonly #token: () => string | null

  constructor(hook: string, token: () => string | null) {
    // The page may have been reached under another of the hub's names than the configured one.
    this.#hook = new URL(hook).pathname
    this.#token = token
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const token = this.#token()
    const headers = new Headers(init.headers)
    if (token) headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(this.#hook + path, { ...init, headers, credentials: 'omit' }).catch(
      (error: unknown) => {
        if (init.signal?.aborted) throw error
        throw new Refused(0, 'unreachable', String(error))
      },
    )
    if (response.ok) return response
    const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string }
    const wait = Number(response.headers.get('retry-after') ?? 0) * 1000
    throw new Refused(response.status, problem.title ?? '', problem.detail ?? response.statusText, wait)
  }

  async post<T>(path: string, body: object): Promise<T> {
    const response = await this.fetch(path, { method: 'POST', body: JSON.stringify(body) })
    return (response.status === 204 ? null : await response.json()) as T
  }

  startSession(jwt?: string): Promise<SessionView> {
    return this.post('/session', jwt ? { jwt } : {})
  }

  async messages(after: number): Promise<Page> {
    return (await (await this.fetch(`/messages?after=${after}`)).json()) as Page
  }

  async upload(file: File, signal: AbortSignal): Promise<FileView & { ticket: string }> {
    const headers = {
      'content-type': file.type || 'application/octet-stream',
      'x-file-name': encodeURIComponent(file.name),
    }
    const response = await this.fetch('/files', { method: 'POST', body: file, headers, signal })
    return (await response.json()) as FileView & { ticket: string }
  }

  async file(id: string): Promise<Blob> {
    return (await this.fetch(`/files/${id}`)).blob()
  }
}
