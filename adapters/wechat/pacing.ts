import { setTimeout as pause } from 'node:timers/promises'
import type { Millis } from '../../src/model.ts'

/** Pauses vary by this share, up and down. */
const JITTER = 0.33

/** Milliseconds to the next message; `random` in 0..1. */
export const gapMs = (perMinute: number, random: number): Millis =>
  (60_000 / perMinute) * (1 + JITTER * (2 * random - 1))

/**
 * One message at a time, and never faster than a person: WeChat restricts accounts that write evenly and much.
 * `turn` resolves when the next may go; false when the signal came first.
 */
export function createPace(perMinute: number) {
  let next = 0
  return {
    async turn(signal: AbortSignal): Promise<boolean> {
      const now = performance.now()
      const at = Math.max(next, now)
      next = at + gapMs(perMinute, Math.random())
      if (at > now) await pause(at - now, undefined, { signal }).catch(() => {})
      return !signal.aborted
    },
  }
}
