/**
 * One of a browser's tabs is the leader: it holds the connection and tells the others what it hears. When it closes,
 * its lock passes to the next. Where the browser has no locks (a hub on plain http), each tab is its own leader.
 */
export class Tabs<T> {
  readonly #name: string
  readonly #channel: BroadcastChannel | null
  readonly #closed = new AbortController()

  constructor(name: string, onMessage: (message: T) => void) {
    this.#name = name
    this.#channel = navigator.locks && 'BroadcastChannel' in window ? new BroadcastChannel(name) : null
    if (this.#channel) this.#channel.onmessage = ({ data }) => onMessage(data as T)
  }

  tell(message: T): void {
    this.#channel?.postMessage(message)
  }

  /** Calls `lead` once this tab is the leader; `lead` ends when its signal aborts. */
  lead(lead: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#closed
    if (!this.#channel) void lead(signal)
    else navigator.locks.request(this.#name, { signal }, () => lead(signal)).catch(() => {})
  }

  /** Runs one tab's turn at a time. */
  static async oneAtATime<R>(name: string, run: () => Promise<R>): Promise<R> {
    return navigator.locks ? ((await navigator.locks.request(name, run)) as R) : run()
  }

  close(): void {
    this.#closed.abort()
    this.#channel?.close()
  }
}
