import type { HttpBindings } from '@hono/node-server'
import type { Viewer } from '../../conversations/viewer.ts'

/** What a request carries through the middlewares. */
export interface Env {
  /** Absent when a request is handed in directly, without a server. */
  Bindings: Partial<HttpBindings>
  Variables: {
    /** Address of the client, as far as it can be known. */
    clientIp: string
    /** Only behind a check of rights. */
    viewer: Viewer
  }
}
