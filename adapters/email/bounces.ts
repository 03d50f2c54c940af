import type { SendKey } from '../../src/model.ts'
import { type MailFile, mailboxes, messageIds, type ParsedMail } from './parse.ts'

/** What a mail server or provider reports about one of our sends. */
export interface MailReport {
  kind: 'bounce' | 'delayed' | 'complaint'
  /** Who did not get it, or complained; null when the report does not say. */
  recipient: string | null
  /** RFC 3463, e.g. `5.1.1`. */
  status: string
  /** In the reporting server's words. */
  detail: string
  /** Message-IDs of the mail it is about, most certain first, without brackets. */
  originals: string[]
}

/** Reads a bounce (RFC 3464, or plain words) or a complaint (RFC 5965); null when the mail is neither. */
export function readReport(mail: ParsedMail, envelopeFrom: string | null): MailReport | null {
  const type = mail.headers['content-type']?.[0]?.toLowerCase() ?? ''
  const feedback = mail.files.find((file) => file.mimeType === 'message/feedback-report')
  if (feedback) return complaint(mail, feedback)
  const status = mail.files.find((file) => /^message\/(global-)?delivery-status$/.test(file.mimeType))
  if (status) return deliveryStatus(mail, status)
  if (/^multipart\/report/.test(type) || looksBounced(mail, envelopeFrom)) return textual(mail)
  return null
}

/** The send a report is about: by our own marks only, so that nobody can fail a stranger's message by a forged bounce. */
export function sendOf(
  report: MailReport,
  mail: ParsedMail,
  recipients: string[],
  tokens: { fromMessageId(id: string): SendKey | null; fromAddress(address: string): SendKey | null },
): SendKey | null {
  for (const id of report.originals) {
    const found = tokens.fromMessageId(id)
    if (found !== null) return found
  }
  for (const address of [...recipients, ...mail.to.map((one) => one.address)]) {
    const found = tokens.fromAddress(address)
    if (found !== null) return found
  }
  return null
}

/**
 * True where the address itself is dead. A full mailbox, a message too large or refused for its content says nothing
 * about the person: such a send has failed, the address stays good. (RFC 3463, sections 3.2 to 3.8)
 */
export const isDeadAddress = (status: string): boolean =>
  /^5\.(1\.\d+|2\.1|4\.[14]|0\.0)$/.test(status) && status !== '5.1.8'

function deliveryStatus(mail: ParsedMail, part: MailFile): MailReport {
  const fields = fieldsOf(part)
  const recipient = (fields['final-recipient'] ?? fields['original-recipient'] ?? '').replace(/^[^;]*;/, '')
  const diagnostic = (fields['diagnostic-code'] ?? '').replace(/^[^;]*;/, '').trim()
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(fields.status ?? '')?.[0] ?? statusIn(diagnostic) ?? '5.0.0'
  const action = fields.action?.toLowerCase().trim() ?? 'failed'
  return {
    kind: action === 'failed' ? 'bounce' : 'delayed',
    recipient: mailboxes(recipient)[0]?.address ?? null,
    status,
    detail: shorten(diagnostic || firstWords(mail.text)),
    originals: originalsOf(mail),
  }
}

function complaint(mail: ParsedMail, part: MailFile): MailReport {
  const fields = fieldsOf(part)
  const original = fields['original-rcpt-to'] ?? originalHeader(mail, 'to') ?? ''
  return {
    kind: 'complaint',
    recipient: mailboxes(original)[0]?.address ?? null,
    status: '5.7.1',
    detail: shorten(
      `Reported as ${fields['feedback-type'] ?? 'abuse'} by ${fields['user-agent'] ?? mail.from?.address ?? 'a provider'}`,
    ),
    originals: originalsOf(mail),
  }
}

/** A report says what happened at its top. */
const MAX_WORDS = 20_000

