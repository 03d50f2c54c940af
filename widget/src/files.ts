import type { Api } from './api.ts'

/** Files of the thread as addresses the page can show. They are fetched with the token, so they have none of their own. */
export class Files {
  readonly #api: Api
  readonly #urls = new Map<string, Promise<string>>()

  constructor(api: Api) {
    this.#api = api
  }

  /** The visitor's own upload needs no fetching. */
  keep(id: string, file: Blob): void {
    if (!this.#urls.has(id)) this.#urls.set(id, Promise.resolve(URL.createObjectURL(file)))
  }

  url(id: string): Promise<string> {
    const known = this.#urls.get(id)
    if (known) return known
    const fetched = this.#api.file(id).then((blob) => URL.createObjectURL(blob))
    this.#urls.set(id, fetched)
    fetched.catch(() => this.#urls.delete(id))
    return fetched
  }
}
