import * as v from 'valibot'
import type { Capabilities, ConfigField } from '../contract.ts'
import { normalizeAddress } from './address.ts'

/** What a mailbox's settings form holds. At least one way in: `imapHost` or `smtpInPort`. */
export interface EmailConfig {
  /** The mailbox customers write to; also the sender of answers. */
  address: string
  fromName: string
  imapHost: string
  imapPort: number
  imapSecure: boolean
  imapUser: string
  imapPassword: string
  imapMailbox: string
  /** 0 takes any free port, undefined means no listener. */
  smtpInPort: number | undefined
  smtpInHost: string
  /** Takes mail to every address of the mailbox's domain, not only to the address and its plus-addresses. */
  smtpInCatchAll: boolean
  smtpHost: string
  smtpPort: number
  smtpSecure: boolean
  smtpUser: string
  smtpPassword: string
  /** Signs each answer's Reply-To with a token, so that the reply finds its message even without References. */
  replyTokens: boolean
  /** The authserv-id (RFC 8601) of our own mail server, whose verdict on the sender we believe. */
  trustAuthenticationResults: string
  /** Takes connections without TLS and certificates nobody signed: for a server on this machine only. */
  allowInsecure: boolean
}

const text = v.optional(v.pipe(v.string(), v.trim()), '')
const secret = v.optional(v.string(), '')
const port = (fallback: number) =>
  v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), fallback)
const flag = (fallback: boolean) => v.optional(v.boolean(), fallback)

const address = v.pipe(
  v.string(),
  v.transform((raw) => normalizeAddress(raw)),
  v.check((found) => found !== null, 'Write the mailbox as name@example.com'),
  v.transform((found) => found as string),
)

export const emailConfig: v.BaseSchema<unknown, EmailConfig, v.BaseIssue<unknown>> = v.pipe(
  v.object({
    address,
    fromName: text,
    imapHost: text,
    imapPort: port(993),
    imapSecure: flag(true),
    imapUser: text,
    imapPassword: secret,
    imapMailbox: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1)), 'INBOX'),
    // A settings form sends null for a number that was left empty.
    smtpInPort: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
    smtpInHost: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1)), '127.0.0.1'),
    smtpInCatchAll: flag(false),
    smtpHost: text,
    smtpPort: port(587),
    smtpSecure: flag(false),
    smtpUser: text,
    smtpPassword: secret,
    replyTokens: flag(false),
    trustAuthenticationResults: text,
    allowInsecure: flag(false),
  }),
  v.transform((given): EmailConfig => ({ ...given, smtpInPort: given.smtpInPort ?? undefined })),
  v.check(
    (given) => given.imapHost !== '' || given.smtpInPort !== undefined,
    'Mail needs a way in: give the IMAP server, or a port to listen on',
  ),
)

/** 20 MB of files become 27 MB of base64, under the 25 to 35 MB most servers take. */
export const MAX_MEDIA_BYTES = 20 * 1024 * 1024
/** Largest mail taken in; larger ones are refused by SMTP, and kept without their files by IMAP. */
export const MAX_MAIL_BYTES = 35 * 1024 * 1024

const anyMedia = { maxBytes: MAX_MEDIA_BYTES, mimeTypes: [] }

export const capabilities: Capabilities = {
  text: { maxLength: 500_000, formats: ['plain', 'html'] },
  media: { image: anyMedia, audio: anyMedia, video: anyMedia, file: anyMedia },
  subject: true,
  // A mail server's 250 is the last good news there is; only bad news comes later, as a bounce.
  receipts: ['failed'],
  // Finding the Message-ID in some folder would not prove that the receiver's server took it.
  idempotency: 'none',
  startsConversations: true,
  replyWindow: null,
  concurrency: 5,
}

