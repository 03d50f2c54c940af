import { useEffect, useRef } from 'react'
import { api } from '../api/client.ts'

const REPEAT_MS = 4000
const PAUSE_MS = 5000

/** Tells the hub that somebody writes, at most every few seconds, and that they stopped. Losing one is harmless. */
export function useTypingSignal(conversationId: string) {
  const state = useRef({ on: false, sentAt: 0, timer: 0 })
  const tell = (on: boolean) => {
    state.current.on = on
    state.current.sentAt = Date.now()
    api(`/conversations/${conversationId}/typing`, { body: { on } }).catch(() => {})
  }
  const stop = () => {
    clearTimeout(state.current.timer)
    if (state.current.on) tell(false)
  }
  const latest = useRef(stop)
  latest.current = stop
  useEffect(() => () => latest.current(), [])
  const typed = () => {
    clearTimeout(state.current.timer)
    state.current.timer = window.setTimeout(stop, PAUSE_MS)
    if (!state.current.on || Date.now() - state.current.sentAt > REPEAT_MS) tell(true)
  }
  return { typed, stop }
}
