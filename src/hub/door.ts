import type { Server } from 'node:http'
import type { getRequestListener } from '@hono/node-server'

const NOT_READY = JSON.stringify({
  type: 'about:blank',
  title: 'Starting',
  status: 503,
  detail: 'The hub is starting. Try again in a second.',
})

type Listener = ReturnType<typeof getRequestListener>

export interface Door {
  ready(listener: Listener): void
}

/** Answers 503 until there is somebody to answer. */
export const serveWhenReady = (server: Server): Door => {
  let listener: Listener | null = null
  server.on('request', (incoming, outgoing) => {
    if (listener) void listener(incoming, outgoing)
    else outgoing.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end(NOT_READY)
  })
  return {
    ready(next) {
      listener = next
    },
  }
}
