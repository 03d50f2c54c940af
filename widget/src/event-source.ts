import type { Api } from './api.ts'
import { Refused } from './api.ts'

export interface StreamEvent {
  event: string
  data: unknown
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** The hub beats every 25 s: a line that is silent for this long is dead, whatever the browser thinks. */
const SILENCE_MS = 60_000

/**
 * Reads the event stream as long as the page lives; connects again by itself, from the position reached. By fetch and
 * not EventSource, because the token belongs in a header and not in an address that gets logged.
 */
export async function follow(
  api: Api,
  position: () => number,
  on: { event(event: StreamEvent): void; connected(on: boolean): void; refused(refusal: Refused): void },
): Promise<void> {
  let pause = FIRST_PAUSE_MS
  for (;;) {
    try {
      await readOnce(api, position(), () => on.connected(true), on.event)
      pause = FIRST_PAUSE_MS
    } catch (error) {
      if (error instanceof Refused && !error.passing) on.refused(error)
      if (error instanceof Refused && error.retryAfterMs > pause) pause = error.retryAfterMs
    }
    on.connected(false)
    // Spread out, so that a restarted hub is not met by all its visitors in the same instant.
    await waitUntilWorthIt(pause * (0.75 + Math.random() / 2))
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }
}

async function readOnce(
  api: Api,
  from: number,
  connected: () => void,
  emit: (event: StreamEvent) => void,
): Promise<void> {
  const silent = new AbortController()
  const watch = () => setTimeout(() => silent.abort(), SILENCE_MS)
  let timer = watch()
  try {
    const response = await api.fetch('/events', { headers: { 'last-event-id': String(from) }, signal: silent.signal })
    connected()
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value = '' } = (await reader?.read()) ?? { done: true }
      if (done) return
      clearTimeout(timer)
      timer = watch()
      const frames = (rest + value).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) parse(frame, emit)
    }
  } finally {
    clearTimeout(timer)
  }
}

function parse(frame: string, emit: (event: StreamEvent) => void): void {
  let event = ''
  let data = ''
  for (const line of frame.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice(7)
    else if (line.startsWith('data: ')) data += line.slice(6)
  }
  if (event && data) emit({ event, data: JSON.parse(data) })
}

/** Over when the time is up, or at once when the network or the person comes back. */
export function waitUntilWorthIt(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    addEventListener('online', done)
  })
}
