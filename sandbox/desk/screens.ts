import { randomUUID } from 'node:crypto'
import type { DeviceMessage, MailHead, PeerMedia } from '../peer.ts'
import type { Files, ScreenFile } from './files.ts'
import { customerAt, type DeviceId } from './people.ts'

/** A message as a device shows it. */
export interface ScreenMessage {
  id: string
  by: 'customer' | 'hub'
  text: string
  subject?: string
  html?: string
  files: ScreenFile[]
  at: number
  /** Customer's: whether the hub has it. A refused one says why, and can be sent again. */
  state?: 'sending' | 'taken' | 'refused'
  problem?: string
  /** Hub's: what the device told the provider. */
  status?: 'delivered' | 'read'
  /** A mail of the hub: what an answer to it refers to. Of a customer: which mail it answers, null for a new one. */
  mail?: MailHead | null
  /** Customer's: goes on where the mail before it ended. */
  follows?: true
  /** Customer's, once taken: the provider's id of it. */
  remoteId?: string
}

export interface Screen {
  messages: ScreenMessage[]
  /** When somebody last looked at it; later messages of the hub are new. */
  seenAt: number
}

export type Screens = Record<string, Record<string, Screen>>

export interface Draft {
  text: string
  subject?: string
  media: PeerMedia[]
  inAnswerTo?: MailHead | null
  /** A mail that goes on where this customer's last mail on the screen ended, whoever wrote that. */
  follows?: true
  /** Of the page: the same one again is the same message. */
  clientId?: string
}

/** Brings a customer's message to the hub; rejects when the hub did not take it. */
export type Carry = (
  device: DeviceId,
  customer: string,
  message: { text: string; subject?: string; media: PeerMedia[]; inAnswerTo?: MailHead | null },
) => Promise<{ remoteId: string }>

/** The oldest ones leave a screen, as on a phone that is cleaned up. */
const MESSAGES_KEPT = 200

/** What stands on every device, and what of it the hub has. Nothing typed is ever dropped without a word. */
export class Desk {
  readonly screens: Screens
  readonly #files: Files
  readonly #carry: Carry
  readonly #changed: (device: DeviceId, customer: string, message: ScreenMessage | null) => void
  readonly #lines = new Map<string, Promise<void>>()

  constructor(kept: Screens, files: Files, carry: Carry, changed: Desk['tell']) {
    this.screens = kept
    this.#files = files
    this.#carry = carry
    this.#changed = changed
    for (const message of Object.values(kept).flatMap((screens) =>
      Object.values(screens).flatMap(({ messages }) => messages),
    ))
      if (message.state === 'sending') refuse(message, 'interrupted')
  }

  tell(device: DeviceId, customer: string, message: ScreenMessage | null): void {
    this.#changed(device, customer, message)
  }

  screen(device: DeviceId, customer: string): Screen {
    const screens = this.screens[device] ?? {}
    const screen = screens[customer] ?? { messages: [], seenAt: 0 }
    screens[customer] = screen
    this.screens[device] = screens
    return screen
  }

  /** Whether this person has this device: one of ours, or somebody the hub wrote to. */
  knows(device: DeviceId, customer: string): boolean {
    return customerAt(device, customer) !== undefined || Object.hasOwn(this.screens[device] ?? {}, customer)
  }

