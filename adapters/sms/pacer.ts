import { setTimeout as pause } from 'node:timers/promises'
import type { Millis } from '../../src/model.ts'

/** Longer waits are given back, so that the caller's hands are free meanwhile. */
const LONGEST_WAIT_MS = 5000

export interface Pacer {
  /** Waits for room for so many segments. `later`: no room was taken, come back after that long. */
  take(segments: number, signal: AbortSignal): Promise<{ go: true } | { go: false; afterMs: Millis }>
}

/** Carriers drop what a sender hands over faster than its rate: one message's segments after another's. */
export function createPacer(segmentsPerSecond: number, now: () => Millis): Pacer {
  let freeAt = 0
  return {
    async take(segments, signal) {
      const wait = Math.max(0, freeAt - now())
      if (wait > LONGEST_WAIT_MS) return { go: false, afterMs: wait }
      freeAt = Math.max(freeAt, now()) + (segments / segmentsPerSecond) * 1000
      if (wait > 0) await pause(wait, undefined, { signal }).catch(() => {})
      return signal.aborted ? { go: false, afterMs: 0 } : { go: true }
    },
  }
}
