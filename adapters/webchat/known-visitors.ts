import type { Millis } from '../../src/model.ts'
import { type Visitor, visitorOf } from './session.ts'

/** A visitor writes several messages, and checking a signature takes longer than all else that is done with one. */
const KEPT = 2000

/** Who is behind a session token, remembered for those who wrote lately. What can expire is checked each time. */
export class KnownVisitors {
  readonly #secret: Uint8Array
  readonly #visitors = new Map<string, Visitor>()

  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  visitorOf(authorization: string | null, now: Millis): Visitor {
    const known = authorization === null ? undefined : this.#visitors.get(authorization)
    if (known) return known
    const visitor = visitorOf(this.#secret, authorization, now)
    // A signed-in user's session ends; a visitor's does not.
    if (authorization !== null && !visitor.verified) this.#remember(authorization, visitor)
    return visitor
  }

  #remember(authorization: string, visitor: Visitor): void {
    if (this.#visitors.size >= KEPT) this.#visitors.delete(this.#visitors.keys().next().value as string)
    this.#visitors.set(authorization, visitor)
  }
}
