import type { Millis, SendKey } from '../../src/model.ts'
import type { Incoming } from './protocol.ts'

/** After this long an own message of the same words was typed on the phone. */
const REMEMBER_MS = 10 * 60_000

interface Expected {
  sendKey: SendKey
  address: string
  /** Null: a file. */
  text: string | null
  remoteId: string | null
  came: boolean
  until: Millis
  onEcho: (remoteId: string) => void
}

export interface Awaited {
  /** Known once the puppet's answer or the echo names it. */
  readonly echo: Promise<string>
  named(remoteId: string): void
  /** It was certainly not sent. */
  forget(): void
}

/**
 * Wechaty's `say` mostly names no message: the account's own message comes back instead, among those typed on the
 * phone. It belongs to the send with its id, else to the oldest open send of the same words to the same person.
 * A send whose answer was lost stays expected: its echo proves that it went.
 */
export class Echoes {
  #expected: Expected[] = []
  readonly #now: () => Millis

  constructor(now: () => Millis) {
    this.#now = now
  }

  expect(sendKey: SendKey, address: string, text: string | null): Awaited {
    const { promise, resolve } = Promise.withResolvers<string>()
    const until = this.#now() + REMEMBER_MS
    const one: Expected = { sendKey, address, text, remoteId: null, came: false, until, onEcho: resolve }
    this.#expected.push(one)
    return {
      echo: promise,
      named: (remoteId) => {
        one.remoteId ??= remoteId
      },
      forget: () => {
        this.#expected = this.#expected.filter((other) => other !== one)
      },
    }
  }

  /** The send that this own message came of, or `external`. */
  match(message: Incoming): SendKey | 'external' {
    this.#expected = this.#expected.filter((one) => one.until > this.#now())
    const found = this.#expected.find((one) => one.remoteId === message.id) ?? this.#similar(message)
    if (found === undefined) return 'external'
    found.remoteId = message.id
    found.came = true
    found.onEcho(message.id)
    return found.sendKey
  }

  #similar(message: Incoming): Expected | undefined {
    const text = message.file === null ? message.text.trim() : null
    return this.#expected.find(
      (one) => !one.came && one.remoteId === null && one.address === message.contact.address && same(one.text, text),
    )
  }
}

const same = (sent: string | null, came: string | null): boolean =>
  sent === null || came === null
    ? sent === came
    : sent.trim().replaceAll('\r\n', '\n') === came.replaceAll('\r\n', '\n')
