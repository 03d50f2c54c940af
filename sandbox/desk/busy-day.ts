import { setTimeout as pause } from 'node:timers/promises'
import { BUSY_DAY, type Line } from './busy-day-script.ts'
import { CUSTOMERS, type DeviceId } from './people.ts'
import { picture } from './pictures.ts'
import type { Draft } from './screens.ts'

export interface Play {
  running: boolean
  said: number
  of: number
}

interface Options {
  say(device: DeviceId, customer: string, draft: Draft): void
  /** Gets everything ready that the day needs. */
  prepare(): Promise<void>
  changed(play: Play): void
  /** Milliseconds of a second of the script; shorter in tests. */
  secondMs?: number
  script?: Line[]
}

/** Plays a minute of traffic, once at a time; can be stopped anywhere. */
export class BusyDay {
  now: Play
  readonly #options: Options
  readonly #script: Line[]
  #stop: AbortController | null = null

  constructor(options: Options) {
    this.#options = options
    this.#script = options.script ?? BUSY_DAY
    this.now = { running: false, said: 0, of: this.#script.length }
  }

  /** Resolves when it is over. */
  async play(): Promise<void> {
    if (this.#stop) return
    const stop = new AbortController()
    this.#stop = stop
    this.#set({ running: true, said: 0 })
    try {
      await this.#options.prepare()
      await this.#perform(stop.signal)
    } finally {
      this.#stop = null
      this.#set({ running: false })
    }
  }

  stop(): void {
    this.#stop?.abort()
  }

  async #perform(signal: AbortSignal): Promise<void> {
    const began = Date.now()
    for (const line of this.#script) {
      const wait = began + line.at * (this.#options.secondMs ?? 1_000) - Date.now()
      await pause(Math.max(0, wait), undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      this.#say(line)
      this.#set({ said: this.now.said + 1 })
    }
  }

  #say({ device, who, text, subject, picture: name, follows }: Line): void {
    const customer = CUSTOMERS[device][who]
    if (!customer) return
    const media = name ? [picture(name)] : []
    this.#options.say(device, customer.address, {
      text,
      media,
      ...(subject ? { subject, inAnswerTo: null } : {}),
      ...(follows ? { follows } : {}),
    })
  }

  #set(change: Partial<Play>): void {
    this.now = { ...this.now, ...change }
    this.#options.changed(this.now)
  }
}
