import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type ParsedMail, simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer'
import { bounceOf, bounces } from './mail/bounce.ts'
import { ImapServer } from './mail/imap-server.ts'
import { Mailbox } from './mail/mailbox.ts'
import { SmtpSink } from './mail/smtp-sink.ts'
import type { DeviceMessage, MailHead, Peer, PeerMedia, PlannedFailure } from './peer.ts'

export interface MailPeerOptions {
  /** The hub's mail address. */
  address: string
  /** Names of customers by their address. */
  customers?: Record<string, string>
  /** How the hub gets its mail: it reads its mailbox by IMAP (default), or listens for SMTP on `smtpInPort`. */
  deliverBy?: 'imap' | 'smtp'
  smtpInPort?: number
  /** Ports of the sandbox's own servers; 0 (default) takes any. */
  imapPort?: number
  smtpPort?: number
  /** Of the hub's mailbox; any by default. A peer that starts again for an account that is kept needs the old one. */
  password?: string
  /** Answers carry the whole mail they answer below, as mail programs do by default. */
  quoteHistory?: boolean
  /** How often a mail is brought to the hub's door, twice a second. */
  deliveryTries?: number
  /** The hub's mailbox as it was kept from an earlier run. */
  mailbox?: Mailbox
}

/** Beside what every remote party can do: the postman's side, for tests. */
export interface MailPeer extends Peer {
  /** As every peer's; `inAnswerTo` says which mail is answered: the hub's last one when left out, none when null. */
  say(
    customer: string,
    message: Parameters<Peer['say']>[1] & { inAnswerTo?: MailHead | null },
  ): Promise<{ remoteId: string }>
  /** Hands a mail over as it is. */
  deliver(raw: Buffer, at?: Date): Promise<void>
  readonly mailbox: Mailbox
  readonly imap: ImapServer
  /** Mails of the hub as they came over the wire, oldest first. */
  readonly wire: Buffer[]
}

/** What a mail program knows of a conversation. */
interface Device {
  shown: DeviceMessage[]
  lastFromHub: MailHead | null
}

/** A real sender's server tries for days; a sandbox for half a minute. */
const DELIVERY_TRIES = 60
const DELIVERY_PAUSE_MS = 500

/**
 * Customers' mail programs and the mail server between them and the hub, by SMTP and IMAP on the loopback interface.
 * Mail to `gone@…` is taken and comes back as a bounce.
 */
export async function startMailPeer(options: MailPeerOptions): Promise<MailPeer> {
  const peer = new SandboxMail(options)
  await peer.open()
  return peer
}

class SandboxMail implements MailPeer {
  readonly channel = 'email'
  readonly accepted: Peer['accepted'] = []
  readonly mailbox: Mailbox
  readonly imap: ImapServer
  readonly wire: Buffer[] = []
  readonly #options: MailPeerOptions
  readonly #password: string
  readonly #smtp: SmtpSink
  readonly #devices = new Map<string, Device>()
  readonly #listeners = new Set<(customer: string) => void>()
  readonly #failures: PlannedFailure[] = []
  #config: Record<string, unknown> = {}
  #closed = false

  constructor(options: MailPeerOptions) {
    this.#options = options
    this.#password = options.password ?? randomUUID()
    this.mailbox = options.mailbox ?? new Mailbox()
    this.imap = new ImapServer(this.mailbox, { user: options.address, password: this.#password })
    this.#smtp = new SmtpSink({
      port: options.smtpPort ?? 0,
      user: options.address,
      password: this.#password,
      nextFailure: (among) => this.#nextFailure(among),
      onMail: (raw, recipients) => this.#arrive(raw, recipients),
    })
  }

