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

/** Where a frame has no locks, its website may: resolves once this tab is the leader there; null where there is none to ask. */
export type LeadElsewhere = ((name: string) => Promise<void>) | null

/**
 * One of a browser's tabs is the leader: it holds the connection and tells the others what it hears. When it closes,
 * its lock passes to the next. Without any locks each tab is its own leader.
 */
export class Tabs<T> {
  readonly #name: string
  readonly #channel: BroadcastChannel | null
  readonly #elsewhere: LeadElsewhere

  private constructor(name: string, channel: BroadcastChannel | null, elsewhere: LeadElsewhere) {
    this.#name = name
    this.#channel = channel
    this.#elsewhere = elsewhere
  }

  static async join<T>(name: string, elsewhere: LeadElsewhere, onMessage: (message: T) => void): Promise<Tabs<T>> {
    const own = await locksWork()
    const channel = own || elsewhere ? new BroadcastChannel(name) : null
    if (channel) channel.onmessage = ({ data }) => onMessage(data as T)
    return new Tabs<T>(name, channel, own ? null : elsewhere)
  }

  tell(message: T): void {
    this.#channel?.postMessage(message)
  }

  /** Calls `lead` once this tab is the leader. It leads until the page goes away. */
  lead(lead: () => Promise<void>): void {
    if (this.#elsewhere) void this.#elsewhere(this.#name).then(lead)
    else if (this.#channel) void navigator.locks.request(this.#name, lead)
    else void lead()
  }
}
