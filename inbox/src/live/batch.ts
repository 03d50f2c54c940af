/**
 * Collects what comes in quick succession and hands it over together: a busy hub sends hundreds of events a second, a
 * page is drawn a few times.
 */
export interface Batch<T> {
  add(...items: T[]): void
  /** Forgets what waits. */
  stop(): void
}

export function createBatch<T>(afterMs: number, run: (items: T[]) => void): Batch<T> {
  let waiting: T[] = []
  let timer: ReturnType<typeof setTimeout> | null = null
  const flush = () => {
    timer = null
    const items = waiting
    waiting = []
    run(items)
  }
  return {
    add(...items) {
      waiting.push(...items)
      timer ??= setTimeout(flush, afterMs)
    },
    stop() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      waiting = []
    },
  }
}
