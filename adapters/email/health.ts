import type { Health, HealthState } from '../../src/model.ts'

type Part = 'imap' | 'smtp-in' | 'smtp-out'

/** Worst first: the account is as well as its worst part. */
const ORDER: HealthState[] = ['misconfigured', 'needs_login', 'down', 'degraded', 'connecting', 'ok']

/** Joins what the ways in and out say of themselves into one word on the account. */
export class AccountHealth {
  readonly #parts = new Map<Part, Health>()
  #tell: (next: Health) => void = () => {}
  #last = ''

  /** Each receiver brings the hub's ear along; the newest one is used. */
  listen(tell: (next: Health) => void): void {
    this.#tell = tell
  }

  report(part: Part, state: HealthState, detail: string): void {
    this.#parts.set(part, { state, detail })
    const all = [...this.#parts.values()]
    const worst = ORDER.find((one) => all.some((health) => health.state === one)) ?? 'connecting'
    const next = {
      state: worst,
      detail: all
        .filter((one) => one.state === worst)
        .map((one) => one.detail)
        .join(' '),
    }
    if (JSON.stringify(next) === this.#last) return
    this.#last = JSON.stringify(next)
    this.#tell(next)
  }
}