/** Half of real bounces carry no machine status: their words must do. */
function textual(mail: ParsedMail): MailReport {
  const text = mail.text.slice(0, MAX_WORDS)
  const words = `${mail.subject}\n${text}`
  const failed = mail.headers['x-failed-recipients']?.[0] ?? ''
  const quoted = text.match(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+\.[^\s<>"'(),;:]+/g) ?? []
  const candidates = [failed, ...quoted].flatMap((one) => mailboxes(one)).map((one) => one.address)
  return {
    kind: DELAYED.test(words) && !statusIn(words)?.startsWith('5') ? 'delayed' : 'bounce',
    recipient:
      candidates.find((one) => one !== mail.from?.address && !/^(mailer-daemon|postmaster)@/.test(one)) ?? null,
    status: statusIn(words) ?? '5.0.0',
    detail: shorten(firstWords(mail.text) || mail.subject),
    originals: originalsOf(mail),
  }
}

function statusIn(words: string): string | null {
  const enhanced = /(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(words)?.[1]
  if (enhanced) return enhanced
  for (const [status, pattern] of SAID) if (pattern.test(words)) return status
  const basic = /(?:^|\D)([45])[0-5]\d[ -]/.exec(words)?.[1]
  return basic ? `${basic}.0.0` : null
}

const SAID: [string, RegExp][] = [
  [
    '5.2.2',
    /mailbox (is )?full|over quota|quota exceeded|exceeded (the |its )?(storage|quota)|邮箱已满|邮箱空间不足|信箱已滿|容量不足/i,
  ],
  [
    '5.1.1',
    /user unknown|unknown user|no such user|user (does not|doesn't) exist|no mailbox here|mailbox (not found|unavailable|does not exist)|address (not found|rejected)|recipient (not found|unknown|address rejected)|does not have an? .* account|account (has been )?(disabled|closed)|invalid recipient|收件人(地址)?不存在|用户不存在|找不到收件人|邮箱不存在|帳號不存在|使用者不存在|宛先不明|존재하지 않는|utilisateur inconnu|unbekannter empfänger|usuario desconocido/i,
  ],
  ['5.1.2', /host (or domain name )?not found|domain (does not exist|not found)|no mx|unrouteable address|域名不存在/i],
  ['5.7.1', /spam|blocked|blacklist|policy|not authori[sz]ed|垃圾邮件|被拒收/i],
]

const DELAYED =
  /delayed|delay(ed)? delivery|warning: (could not|message)|still (being )?(re)?tr(y|ied)|will (be )?(re)?tr(y|ied)|延迟|延遲/i

/** What servers head their bounces with, when they come from nobody (RFC 5321, 6.1). */
const BOUNCED =
  /undeliver|delivery (status|failure|has failed|report|incomplete)|failure notice|returned (mail|to sender)|mail delivery (failed|system)|could not be delivered|not delivered|delivery notification|unzustellbar|zustellung|non remis|échec de la remise|no se ha podido entregar|mancata consegna|não entregue|退信|系统退信|无法投递|投递失败|发送失败|退回|無法傳遞|郵件傳送失敗|配信不能|配信できません|반송|недоставлен|не доставлено/i

function looksBounced(mail: ParsedMail, envelopeFrom: string | null): boolean {
  if (mail.headers['x-failed-recipients']) return true
  const fromNobody = envelopeFrom === '' || (mail.headers['return-path']?.[0] ?? '').replace(/\s/g, '') === '<>'
  const fromSystem = /^(mailer-daemon|postmaster|mail-?daemon|mdaemon)@/.test(mail.from?.address ?? '')
  return (fromNobody || fromSystem) && BOUNCED.test(mail.subject)
}

/** The returned mail's own Message-ID, from its part or quoted in the text, then what the report says it answers. */
function originalsOf(mail: ParsedMail): string[] {
  const returned = originalHeader(mail, 'message-id') ?? ''
  const quoted = [...mail.text.matchAll(/^[>\s]*message-id:\s*(<[^<>\s]+>)/gim)].map((match) => match[1] ?? '')
  return [...new Set([...messageIds(returned), ...quoted.flatMap(messageIds), ...mail.inReplyTo, ...mail.references])]
}

function originalHeader(mail: ParsedMail, name: string): string | null {
  const part = mail.files.find((file) => /^(message\/(global|rfc822)|text\/rfc822)(-headers)?$/.test(file.mimeType))
  return part ? (fieldsOf(part)[name] ?? null) : null
}

/** All `Name: value` lines of a part, folded lines joined; of repeated names the first one counts. */
function fieldsOf(part: MailFile): Record<string, string> {
  const text = Buffer.from(part.content)
    .subarray(0, 64 * 1024)
    .toString('utf8')
    .replace(/\r?\n[ \t]+/g, ' ')
  const fields: Record<string, string> = Object.create(null)
  for (const match of text.matchAll(/^([\w-]+):[ \t]*(.*)$/gm))
    fields[(match[1] ?? '').toLowerCase()] ??= (match[2] ?? '').trim()
  return fields
}

const firstWords = (text: string): string => text.trim().split(/\n\s*\n/)[0] ?? ''
const shorten = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 500)
