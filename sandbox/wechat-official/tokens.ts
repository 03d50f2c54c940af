import { randomBytes } from 'node:crypto'

const LIFETIME_S = 7200

/** Access tokens as `stable_token` gives them: the same one until its end, another one when forced. */
export class AccessTokens {
  /** How many were asked for: one node should ask, not each. */
  asked = 0
  #current: { value: string; until: number } | null = null
  #distrusted: string | null = null
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  give(force: boolean): { access_token: string; expires_in: number } {
    this.asked += 1
    if (force || this.#current === null || this.#current.until <= this.#now()) {
      this.#current = { value: randomBytes(48).toString('base64url'), until: this.#now() + LIFETIME_S * 1000 }
    }
    return {
      access_token: this.#current.value,
      expires_in: Math.floor((this.#current.until - this.#now()) / 1000),
    }
  }

  /** 0, or WeChat's return code. */
  check(token: string | null): 0 | 40001 | 41001 | 42001 {
    if (token === null) return 41001
    if (this.#current?.value !== token || this.#distrusted === token) return 40001
    return this.#current.until > this.#now() ? 0 : 42001
  }

  /** The token is refused from now on, though `stable_token` still gives it until one is forced. */
  distrust(token: string): void {
    this.#distrusted = token
  }

  /** As if another program had asked for a token of its own: the one in use is worth nothing now. */
  revoke(): void {
    this.#current = null
  }
}
