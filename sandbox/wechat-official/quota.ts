const HOUR = 3_600_000

/** What a customer's act allows the account to send, as the real one counts it. */
export const ALLOWANCES = {
  message: { count: 5, ms: 48 * HOUR },
  action: { count: 3, ms: 60_000 },
} as const

export type Act = keyof typeof ALLOWANCES

interface Allowance {
  left: number
  until: number
}

export type QuotaMemory = [openid: string, [Act, Allowance][]][]

/** Who may be written to, and how often yet. A new act of the same kind replaces the old allowance. */
export class Quota {
  readonly #of = new Map<string, Map<Act, Allowance>>()
  readonly #now: () => number

  readonly #perMessage: number

  constructor(now: () => number, perMessage: number) {
    this.#now = now
    this.#perMessage = perMessage
  }

  /** For a later run. */
  memory(): QuotaMemory {
    return [...this.#of].map(([openid, acts]) => [openid, [...acts]])
  }

  remember(memory: QuotaMemory): void {
    for (const [openid, acts] of memory) this.#of.set(openid, new Map(acts))
  }

  open(openid: string, act: Act): void {
    const mine = this.#of.get(openid) ?? new Map<Act, Allowance>()
    const { count, ms } = ALLOWANCES[act]
    mine.set(act, { left: act === 'message' ? this.#perMessage : count, until: this.#now() + ms })
    this.#of.set(openid, mine)
  }

  close(openid: string): void {
    this.#of.delete(openid)
  }

  /** 0 when the message may go; else WeChat's return code. */
  use(openid: string): 0 | 45015 | 45047 {
    const open = [...(this.#of.get(openid)?.values() ?? [])].filter((one) => one.until > this.#now())
    if (open.length === 0) return 45015
    const usable = open.filter((one) => one.left > 0).sort((a, b) => a.until - b.until)[0]
    if (usable === undefined) return 45047
    usable.left -= 1
    return 0
  }
}
