/** Why something asked for was not done: an RFC 9457 problem without its HTTP clothes. */
export interface Problem {
  status: 400 | 403 | 404 | 409 | 410 | 413 | 422
  /** Stable word for programs, e.g. `window_closed`. */
  code: string
  /** What was wrong and what to do, for people. */
  detail: string
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem }

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value })

export const refused = (status: Problem['status'], code: string, detail: string): Outcome<never> => ({
  ok: false,
  problem: { status, code, detail },
})

/** Rolls the transaction back and carries the refusal out of it. */
export class Refusal extends Error {
  readonly outcome: Outcome<never>
  constructor(outcome: Outcome<never>) {
    super('refused')
    this.outcome = outcome
  }
}
