import type { AccountId, Identity, InboundEvent, InboundMessage, MediaRef, Millis } from '../../src/model.ts'
import { isOwnAddress } from './address.ts'
import { isAuthenticated } from './authentication.ts'
import { isAutomatic } from './automatic.ts'
import { isDeadAddress, type MailReport, readReport, sendOf } from './bounces.ts'
import { SEND_HEADER } from './compose.ts'
import type { EmailConfig } from './config.ts'
import type { Mailbox, ParsedMail } from './parse.ts'
import { quotedFrom } from './quoted.ts'
import type { ReplyTokens } from './reply-token.ts'
import { remoteIdOf, threadOf } from './threading.ts'

/** What the way in knows besides the mail itself. */
export interface Arrival {
  at: Millis
  /** SMTP's MAIL FROM: '' is the null sender of bounces; null where the way in does not tell (IMAP). */
  envelopeFrom: string | null
  /** SMTP's RCPT TO. */
  recipients: string[]
}

interface Account {
  account: AccountId
  config: EmailConfig
  tokens: ReplyTokens
}

/** What a mail means: a report about a send, our own mail come back, or a customer's words. */
export function eventsOf(mail: ParsedMail, media: MediaRef[], arrival: Arrival, to: Account): InboundEvent[] {
  const report = readReport(mail, arrival.envelopeFrom)
  const reported = report ? reportEvents(report, mail, arrival, to) : null
  return reported ?? [messageOf(mail, media, arrival, to)]
}

/** True when the mail is a report on one of our sends, whose parts need not be kept as files. */
export function isOwnReport(mail: ParsedMail, arrival: Arrival, to: Account): boolean {
  const report = readReport(mail, arrival.envelopeFrom)
  return report !== null && reportEvents(report, mail, arrival, to) !== null
}

/** A report we cannot lay to a send of ours stays a mail: somebody should read it. */
function reportEvents(report: MailReport, mail: ParsedMail, arrival: Arrival, to: Account): InboundEvent[] | null {
  const sendKey = sendOf(report, mail, arrival.recipients, to.tokens)
  if (sendKey === null) return null
  if (report.kind === 'delayed') return []
  const base = { account: to.account, at: arrival.at }
  const id = remoteIdOf(mail)
  const consent = (change: 'revoked' | 'unreachable', address: string): InboundEvent => ({
    ...base,
    kind: 'consent',
    id,
    thread: address,
    from: { address, verified: false },
    change,
    evidence: `${report.status} ${report.detail}`,
  })
  if (report.kind === 'complaint') return report.recipient === null ? null : [consent('revoked', report.recipient)]
  const failure = { class: 'permanent' as const, code: report.status, detail: report.detail || 'The mail came back.' }
  const receipt: InboundEvent = { ...base, kind: 'receipt', id, of: { sendKey }, status: 'failed', failure }
  const dead = report.recipient !== null && isDeadAddress(report.status)
  return dead ? [receipt, consent('unreachable', report.recipient as string)] : [receipt]
}

function messageOf(mail: ParsedMail, media: MediaRef[], arrival: Arrival, to: Account): InboundMessage {
  const { config } = to
  const echo = echoOf(mail, to)
  const from = echo?.with ? identity(echo.with, false) : senderOf(mail, arrival, config)
  const quoted = quotedFrom(mail.text)
  const automatic = isAutomatic(mail, arrival.envelopeFrom) || mail.headers[SEND_HEADER.toLowerCase()] !== undefined
  const selfMade = isOwnAddress(from.address, config.address)
  return {
    kind: 'message',
    account: to.account,
    id: remoteIdOf(mail),
    at: arrival.at,
    thread: from.address,
    from,
    text: mail.text,
    media,
    ...(mail.html ? { html: mail.html } : {}),
    ...(mail.subject ? { subject: mail.subject } : {}),
    ...threadOf(mail, arrival.recipients, to.tokens),
    ...(quoted === undefined ? {} : { quotedFrom: quoted }),
    ...(echo ? { echoOf: echo.of } : {}),
    ...(automatic || selfMade ? { automatic: true } : {}),
  }
}

/**
 * Our own mail, come back as a copy: of a send, when it bears our signed Message-ID; else written by a colleague in
 * their own mail program. It belongs to the conversation with the person it went to.
 */
function echoOf(
  mail: ParsedMail,
  { config, tokens }: Account,
): { of: InboundMessage['echoOf'] & string; with: Mailbox | undefined } | null {
  const foreign = (one: Mailbox | null) => one !== null && !isOwnAddress(one.address, config.address)
  if (mail.from === null || foreign(mail.from)) return null
  const recipient = [...mail.to, ...mail.cc].find(foreign)
  const send = mail.messageId === null ? null : tokens.fromMessageId(mail.messageId)
  if (send !== null) return { of: send, with: recipient }
  // A form on our own site writes as us, with the customer in Reply-To; a note to ourselves is just a mail.
  return recipient === undefined || foreign(mail.replyTo) ? null : { of: 'external', with: recipient }
}

/** Who is to be answered: Reply-To where there is one (RFC 5322, 3.6.2), else From. */
function senderOf(mail: ParsedMail, arrival: Arrival, config: EmailConfig): Identity {
  const answerTo = mail.replyTo && !isOwnAddress(mail.replyTo.address, config.address) ? mail.replyTo : null
  const named = answerTo ?? mail.from
  if (named === null) return { address: arrival.envelopeFrom || unknownSender(mail), verified: false }
  const proven = named.address === mail.from?.address && isAuthenticated(mail, config.trustAuthenticationResults)
  return identity({ address: named.address, name: named.name || mail.from?.name || '' }, proven)
}

const identity = (who: Mailbox, verified: boolean): Identity => ({
  address: who.address,
  ...(who.name ? { displayName: who.name } : {}),
  verified,
})

/** Mails that name no sender must not all become one person. RFC 2606: nothing under .invalid can be answered. */
const unknownSender = (mail: ParsedMail): string => `unknown-${mail.contentHash.slice(0, 12)}@sender.invalid`
