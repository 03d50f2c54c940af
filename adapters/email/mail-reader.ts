import { Worker } from 'node:worker_threads'
import { type ParsedMail, parseMail, unreadableMail } from './parse.ts'

/** Up to here parsing takes less time than the way to another thread and back. */
const LARGE_BYTES = 200 * 1024
/** No honest mail takes longer; one made to stop us must not. */
const LONGEST_MS = 60_000

interface Waiting {
  raw: Uint8Array
  done(mail: ParsedMail): void
  timer: NodeJS.Timeout
}

/** Reads mails: small ones at once, large ones in a worker thread that starts with the first of them. */
export class MailReader {
  #worker: Worker | null = null
  #waiting = new Map<number, Waiting>()
  #next = 0

  read(raw: Uint8Array): Promise<ParsedMail> {
    return raw.byteLength <= LARGE_BYTES ? parseMail(raw) : this.#elsewhere(raw)
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#giveUp('The account was stopped.')
  }

  #elsewhere(raw: Uint8Array): Promise<ParsedMail> {
    const worker = this.#started()
    const id = this.#next++
    return new Promise((done) => {
      const timer = setTimeout(() => void this.#worker?.terminate(), LONGEST_MS)
      this.#waiting.set(id, { raw, done, timer })
      worker.postMessage({ id, raw })
    })
  }

  #started(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    })
    worker.on('message', ({ id, mail }: { id: number; mail: ParsedMail }) => this.#finish(id, mail))
    worker.on('error', (error) => this.#giveUp(error.message))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null
      this.#giveUp('Reading it took too long.')
    })
    worker.unref()
    this.#worker = worker
    return worker
  }

  #finish(id: number, mail: ParsedMail): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    waiting?.done(mail)
  }

  /** What the worker took down with it is still kept, with its headers and as a file. */
  #giveUp(reason: string): void {
    for (const [id, { raw }] of [...this.#waiting]) this.#finish(id, unreadableMail(raw, reason))
  }
}
