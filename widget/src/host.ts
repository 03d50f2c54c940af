import { TAG, type Tagged, type ToApp, type ToHost } from '../protocol.ts'

/** The website around the frame. Only the origin that the loader named, and only the window that holds us. */
export class Host {
  readonly #origin: string | null

  constructor(origin: string | null, onMessage: (message: ToApp) => void) {
    this.#origin = origin
    if (!origin) return
    addEventListener('message', ({ source, origin: from, data }: MessageEvent<Tagged<ToApp> | null>) => {
      if (source === window.parent && from === origin && data?.tag === TAG) onMessage(data)
    })
  }

  get framed(): boolean {
    return this.#origin !== null
  }

  tell(message: ToHost): void {
    if (this.#origin) window.parent.postMessage({ ...message, tag: TAG }, this.#origin)
  }
}
