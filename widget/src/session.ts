import type { Api, SessionView } from './api.ts'
import { load, save } from './storage.ts'
import { oneAtATime } from './tabs.ts'

/** Who this browser is to the account; shared by its tabs. */
export class Session {
  current: SessionView | null
  readonly #key: string

  constructor(account: string) {
    this.#key = `onethread:${account}`
    this.current = load<SessionView>(this.#key)
  }

  /** Keys of what is stored about this person only. */
  key(what: string): string {
    return `${this.#key}:${this.current?.address}:${what}`
  }

  /** The session there is, or a new visitor's. Two tabs that start together get the same one. */
  ensure(api: Api): Promise<SessionView> {
    return oneAtATime(this.#key, async () => {
      this.current = load<SessionView>(this.#key) ?? (await api.startSession())
      save(this.#key, this.current)
      return this.current
    })
  }

  /** True when it is another person than before. */
  async identify(api: Api, jwt: string): Promise<boolean> {
    const next = await api.startSession(jwt)
    const other = next.address !== this.current?.address
    this.current = next
    save(this.#key, next)
    return other
  }

  forget(): void {
    for (const what of ['outbox', 'seen']) save(this.key(what), null)
    this.current = null
    save(this.#key, null)
  }

  /** Another tab became somebody else. */
  onChangedElsewhere(changed: () => void): void {
    addEventListener('storage', ({ key }) => {
      if (key === this.#key && load<SessionView>(this.#key)?.address !== this.current?.address) changed()
    })
  }
}
