import type { Millis } from '../model.ts'

/**
 * Counts failures by key within a window, in this process. An attempt counts as failed from its beginning until it
 * turned out well: otherwise many at once would all be let through before the first has failed.
 */
export interface RateLimit {
  /** Milliseconds to wait, 0 when it may go on. */
  wait(key: string): Millis
  failed(key: string): void
  /** Takes the newest failure back. */
  forgive(key: string): void
  succeeded(key: string): void
}

const MOST_KEYS = 10_000

export const createRateLimit = (options: { failures: number; windowMs: Millis; now: () => Millis }): RateLimit => {
  const failures = new Map<string, Millis[]>()

  const recent = (key: string): Millis[] =>
    (failures.get(key) ?? []).filter((at) => at > options.now() - options.windowMs)

  return {
    wait(key) {
      const times = recent(key)
      const oldest = times.at(-options.failures)
      return oldest === undefined ? 0 : oldest + options.windowMs - options.now()
    },
    failed(key) {
      const times = recent(key)
      if (failures.size >= MOST_KEYS && !failures.has(key)) failures.delete(failures.keys().next().value as string)
      failures.set(key, [...times, options.now()].slice(-options.failures))
    },
    forgive(key) {
      const times = recent(key)
      times.pop()
      if (times.length > 0) failures.set(key, times)
      else failures.delete(key)
    },
    succeeded: (key) => void failures.delete(key),
  }
}
