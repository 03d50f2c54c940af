import type { Millis, SendKey } from '../../src/model.ts'
import type { Incoming } from './protocol.ts'
import type { Spool } from './spool.ts'

/** After this long an own message of the same words was typed on the phone. */
const REMEMBER_MS = 10 * 60_000

/** What is on disk of a send, so that its echo is known after a restart of the hub too. */
export interface Expected {
  sendKey: SendKey
  address: string
  /** Null: a file. */
  text: string | null
  remoteId: string | null
  came: boolean
  until: Millis
  /** The last part of its send: only then the whole is known to have gone. */
  last: boolean
}

interface Open {
  seq: number
  expected: Expected
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
  readonly #now: () => Millis
  readonly #spool: Spool<Expected>
  #open: Open[]

  constructor(spool: Spool<Expected>, now: () => Millis) {
    this.#now = now
    this.#spool = spool
    this.#open = [...spool.left()].map(({ seq, event }) => ({ seq, expected: event, onEcho: () => {} }))
  }

  expect(sendKey: SendKey, address: string, text: string | null, last = true): Awaited {
    const { promise, resolve } = Promise.withResolvers<string>()
    const until = this.#now() + REMEMBER_MS
    const expected: Expected = { sendKey, address, text, remoteId: null, came: false, until, last }
    const open: Open = { seq: this.#spool.add(expected), expected, onEcho: resolve }
    this.#open.push(open)
    return {
      echo: promise,
      named: (remoteId) => {
        if (expected.remoteId !== null) return
        expected.remoteId = remoteId
        this.#spool.replace(open.seq, expected)
      },
      forget: () => this.#drop((other) => other === open),
    }
  }

  /** The send that this own message came of, or null when it was typed on the phone. */
  match(message: Incoming): { sendKey: SendKey; last: boolean } | null {
    this.#drop(({ expected }) => expected.until <= this.#now())
    const found = this.#open.find(({ expected }) => expected.remoteId === message.id) ?? this.#similar(message)
    if (found === undefined) return null
    const { expected } = found
    expected.remoteId = message.id
    expected.came = true
    this.#spool.replace(found.seq, expected)
    found.onEcho(message.id)
    return expected
  }

  #similar(message: Incoming): Open | undefined {
    const text = message.file === null ? message.text.trim() : null
    return this.#open.find(
      ({ expected }) =>
        !expected.came &&
        expected.remoteId === null &&
        expected.address === message.contact.address &&
        same(expected.text, text),
    )
  }

  #drop(which: (open: Open) => boolean): void {
    for (const open of this.#open.filter(which)) this.#spool.remove(open.seq)
    this.#open = this.#open.filter((open) => !which(open))
  }
}

const same = (sent: string | null, came: string | null): boolean =>
  sent === null || came === null
    ? sent === came
    : sent.trim().replaceAll('\r\n', '\n') === came.replaceAll('\r\n', '\n')