  async open(): Promise<void> {
    const { address, deliverBy, smtpInPort, imapPort } = this.#options
    const wayIn =
      deliverBy === 'smtp'
        ? { smtpInPort }
        : {
            imapHost: '127.0.0.1',
            imapPort: await this.imap.listen(imapPort ?? 0),
            imapSecure: false,
            imapUser: address,
            imapPassword: this.#password,
          }
    this.#config = {
      address,
      ...wayIn,
      smtpHost: '127.0.0.1',
      smtpPort: await this.#smtp.listen(),
      smtpSecure: false,
      smtpUser: address,
      smtpPassword: this.#password,
      allowInsecure: true,
    }
  }

  get config(): Record<string, unknown> {
    return this.#config
  }

  /** Mail needs no webhooks. */
  attach(_hookUrl: string): void {}

  async say(customer: string, message: Parameters<MailPeer['say']>[1]): Promise<{ remoteId: string }> {
    const answered = message.inAnswerTo === undefined ? this.#device(customer).lastFromHub : message.inAnswerTo
    const messageId = `${randomUUID()}@${customer.split('@')[1] ?? 'customer.example'}`
    const subject = message.subject ?? (answered ? answerSubject(answered.subject) : subjectOf(message.text))
    const quoted = answered && this.#options.quoteHistory ? quotation(answered.text, this.#options.address) : ''
    const raw = await new MailComposer({
      from: { name: message.name ?? this.#options.customers?.[customer] ?? '', address: customer },
      to: answered?.replyTo || this.#options.address,
      messageId: `<${messageId}>`,
      ...(answered ? inAnswerTo(answered) : {}),
      subject,
      text: message.text + quoted,
      attachments: (message.media ?? []).map(({ name, mimeType, content }) => ({
        filename: name,
        contentType: mimeType,
        content: Buffer.from(content),
      })),
    })
      .compile()
      .build()
    this.#show(customer, { ...shownText(messageId, 'customer', message.text, message.media ?? []), subject })
    await this.deliver(raw)
    return { remoteId: messageId }
  }

  async deliver(raw: Buffer, at = new Date()): Promise<void> {
    if (this.#options.deliverBy !== 'smtp') {
      this.mailbox.add(raw, at)
      return
    }
    await this.#deliverBySmtp(raw)
  }

  device(customer: string): DeviceMessage[] {
    return [...this.#device(customer).shown]
  }

  /** Reading a mail tells nobody. */
  async look(_customer: string): Promise<void> {}

  fail(how: PlannedFailure, times: number): void {
    for (let count = 0; count < times; count++) this.#failures.push(how)
    if (how === 'refuse') this.#smtp.disconnect()
  }

  onChange(listener: (customer: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#smtp.close(), this.#options.deliverBy === 'smtp' ? null : this.imap.close()])
  }

  async #deliverBySmtp(raw: Buffer): Promise<void> {
    const port = this.#options.smtpInPort
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
    const head = await simpleParser(raw)
    const envelope = { from: head.from?.value[0]?.address ?? '', to: [recipientOf(head) ?? this.#options.address] }
    for (let tries = 1; ; tries++) {
      const failed = await transport.sendMail({ envelope, raw }).then(
        () => null,
        (error: Error & { responseCode?: number }) => error,
      )
      if (failed === null) return
      if (
        (failed.responseCode ?? 0) >= 500 ||
        tries === (this.#options.deliveryTries ?? DELIVERY_TRIES) ||
        this.#closed
      )
        throw failed
      await pause(DELIVERY_PAUSE_MS)
    }
  }

  /** A mail of the hub reaches the customers' mail programs. */
  async #arrive(raw: Buffer, recipients: string[]): Promise<void> {
    const mail = await simpleParser(raw, { keepCidLinks: true, skipTextToHtml: true })
    const messageId = (mail.messageId ?? `<${randomUUID()}>`).slice(1, -1)
    this.wire.push(raw)
    const text = (mail.text ?? '').replace(/\n$/, '')
    const media = mail.attachments.map((file) => ({
      name: file.filename ?? 'attachment',
      mimeType: file.contentType,
      content: new Uint8Array(file.content),
    }))
    for (const customer of recipients) {
      if (bounces(customer)) {
        await this.deliver(await bounceOf(raw, customer, this.#options.address))
        continue
      }
      this.accepted.push({ to: customer, text, at: Date.now(), key: messageId })
      const head = {
        messageId,
        references: [mail.references ?? []].flat(),
        subject: mail.subject ?? '',
        replyTo: mail.replyTo?.value[0]?.address ?? mail.from?.value[0]?.address ?? this.#options.address,
        text,
      }
      this.#device(customer).lastFromHub = head
      this.#show(customer, {
        ...shownText(messageId, 'hub', text, media),
        status: 'delivered',
        mail: head,
        subject: mail.subject ?? '',
        ...(mail.html ? { html: mail.html } : {}),
      })
    }
  }

  #show(customer: string, message: DeviceMessage): void {
    this.#device(customer).shown.push(message)
    for (const listener of this.#listeners) listener(customer)
  }

  #device(customer: string): Device {
    const known = this.#devices.get(customer)
    if (known) return known
    const fresh: Device = { shown: [], lastFromHub: null }
    this.#devices.set(customer, fresh)
    return fresh
  }

  #nextFailure(among: PlannedFailure[]): PlannedFailure | null {
    const next = this.#failures[0]
    if (next === undefined || !among.includes(next)) return null
    this.#failures.shift()
    return next
  }
}

function shownText(id: string, by: DeviceMessage['by'], text: string, media: PeerMedia[]): DeviceMessage {
  return { id: `${id}#${randomUUID()}`, by, text, media, at: Date.now() }
}

const inAnswerTo = ({ messageId, references }: NonNullable<Device['lastFromHub']>) => ({
  inReplyTo: `<${messageId}>`,
  references: [...references, `<${messageId}>`],
})

const answerSubject = (subject: string): string => (/^re:/i.test(subject) ? subject : `Re: ${subject}`)

const subjectOf = (text: string): string => text.trim().split('\n')[0]?.slice(0, 60) || 'Hello'

const quotation = (text: string, address: string): string =>
  `\n\nOn ${new Date().toUTCString()}, <${address}> wrote:\n\n${text.replace(/^/gm, '> ')}\n`

function recipientOf(mail: ParsedMail): string | undefined {
  const to = Array.isArray(mail.to) ? mail.to[0] : mail.to
  return to?.value[0]?.address
}