export const fields: ConfigField[] = [
  {
    key: 'address',
    type: 'text',
    label: { en: 'Mail address', zh: '邮箱地址' },
    help: { en: 'Customers write to it and get answers from it.', zh: '客户写信到此地址，回复也由它发出。' },
    required: true,
    placeholder: 'support@example.com',
  },
  { key: 'fromName', type: 'text', label: { en: 'Sender name', zh: '发件人名称' }, required: false },
  {
    key: 'imapHost',
    type: 'text',
    label: { en: 'IMAP server', zh: 'IMAP 服务器' },
    help: {
      en: 'Where new mail is read. Leave empty when mail comes in by the listener below.',
      zh: '从这里读取新邮件。若使用下面的 SMTP 监听方式接收，可留空。',
    },
    required: false,
    placeholder: 'imap.example.com',
  },
  { key: 'imapPort', type: 'number', label: { en: 'IMAP port', zh: 'IMAP 端口' }, required: false, placeholder: '993' },
  { key: 'imapSecure', type: 'boolean', label: { en: 'IMAP over TLS', zh: 'IMAP 使用 TLS' }, required: false },
  { key: 'imapUser', type: 'text', label: { en: 'IMAP user', zh: 'IMAP 用户名' }, required: false },
  { key: 'imapPassword', type: 'secret', label: { en: 'IMAP password', zh: 'IMAP 密码' }, required: false },
  { key: 'imapMailbox', type: 'text', label: { en: 'Folder', zh: '邮件夹' }, required: false, placeholder: 'INBOX' },
  {
    key: 'smtpInPort',
    type: 'number',
    label: { en: 'Listen for mail on port', zh: 'SMTP 监听端口' },
    help: {
      en: 'A second way in: your mail server forwards here by SMTP.',
      zh: '另一种接收方式：由邮件服务器通过 SMTP 转发到此端口。',
    },
    required: false,
  },
  {
    key: 'smtpInHost',
    type: 'text',
    label: { en: 'Listen on address', zh: '监听地址' },
    required: false,
    placeholder: '127.0.0.1',
  },
  {
    key: 'smtpInCatchAll',
    type: 'boolean',
    label: { en: 'Take mail to every address of the domain', zh: '接收该域名下的所有地址' },
    required: false,
  },
  {
    key: 'smtpHost',
    type: 'text',
    label: { en: 'SMTP server', zh: 'SMTP 服务器' },
    help: { en: 'Needed to send answers.', zh: '发送回复时需要。' },
    required: false,
    placeholder: 'smtp.example.com',
  },
  { key: 'smtpPort', type: 'number', label: { en: 'SMTP port', zh: 'SMTP 端口' }, required: false, placeholder: '587' },
  {
    key: 'smtpSecure',
    type: 'boolean',
    label: { en: 'SMTP over TLS from the start (port 465)', zh: 'SMTP 一开始即使用 TLS（465 端口）' },
    required: false,
  },
  { key: 'smtpUser', type: 'text', label: { en: 'SMTP user', zh: 'SMTP 用户名' }, required: false },
  { key: 'smtpPassword', type: 'secret', label: { en: 'SMTP password', zh: 'SMTP 密码' }, required: false },
  {
    key: 'replyTokens',
    type: 'boolean',
    label: { en: 'Reply tokens', zh: '回复令牌' },
    help: {
      en: 'Replies go to name+token@… and always find their conversation. Your mail server must deliver plus-addresses.',
      zh: '回复会发往 name+令牌@…，总能找到原会话。邮件服务器须支持加号地址。',
    },
    required: false,
  },
  {
    key: 'trustAuthenticationResults',
    type: 'text',
    label: { en: 'Trusted verifier', zh: '可信的验证服务器' },
    help: {
      en: 'The name your own mail server writes into Authentication-Results. Its word makes a sender verified.',
      zh: '您的邮件服务器写入 Authentication-Results 的名称；由它确认的发件人视为已验证。',
    },
    required: false,
    placeholder: 'mx.example.com',
  },
  {
    key: 'allowInsecure',
    type: 'boolean',
    label: { en: 'Allow connections without TLS', zh: '允许不使用 TLS 的连接' },
    help: { en: 'Only for a server on this machine.', zh: '仅用于本机上的服务器。' },
    required: false,
  },
]
