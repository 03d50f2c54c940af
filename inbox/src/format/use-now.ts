import { useSyncExternalStore } from 'react'

/** The time, renewed twice a minute for all who show it together. */
const EVERY_MS = 30_000

const listeners = new Set<() => void>()
let now = Date.now()
let timer: number | null = null

const tick = () => {
  now = Date.now()
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  timer ??= window.setInterval(tick, EVERY_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

export const useNow = (): number => useSyncExternalStore(subscribe, () => now)
