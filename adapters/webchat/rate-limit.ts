import type { Millis } from '../../src/model.ts'

/** Keys remembered at most; beyond it the longest unused are forgotten (they would be full again anyway). */
const MAX_KEYS = 50_000

/**
 * Token buckets, one per key: `burst` at once, refilled evenly at `perMinute`. Each node counts for itself; the
 * limit keeps one visitor from flooding agents, it is no accounting.
 */
export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; at: Millis }>()
  readonly #burst: number
  readonly #perMs: number

  constructor(burst: number, perMinute: number) {
    this.#burst = burst
    this.#perMs = perMinute / 60_000
  }

  /** Takes one token. 0 = granted; otherwise how long to wait for the next one. */
  take(key: string, now: Millis): Millis {
    const old = this.#buckets.get(key)
    const tokens = old ? Math.min(this.#burst, old.tokens + Math.max(0, now - old.at) * this.#perMs) : this.#burst
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
    this.#forget()
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / this.#perMs)
  }

  #forget(): void {
    if (this.#buckets.size <= MAX_KEYS) return
    const oldest = this.#buckets.keys().next().value
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
