import type { ServerResponse } from 'node:http'

const BREATH_MS = 15_000

/** Browsers that watch the desk. */
export class Live {
  readonly #open = new Set<ServerResponse>()
  readonly #breath = setInterval(() => this.#write(': still here\n\n'), BREATH_MS)

  /** `first` is what a browser is told before anything else: it needs no other request, also after it was cut off. */
  watch(response: ServerResponse, first: object): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write(frame(first))
    this.#open.add(response)
    response.once('close', () => this.#open.delete(response))
  }

  tell(event: object): void {
    if (this.#open.size > 0) this.#write(frame(event))
  }

  close(): void {
    clearInterval(this.#breath)
    for (const response of this.#open) response.end()
  }

  #write(text: string): void {
    for (const response of this.#open) response.write(text)
  }
}

const frame = (event: object): string => `retry: 1000\ndata: ${JSON.stringify(event)}\n\n`
