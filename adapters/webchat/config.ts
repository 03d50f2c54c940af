import * as v from 'valibot'
import type { Capabilities, ConfigField } from '../contract.ts'

/** A message longer than this is refused with the limit in the answer. UTF-16 units, as the composer counts. */
export const MAX_TEXT = 10_000
export const MAX_FILE_BYTES = 10 * 1024 * 1024
export const MAX_FILES_PER_MESSAGE = 10

/** `https://shop.example`, `https://*.shop.example`, or `*` for every website: the forms CSP `frame-ancestors` takes. */
const ORIGIN = /^(?:\*|https?:\/\/(?:\*\.)?[a-z0-9.-]+(?::\d{1,5})?|https?:\/\/\[[0-9a-f:]+\](?::\d{1,5})?)$/i

const origin = v.pipe(
  v.string(),
  v.trim(),
  v.transform((typed) => typed.replace(/\/+$/, '').toLowerCase()),
  // People write shop.example and mean the site that browsers open.
  v.transform((typed) => (/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(typed) ? `https://${typed}` : typed)),
  v.regex(ORIGIN, 'Write the address as https://shop.example, without a path; * allows every website'),
)

/** Forms send an empty text for a field that was left out. */
const optionalText = (maxLength: number) => v.optional(v.pipe(v.string(), v.trim(), v.maxLength(maxLength)), '')

export const webchatConfig = v.object({
  title: optionalText(60),
  greeting: optionalText(500),
  greetingZh: optionalText(500),
  accentColor: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(/^(?:#[0-9a-f]{6})?$/i, 'Write the colour as six hex digits, for example #4457d9.'),
    ),
    '',
  ),
  position: v.optional(v.picklist(['right', 'left']), 'right'),
  allowedOrigins: v.optional(v.array(origin), []),
  identitySecret: v.optional(
    v.union([v.literal(''), v.pipe(v.string(), v.minLength(32, 'The identity secret needs at least 32 characters.'))]),
    '',
  ),
  messagesPerMinute: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 60),
})
export type WebchatConfig = v.InferOutput<typeof webchatConfig>

export const fields: ConfigField[] = [
  {
    key: 'allowedOrigins',
    type: 'list',
    label: { en: 'Websites', zh: '允许的网站' },
    help: {
      en: 'Addresses of the websites that show the chat. Others cannot load it. * allows every website.',
      zh: '只有这里列出的网站可以显示聊天窗口。填 * 表示不限。',
    },
    required: true,
    placeholder: 'https://shop.example',
  },
  {
    key: 'title',
    type: 'text',
    label: { en: 'Title', zh: '标题' },
    help: {
      en: 'Shown at the top of the chat. Empty: the name of the account.',
      zh: '显示在聊天窗口顶部，留空则用账号名称。',
    },
    required: false,
  },
  {
    key: 'greeting',
    type: 'text',
    label: { en: 'Greeting', zh: '问候语（英文）' },
    required: false,
    placeholder: 'Hi! How can we help?',
  },
  {
    key: 'greetingZh',
    type: 'text',
    label: { en: 'Greeting in Chinese', zh: '问候语（中文）' },
    help: { en: 'Empty: visitors who read Chinese see the first greeting.', zh: '留空则中文访客也看到上面的问候语。' },
    required: false,
    placeholder: '您好！有什么可以帮您？',
  },
  {
    key: 'accentColor',
    type: 'text',
    label: { en: 'Colour', zh: '主题色' },
    help: {
      en: 'Six hex digits. The text on it becomes black or white, whichever is readable.',
      zh: '六位十六进制颜色值，文字会自动取黑或白以保证可读。',
    },
    required: false,
    placeholder: '#4457d9',
  },
  {
    key: 'position',
    type: 'select',
    label: { en: 'Corner', zh: '位置' },
    options: [
      { value: 'right', label: { en: 'Bottom right', zh: '右下角' } },
      { value: 'left', label: { en: 'Bottom left', zh: '左下角' } },
    ],
    required: false,
  },
  {
    key: 'identitySecret',
    type: 'secret',
    label: { en: 'Identity secret', zh: '身份密钥' },
    help: {
      en: 'With it your server signs who is logged in (JWT, HS256), so that a customer finds their conversation on every device. At least 32 characters.',
      zh: '您的服务器用它签名登录用户的身份（JWT，HS256），客户换设备也能看到同一会话。至少 32 个字符。',
    },
    required: false,
  },
  {
    key: 'messagesPerMinute',
    type: 'number',
    label: { en: 'Messages per minute and visitor', zh: '每位访客每分钟消息上限' },
    help: { en: 'A visitor who writes faster is asked to wait. Default 60.', zh: '超过后访客需稍候再发，默认 60。' },
    required: false,
    placeholder: '60',
  },
]

const everything = { maxBytes: MAX_FILE_BYTES, mimeTypes: [] }

export const capabilities: Capabilities = {
  text: { maxLength: MAX_TEXT, formats: ['plain'] },
  media: { image: everything, audio: everything, video: everything, file: everything },
  subject: false,
  receipts: ['delivered', 'read'],
  // A message is shown by its id: handing the same one over again changes nothing.
  idempotency: 'native',
  // Nobody can write to a visitor who never came: an address exists only after they opened the chat.
  startsConversations: false,
  replyWindow: null,
  concurrency: 16,
}
