/** Locks need https (or localhost), and a frame whose storage the browser does not block. */
const locksWork = async (): Promise<boolean> => {
  try {
    return await navigator.locks.request('onethread', { ifAvailable: true }, async () => true)
  } catch {
    return false
  }
}

/** Runs one tab's turn at a time. */
export async function oneAtATime<R>(name: string, run: () => Promise<R>): Promise<R> {
  return (await locksWork()) ? ((await navigator.locks.request(name, run)) as R) : run()
}

/**
 * One of a browser's tabs is the leader: it holds the connection and tells the others what it hears. When it closes,
 * its lock passes to the next. Without locks each tab is its own leader.
 */
export class Tabs<T> {
  readonly #name: string
  readonly #channel: BroadcastChannel | null

  private constructor(name: string, channel: BroadcastChannel | null) {
    this.#name = name
    this.#channel = channel
  }

  static async join<T>(name: string, onMessage: (message: T) => void): Promise<Tabs<T>> {
    const channel = (await locksWork()) ? new BroadcastChannel(name) : null
    if (channel) channel.onmessage = ({ data }) => onMessage(data as T)
    return new Tabs<T>(name, channel)
  }

  tell(message: T): void {
    this.#channel?.postMessage(message)
  }

  /** Calls `lead` once this tab is the leader. It leads until the page goes away. */
  lead(lead: () => Promise<void>): void {
    if (this.#channel) void navigator.locks.request(this.#name, lead)
    else void lead()
  }
}
