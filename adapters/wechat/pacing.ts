import { setTimeout as pause } from 'node:timers/promises'
import type { Millis } from '../../src/model.ts'

/** Pauses vary by this share, up and down. */
const JITTER = 0.33

/**
 * One message at a time, and never faster than a person: WeChat restricts accounts that write evenly and much.
 * `turn` resolves when the next may go; false when the signal came first.
 */
export function createPace(perMinute: number, random: () => number = Math.random, now: () => Millis = Date.now) {
  let next = 0
  const gap = () => (60_000 / perMinute) * (1 + JITTER * (2 * random() - 1))
  return {
    async turn(signal: AbortSignal): Promise<boolean> {
      const at = Math.max(next, now())
      next = at + gap()
      if (at > now()) await pause(at - now(), undefined, { signal }).catch(() => {})
      return !signal.aborted
    },
  }
}
