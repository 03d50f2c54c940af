import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Mailbox, type StoredMail } from '../mail/mailbox.ts'

/** Older mails leave the disk; the hub read them long ago. */
const MAILS_KEPT = 500

/**
 * The hub's mailbox in a folder, a file for each mail, written before anybody is told of it: a mail that a customer
 * sent while the hub was away is still there when it comes back.
 */
export class MailboxFile extends Mailbox {
  readonly #folder: string

  constructor(folder: string, uidValidity: number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const mails = read(folder)
    super({ uidValidity, nextUid: (mails.at(-1)?.uid ?? 0) + 1, mails })
    this.#folder = folder
  }

  override add(raw: Buffer, at = new Date()): StoredMail {
    writeFileSync(path.join(this.#folder, `${this.nextUid}.eml`), raw, { mode: 0o600 })
    const tooOld = this.nextUid - MAILS_KEPT
    if (tooOld > 0) rmSync(path.join(this.#folder, `${tooOld}.eml`), { force: true })
    return super.add(raw, at)
  }
}

function read(folder: string): StoredMail[] {
  return readdirSync(folder)
    .filter((name) => /^\d+\.eml$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
    .map((uid) => {
      const file = path.join(folder, `${uid}.eml`)
      return { uid, raw: readFileSync(file), at: statSync(file).mtime, flags: new Set<string>() }
    })
}
