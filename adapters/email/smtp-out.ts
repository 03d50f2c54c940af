import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { EmailConfig } from './config.ts'
import type { Phase, SmtpError } from './errors.ts'

/** An idle connection is closed by us before the server does it, which most do after one to five minutes. */
const IDLE_MS = 20_000
const CONNECT_MS = 15_000
/** RFC 5321, 4.5.3.2.6 allows a server 10 minutes after the final dot; a reply must not hang that long in the inbox. */
const ANSWER_MS = 120_000
/** How long a stop waits for mails in hand. */
const FINISH_MS = 10_000

export type Sent = { ok: true; serverMessageId: string | null } | { ok: false; error: SmtpError; phase: Phase }

/**
 * Connections to the account's mail server, kept for the next mail. nodemailer's own pool cannot say how far a failed
 * message had come, and that is the difference between trying again and not knowing.
 */
export class SmtpOut {
  readonly #config: EmailConfig
  readonly #idle = new Set<SMTPConnection>()
  readonly #all = new Set<SMTPConnection>()
  readonly #inHand = new Set<Promise<unknown>>()
  #closed = false

  constructor(config: EmailConfig) {
    this.#config = config
  }

  /** Marks work as in hand until it is done: a stop waits for it. */
  async hold<Result>(work: Promise<Result>): Promise<Result> {
    this.#inHand.add(work)
    return work.finally(() => this.#inHand.delete(work))
  }

  /** Lets what is being sent come to its end: cut off, nobody could say whether it arrived. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, FINISH_MS)
    await Promise.race([Promise.allSettled(this.#inHand), late.promise])
    clearTimeout(timer)
    this.#closed = true
    for (const connection of this.#idle) connection.quit()
    for (const connection of this.#all) if (!this.#idle.has(connection)) connection.close()
    this.#idle.clear()
  }

  async send(envelope: { from: string; to: string }, raw: Buffer, signal: AbortSignal): Promise<Sent> {
    const kept = this.#idle.values().next().value
    if (kept !== undefined) {
      this.#idle.delete(kept)
      const sent = await this.#transfer(kept, envelope, raw, signal)
      // The server had closed the kept connection before it read anything of this mail.
      if (sent.ok || sent.phase !== 'envelope' || sent.error.responseCode !== undefined || signal.aborted) return sent
    }
    const opened = await this.#open(signal)
    return 'error' in opened
      ? { ok: false, error: opened.error, phase: 'envelope' }
      : this.#transfer(opened.connection, envelope, raw, signal)
  }

  async #open(signal: AbortSignal): Promise<{ connection: SMTPConnection } | { error: SmtpError }> {
    if (this.#closed || signal.aborted) return { error: new Error('The account is being stopped.') }
    const { smtpHost: host, smtpPort: port, smtpSecure: secure, smtpUser, smtpPassword, allowInsecure } = this.#config
    const connection = new SMTPConnection({
      host,
      port,
      secure,
      requireTLS: !allowInsecure,
      tls: { rejectUnauthorized: !allowInsecure },
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      dnsTimeout: CONNECT_MS,
      socketTimeout: ANSWER_MS,
    })
    this.#all.add(connection)
    connection.once('end', () => this.#forget(connection))
    // An error between two mails has nobody to tell, and must not end the process.
    connection.on('error', () => this.#forget(connection))
    const failed = await during(connection, signal, (done) =>
      connection.connect((error) => {
        if (error || smtpUser === '') return done(error ?? null)
        connection.login(
          { user: smtpUser, pass: smtpPassword, credentials: { user: smtpUser, pass: smtpPassword } },
          (refused) => done(refused ?? null),
        )
      }),
    )
    if (failed === null) return { connection }
    connection.close()
    return { error: failed }
  }

  async #transfer(
    connection: SMTPConnection,
    envelope: { from: string; to: string },
    raw: Buffer,
    signal: AbortSignal,
  ): Promise<Sent> {
    let phase: Phase = 'envelope'
    let serverMessageId: string | null = null
    // nodemailer reads the content only after the server's 354.
    const content = new Readable({
      read() {
        phase = 'content'
        this.push(raw)
        this.push(null)
      },
    }).once('end', () => {
      phase = 'ended'
    })
    const error = await during(connection, signal, (done) =>
      connection.send({ from: envelope.from, to: [envelope.to], size: raw.length }, content, (failed, info) => {
        serverMessageId = info?.serverMessageId ?? null
        done(failed ?? null)
      }),
    )
    if (error === null) this.#keep(connection)
    else connection.close()
    return error === null ? { ok: true, serverMessageId } : { ok: false, error, phase }
  }

  #keep(connection: SMTPConnection): void {
    if (this.#closed) {
      connection.quit()
      return
    }
    this.#idle.add(connection)
    const timer = setTimeout(() => {
      if (this.#idle.delete(connection)) connection.quit()
    }, IDLE_MS)
    timer.unref()
  }

  #forget(connection: SMTPConnection): void {
    this.#idle.delete(connection)
    this.#all.delete(connection)
  }
}

/** Runs one step on a connection; an error of the socket or the signal ends it too. Resolves to the error, or null. */
function during(
  connection: SMTPConnection,
  signal: AbortSignal,
  step: (done: (error: SmtpError | null) => void) => void,
): Promise<SmtpError | null> {
  return new Promise((resolve) => {
    const finish = (error: SmtpError | null) => {
      signal.removeEventListener('abort', onAbort)
      connection.removeListener('end', onEnd)
      connection.removeListener('error', finish)
      resolve(error)
    }
    const onAbort = () => {
      connection.close()
      finish(Object.assign(new Error('The time for this send is over.'), { code: 'ETIMEDOUT' }))
    }
    const onEnd = () =>
      finish(Object.assign(new Error('The mail server closed the connection.'), { code: 'ECONNECTION' }))
    connection.once('error', finish)
    connection.once('end', onEnd)
    signal.addEventListener('abort', onAbort, { once: true })
    step(finish)
  })
}
