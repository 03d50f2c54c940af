/**
 * A request whose body is here already. It is read without the streams, signals and copies that `new Request` makes,
 * which cost more than all else that is done with a small webhook; who asks for more than the usual gets a full one.
 */
class BufferedRequest implements Request {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly #body: ArrayBuffer
  readonly #signal: () => AbortSignal
  #full: Request | null = null
  #used = false

  constructor(given: Given) {
    this.url = given.url
    this.method = given.method
    this.headers = given.headers
    this.#body = given.body
    this.#signal = given.signal
  }

  get #request(): Request {
    const { url, method, headers } = this
    this.#full ??= new Request(url, { method, headers, body: this.#body, signal: this.#signal() })
    return this.#full
  }

  /** The whole body, once: from here, or from the full request when there is one. */
  async #take(): Promise<ArrayBuffer> {
    if (this.#full) return this.#full.arrayBuffer()
    if (this.#used) throw new TypeError('The body was read before.')
    this.#used = true
    return this.#body
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.#take())
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#take()
  }
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#take())
  }
  blob(): Promise<Blob> {
    return this.#request.blob()
  }
  formData(): Promise<FormData> {
    return this.#request.formData()
  }
  clone(): Request {
    return this.#request.clone()
  }
  get body() {
    return this.#request.body
  }
  get bodyUsed(): boolean {
    return this.#used || (this.#full?.bodyUsed ?? false)
  }
  get signal(): AbortSignal {
    return this.#signal()
  }
  get cache() {
    return this.#request.cache
  }
  get credentials() {
    return this.#request.credentials
  }
  get destination() {
    return this.#request.destination
  }
  get duplex() {
    return this.#request.duplex
  }
  get integrity() {
    return this.#request.integrity
  }
  get keepalive() {
    return this.#request.keepalive
  }
  get mode() {
    return this.#request.mode
  }
  get redirect() {
    return this.#request.redirect
  }
  get referrer() {
    return this.#request.referrer
  }
  get referrerPolicy() {
    return this.#request.referrerPolicy
  }
}

interface Given {
  url: string
  method: string
  headers: Headers
  body: ArrayBuffer
  /** Asked for only when somebody wants it. */
  signal: () => AbortSignal
}

export const bufferedRequest = (given: Given): Request => new BufferedRequest(given)
