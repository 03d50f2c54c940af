import { EventEmitter } from 'node:events'

export interface StoredMail {
  uid: number
  raw: Buffer
  at: Date
  flags: Set<string>
}

/** One folder of a mail server. Emits `arrived` with each new mail. */
export class Mailbox extends EventEmitter<{ arrived: [] }> {
  readonly mails: StoredMail[]
  uidValidity: number
  #nextUid: number

  /** `kept`: the mailbox of an earlier run. */
  constructor(kept?: { uidValidity: number; nextUid: number; mails: StoredMail[] }) {
    super()
    this.mails = kept?.mails ?? []
    this.uidValidity = kept?.uidValidity ?? Math.floor(Date.now() / 1000)
    this.#nextUid = kept?.nextUid ?? 1
  }

  get nextUid(): number {
    return this.#nextUid
  }

  add(raw: Buffer, at = new Date()): StoredMail {
    const mail = { uid: this.#nextUid++, raw, at, flags: new Set<string>() }
    this.mails.push(mail)
    this.emit('arrived')
    return mail
  }

  /** As after a restore from backup: the same mails under other numbers. */
  renumber(): void {
    this.uidValidity += 1
    this.#nextUid = 1
    for (const mail of this.mails) mail.uid = this.#nextUid++
  }
}
