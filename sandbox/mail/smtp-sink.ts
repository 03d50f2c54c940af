import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import type { PlannedFailure } from '../peer.ts'

export interface SinkOptions {
  port: number
  user: string
  password: string
  nextFailure(among: PlannedFailure[]): PlannedFailure | null
  /** A mail was taken. */
  onMail(raw: Buffer, recipients: string[]): Promise<void>
}

/** A mail server's SMTP side: takes the hub's mails, and plays the failures that were asked for. */
export class SmtpSink {
  readonly #server: SMTPServer
  readonly #sockets = new Set<Socket>()
  readonly #options: SinkOptions

  constructor(options: SinkOptions) {
    this.#options = options
    this.#server = new SMTPServer({
      banner: 'Sandbox',
      authMethods: ['PLAIN', 'LOGIN'],
      allowInsecureAuth: true,
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 500,
      onAuth: ({ username, password }, _session, done) =>
        username === options.user && password === options.password
          ? done(null, { user: username })
          : done(answer(535, '5.7.8 Wrong user or password')),
      onMailFrom: (_address, _session, done) =>
        options.nextFailure(['throttle'])
          ? done(answer(450, '4.7.28 Too many mails, rate limit exceeded, try again in a minute'))
          : done(),
      onRcptTo: ({ address }, _session, done) =>
        options.nextFailure(['reject']) ? done(answer(550, `5.1.1 <${address}>: no such user here`)) : done(),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.once('end', () => this.#take(Buffer.concat(chunks), session, done))
      },
    })
    this.#server.on('error', () => {})
    this.#server.server.prependListener('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      if (options.nextFailure(['refuse'])) socket.destroy()
    })
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      const server = this.#server.listen(this.#options.port, '127.0.0.1', () =>
        resolve((server.address() as AddressInfo).port),
      )
    })
  }

  /** Closes connections the hub keeps open between two mails. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): Promise<void> {
    this.disconnect()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  async #take(
    raw: Buffer,
    session: SMTPServerSession,
    done: (error?: Error | null, text?: string) => void,
  ): Promise<void> {
    if (this.#options.nextFailure(['server_error'])) return done(answer(451, '4.3.0 Internal error, try again later'))
    const cut = this.#options.nextFailure(['accept_then_reset'])
    await this.#options.onMail(
      raw,
      session.envelope.rcptTo.map(({ address }) => address.toLowerCase()),
    )
    if (!cut) return done(null, 'Taken')
    for (const socket of this.#sockets) if (socket.remotePort === session.remotePort) socket.destroy()
    done()
  }
}

const answer = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode })
