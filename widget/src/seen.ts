import type { Api, Message } from './api.ts'
import { load, save } from './storage.ts'

/** How far the visitor has read, over reloads and tabs; and what was reported of it. */
export class Seen {
  readonly #key: string
  readonly #api: Api
  #read: number
  #delivered = 0
  #reporting: Promise<unknown> = Promise.resolve()

  constructor(key: string, api: Api) {
    this.#key = key
    this.#api = api
    this.#read = load<number>(key) ?? 0
  }

  unread(messages: Message[]): number {
    return messages.filter(({ by, seq, state }) => by === 'hub' && seq > this.#read && state !== 'read').length
  }

  /** Another tab showed it. */
  reached(seq: number): void {
    this.#read = Math.max(this.#read, seq)
  }

  /** Reports what is new; the position that was read now, null when nothing was. */
  look(messages: Message[], visible: boolean): number | null {
    const ours = messages.filter(({ by }) => by === 'hub')
    const newest = Math.max(0, ...ours.map(({ seq }) => seq))
    const undelivered = ours.filter(
      ({ seq, state }) => seq > this.#delivered && state !== 'delivered' && state !== 'read',
    )
    if (undelivered.length > 0) this.#report(undelivered, newest, 'delivered')
    this.#delivered = Math.max(this.#delivered, newest)
    if (!visible || newest <= this.#read) return null
    const unread = ours.filter(({ seq, state }) => seq > this.#read && state !== 'read')
    if (unread.length > 0) this.#report(unread, newest, 'read')
    this.#read = newest
    save(this.#key, newest)
    return newest
  }

  /** In order, so that `delivered` never comes after `read`. A lost report is made good by the next load of the page. */
  #report(messages: Message[], upTo: number, state: 'delivered' | 'read'): void {
    const after = Math.min(...messages.map(({ seq }) => seq)) - 1
    this.#reporting = this.#reporting
      .then(() => this.#api.post('/seen', { after, upTo, state }))
      .catch(() => {
        if (state === 'delivered') this.#delivered = Math.min(this.#delivered, after)
        else {
          this.#read = Math.min(this.#read, after)
          save(this.#key, this.#read)
        }
      })
  }
}
