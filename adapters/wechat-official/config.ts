import * as v from 'valibot'
import type { ConfigField } from '../contract.ts'

/** WeChat's own host; another one is set for a proxy with a fixed address, or a local peer. */
const WEIXIN = 'https://api.weixin.qq.com'

const required = (what: string) => v.pipe(v.string(), v.trim(), v.minLength(1, `${what} is missing.`))

/** An Official Account's settings, as they stand in mp.weixin.qq.com under "Basic configuration". */
export const wechatOfficialConfig = v.pipe(
  v.object({
    appId: required('AppID'),
    appSecret: required('AppSecret'),
    token: v.pipe(v.string(), v.trim(), v.regex(/^[A-Za-z0-9]{3,32}$/, 'The token is 3 to 32 letters and digits.')),
    mode: v.optional(v.picklist(['plain', 'aes']), 'plain'),
    encodingAesKey: v.optional(
      v.pipe(v.string(), v.trim(), v.regex(/^([A-Za-z0-9]{43})?$/, 'The EncodingAESKey is 43 letters and digits.')),
      '',
    ),
    apiBaseUrl: v.optional(
      v.pipe(
        v.string(),
        v.trim(),
        v.transform((url) => (url === '' ? WEIXIN : url.replace(/\/+$/, ''))),
        v.regex(/^https?:\/\/[^/?#]+/, 'The API address starts with http:// or https://.'),
      ),
      WEIXIN,
    ),
  }),
  v.check((c) => c.mode === 'plain' || c.encodingAesKey !== '', 'The encrypted mode needs the EncodingAESKey.'),
)

export type WechatOfficialConfig = v.InferOutput<typeof wechatOfficialConfig>

export const wechatOfficialFields: ConfigField[] = [
  {
    key: 'appId',
    type: 'text',
    label: { en: 'AppID', zh: '开发者 ID (AppID)' },
    required: true,
    placeholder: 'wx0123456789abcdef',
  },
  {
    key: 'appSecret',
    type: 'secret',
    label: { en: 'AppSecret', zh: '开发者密码 (AppSecret)' },
    help: {
      en: "Add this server's public IP address to the IP whitelist beside it.",
      zh: '请同时将本服务器的公网 IP 加入 IP 白名单。',
    },
    required: true,
  },
  {
    key: 'token',
    type: 'secret',
    label: { en: 'Token', zh: '令牌 (Token)' },
    help: {
      en: 'Any 3 to 32 letters and digits; enter the same in WeChat, with the webhook address of this account.',
      zh: '任意 3 至 32 位字母和数字；在微信后台与本账号的回调地址一起填写相同的值。',
    },
    required: true,
  },
  {
    key: 'mode',
    type: 'select',
    label: { en: 'Message encryption', zh: '消息加解密方式' },
    options: [
      { value: 'plain', label: { en: 'Plain', zh: '明文模式' } },
      { value: 'aes', label: { en: 'Encrypted (AES)', zh: '安全模式 (AES)' } },
    ],
    required: true,
  },
  {
    key: 'encodingAesKey',
    type: 'secret',
    label: { en: 'EncodingAESKey', zh: '消息加解密密钥 (EncodingAESKey)' },
    help: { en: '43 characters; needed for the encrypted mode.', zh: '43 位字符；安全模式必填。' },
    required: false,
  },
  {
    key: 'apiBaseUrl',
    type: 'text',
    label: { en: 'API address', zh: 'API 地址' },
    help: { en: 'Leave empty for api.weixin.qq.com.', zh: '留空即使用 api.weixin.qq.com。' },
    required: false,
    placeholder: WEIXIN,
  },
]
