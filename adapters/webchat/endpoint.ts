import type { AdapterContext, Sink } from '../contract.ts'
import type { WebchatConfig } from './config.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Visitor } from './session.ts'

/** What one request needs. */
export interface Call {
  request: Request
  url: URL
  config: WebchatConfig
  context: AdapterContext
  sink: Sink
}

/** A call by somebody who showed a session. */
export interface VisitorCall extends Call {
  visitor: Visitor
}

/** How fast one visitor, or one network address, may go. */
export interface Limits {
  sessions: RateLimit
  messages: RateLimit
  files: RateLimit
  typing: RateLimit
}

/** Signals about one visitor. `changed` is also what the hub sends when their thread grew. */
export const topics = {
  changed: (address: string) => `changed:${address}`,
  toVisitor: (address: string) => `visitor:${address}`,
  typing: 'typing:customer',
}

/** What travels on `toVisitor`. Never stored: missed is missed. */
export type Whisper = { typing: boolean } | { readUpTo: string }
