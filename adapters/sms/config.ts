import * as v from 'valibot'
import type { Capabilities, ConfigField } from '../contract.ts'
import { OPT_OUT_WORDS } from './opt-out.ts'

const MMS_MAX_BYTES = 5 * 1024 * 1024

/** A number in E.164, a short code, a messaging service, or a name of at most 11 letters and digits. */
const SENDER = /^(\+[1-9]\d{6,14}|\d{3,8}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/

const words = (standard: string[]) => v.optional(v.array(v.pipe(v.string(), v.trim(), v.nonEmpty())), standard)

export const smsConfig = v.object({
  accountSid: v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^AC[0-9a-fA-F]{32}$/, 'An account SID is AC followed by 32 hexadecimal digits.'),
  ),
  authToken: v.pipe(v.string(), v.trim(), v.nonEmpty('The auth token is missing.')),
  from: v.pipe(
    v.string(),
    v.trim(),
    v.regex(SENDER, 'A number like +12025550100, a short code, a sender name or a messaging service SID (MG…).'),
  ),
  apiBaseUrl: v.optional(
    v.pipe(
      v.string(),
      v.url('A web address such as http://127.0.0.1:4010.'),
      v.transform((url) => new URL(url).origin),
    ),
  ),
  optOutWords: words(OPT_OUT_WORDS),
  extraOptOutWords: words([]),
  defaultCountry: v.optional(v.pipe(v.string(), v.trim(), v.toUpperCase(), v.regex(/^[A-Z]{2}$/, 'Two letters: US.'))),
  segmentsPerSecond: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(10_000)), 1),
})

export type SmsConfig = v.InferOutput<typeof smsConfig>

export const smsFields: ConfigField[] = [
  {
    key: 'accountSid',
    type: 'text',
    label: { en: 'Account SID', zh: '账户 SID' },
    help: { en: 'From the first page of the Twilio console.', zh: '在 Twilio 控制台首页。' },
    required: true,
    placeholder: 'AC…',
  },
  { key: 'authToken', type: 'secret', label: { en: 'Auth token', zh: '身份验证令牌' }, required: true },
  {
    key: 'from',
    type: 'text',
    label: { en: 'Sender', zh: '发送方' },
    help: {
      en: 'Your number, short code, sender name (cannot be answered) or messaging service SID. At Twilio, set its incoming message webhook to this account’s hook URL, with #rc=5&rp=5xx,ct,rt at the end so that nothing is lost while the hub restarts.',
      zh: '您的号码、短代码、发送方名称（无法回复）或消息服务 SID。请在 Twilio 将收信 webhook 设为本账号的回调地址，并在末尾加上 #rc=5&rp=5xx,ct,rt，以免中枢重启时丢失消息。',
    },
    required: true,
    placeholder: '+12025550100',
  },
  {
    key: 'defaultCountry',
    type: 'text',
    label: { en: 'Country of numbers without +', zh: '不带 + 的号码所属国家或地区' },
    required: false,
    placeholder: 'US',
  },
  {
    key: 'segmentsPerSecond',
    type: 'number',
    label: { en: 'Segments per second', zh: '每秒分段数' },
    help: {
      en: 'US long code 1, toll-free 3, sender name 10, short code 100.',
      zh: '美国长号码 1，免费电话 3，发送方名称 10，短代码 100。',
    },
    required: false,
    placeholder: '1',
  },
  {
    key: 'optOutWords',
    type: 'list',
    label: { en: 'Opt-out words', zh: '退订词' },
    help: { en: 'A message that is only this word ends all messages.', zh: '仅含该词的短信即视为退订。' },
    required: false,
    placeholder: OPT_OUT_WORDS.join(', '),
  },
  {
    key: 'extraOptOutWords',
    type: 'list',
    label: { en: 'More opt-out words', zh: '其他退订词' },
    help: { en: 'In Chinese markets usually TD, T and 退订.', zh: '中文市场通常为 TD、T 和 退订。' },
    required: false,
    placeholder: 'TD, T, 退订',
  },
  {
    key: 'apiBaseUrl',
    type: 'text',
    label: { en: 'API address', zh: 'API 地址' },
    help: { en: 'Only for a local stand-in; leave empty for Twilio.', zh: '仅用于本地模拟；使用 Twilio 时留空。' },
    required: false,
  },
]

export const smsCapabilities: Capabilities = {
  // Twilio refuses longer bodies with 21617.
  text: { maxLength: 1600, formats: ['plain'] },
  // Twilio's page "Accepted content types for media": 5 MB for a message all together.
  media: {
    image: { maxBytes: MMS_MAX_BYTES, mimeTypes: ['image/jpeg', 'image/png', 'image/gif'] },
    audio: { maxBytes: MMS_MAX_BYTES, mimeTypes: ['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/amr', 'audio/3gpp'] },
    video: { maxBytes: MMS_MAX_BYTES, mimeTypes: ['video/mp4', 'video/3gpp', 'video/quicktime', 'video/webm'] },
    file: { maxBytes: MMS_MAX_BYTES, mimeTypes: ['application/pdf', 'text/vcard', 'text/calendar'] },
  },
  subject: false,
  receipts: ['sent', 'delivered', 'failed'],
  idempotency: 'lookup',
  startsConversations: true,
  replyWindow: null,
  concurrency: 8,
}

/** A sender name cannot carry files; the rest is the same for every sender. */
export function capabilitiesOf(config: SmsConfig): Capabilities {
  const isName = !/^(\+|\d|MG)/.test(config.from)
  return isName ? { ...smsCapabilities, media: {} } : smsCapabilities
}