  /** Puts the message on the screen at once; `sent` resolves when the hub has it or not. */
  say(device: DeviceId, customer: string, draft: Draft): { id: string; sent: Promise<void> } {
    const { messages } = this.screen(device, customer)
    const id = draft.clientId ?? randomUUID()
    if (messages.some((message) => message.id === id)) return { id, sent: Promise.resolve() }
    const message: ScreenMessage = {
      id,
      by: 'customer',
      text: draft.text,
      files: draft.media.map((file) => this.#files.keep(file)),
      at: Date.now(),
      state: 'sending',
      ...(draft.subject === undefined ? {} : { subject: draft.subject }),
      ...(draft.inAnswerTo === undefined ? {} : { mail: draft.inAnswerTo }),
      ...(draft.follows ? { follows: true as const } : {}),
    }
    this.#add(device, customer, message)
    return { id, sent: this.#send(device, customer, message) }
  }

  /** False when there is no such refused message. */
  retry(device: DeviceId, customer: string, id: string): boolean {
    const message = this.screen(device, customer).messages.find((one) => one.id === id && one.state === 'refused')
    if (!message) return false
    message.state = 'sending'
    delete message.problem
    this.tell(device, customer, message)
    void this.#send(device, customer, message)
    return true
  }

  /** Takes over what the hub brought to this customer's device. */
  show(device: DeviceId, customer: string, shown: DeviceMessage[]): void {
    const { messages } = this.screen(device, customer)
    for (const message of shown) {
      if (message.by !== 'hub') continue
      const known = messages.find(({ id }) => id === message.id)
      if (!known) this.#add(device, customer, this.#fromHub(message))
      else if (message.status !== undefined && known.status !== message.status) {
        known.status = message.status
        this.tell(device, customer, known)
      }
    }
  }

  look(device: DeviceId, customer: string): void {
    this.screen(device, customer).seenAt = Date.now()
    this.tell(device, customer, null)
  }

  clear(): void {
    for (const device of Object.keys(this.screens)) delete this.screens[device]
  }

  /** When it is sent, not when it is written: only then the mail before it has its id. */
  #follow(device: DeviceId, customer: string, message: ScreenMessage): void {
    const { messages } = this.screen(device, customer)
    const before = messages.slice(0, messages.indexOf(message)).findLast(({ mail, remoteId }) => mail || remoteId)
    if (!before) return
    const subject = before.subject ?? ''
    message.subject = /^re:/i.test(subject) ? subject : `Re: ${subject}`
    const { by, mail, remoteId = '', text } = before
    if (by === 'hub' && mail) message.mail = mail
    else
      message.mail = {
        messageId: remoteId,
        references: mail ? [...mail.references, `<${mail.messageId}>`] : [],
        subject,
        replyTo: '',
        text,
      }
  }

  #fromHub({ id, text, media, at, subject, html, status, mail }: DeviceMessage): ScreenMessage {
    return {
      id,
      by: 'hub',
      text,
      files: media.map((file) => this.#files.keep(file)),
      at,
      ...(subject === undefined ? {} : { subject }),
      ...(html === undefined ? {} : { html }),
      ...(status === undefined ? {} : { status }),
      ...(mail === undefined ? {} : { mail }),
    }
  }

  #add(device: DeviceId, customer: string, message: ScreenMessage): void {
    const { messages } = this.screen(device, customer)
    messages.push(message)
    messages.splice(0, Math.max(0, messages.length - MESSAGES_KEPT))
    this.tell(device, customer, message)
  }

  /** One after the other for each customer, as a phone sends. */
  #send(device: DeviceId, customer: string, message: ScreenMessage): Promise<void> {
    const line = `${device} ${customer}`
    const sent = (this.#lines.get(line) ?? Promise.resolve()).then(() => this.#carryOver(device, customer, message))
    this.#lines.set(line, sent)
    return sent
  }

  async #carryOver(device: DeviceId, customer: string, message: ScreenMessage): Promise<void> {
    try {
      if (message.follows) this.#follow(device, customer, message)
      const { text, subject, mail } = message
      const { remoteId } = await this.#carry(device, customer, {
        text,
        media: message.files.map((file) => this.#files.media(file)),
        ...(subject === undefined ? {} : { subject }),
        ...(mail === undefined ? {} : { inAnswerTo: mail }),
      })
      message.state = 'taken'
      message.remoteId = remoteId
    } catch (error) {
      refuse(message, error instanceof Error ? error.message : String(error))
    }
    this.tell(device, customer, message)
  }
}

function refuse(message: ScreenMessage, problem: string): void {
  message.state = 'refused'
  message.problem = problem
}
