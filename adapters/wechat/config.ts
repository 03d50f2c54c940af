import * as v from 'valibot'
import type { ConfigField } from '../contract.ts'

const PUPPET_NAME = /^(@[a-z0-9-]+\/)?wechaty-puppet-[a-z0-9-]+$/

/** An account on a Wechaty puppet: a phone's WeChat login, by whichever bridge the operator has. */
export const wechatConfig = v.object({
  puppet: v.optional(
    v.pipe(v.string(), v.trim(), v.regex(PUPPET_NAME, 'A puppet is named wechaty-puppet-…')),
    'wechaty-puppet-service',
  ),
  puppetToken: v.optional(v.pipe(v.string(), v.trim()), ''),
  endpoint: v.optional(
    v.pipe(v.string(), v.trim(), v.regex(/^([^\s:/]+:\d{1,5})?$/, 'The endpoint is host:port.')),
    '',
  ),
  tls: v.optional(v.boolean(), true),
  ratePerMinute: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(60_000)), 20),
  markContacts: v.optional(v.boolean(), true),
})

export type WechatConfig = v.InferOutput<typeof wechatConfig>

export const wechatFields: ConfigField[] = [
  {
    key: 'puppet',
    type: 'text',
    label: { en: 'Puppet', zh: 'Puppet 名称' },
    help: {
      en: 'Warning: WeChat restricts or closes accounts that it takes for robots, above all those on the web protocol. Use an account you can lose, write little and slowly. For business use choose an Official Account.',
      zh: '注意：微信可能限制或封禁被判定为机器人的账号，网页协议尤其如此。请使用可以承受损失的账号，少量、缓慢地发送。商业用途建议使用公众号。',
    },
    required: true,
    placeholder: 'wechaty-puppet-service',
  },
  {
    key: 'puppetToken',
    type: 'secret',
    label: { en: 'Puppet token', zh: 'Puppet 令牌' },
    help: { en: 'From the provider of the puppet; some need none.', zh: '由 Puppet 服务商提供；部分无需填写。' },
    required: false,
  },
  {
    key: 'endpoint',
    type: 'text',
    label: { en: 'Endpoint', zh: '服务地址' },
    help: {
      en: 'host:port of a puppet service of your own; empty when the token finds it.',
      zh: '自建 Puppet 服务的 host:port；可由令牌发现时留空。',
    },
    required: false,
    placeholder: '127.0.0.1:8788',
  },
  {
    key: 'tls',
    type: 'boolean',
    label: { en: 'Encrypt the connection to the endpoint', zh: '加密与服务地址的连接' },
    help: { en: 'Turn off only for a service on this machine.', zh: '仅当服务在本机时关闭。' },
    required: false,
  },
  {
    key: 'ratePerMinute',
    type: 'number',
    label: { en: 'Messages per minute at most', zh: '每分钟最多发送条数' },
    help: {
      en: 'Pauses vary by a third, as a person writes. More than 20 invites restrictions.',
      zh: '间隔会随机浮动三分之一，模拟真人。超过 20 条容易触发限制。',
    },
    required: false,
    placeholder: '20',
  },
  {
    key: 'markContacts',
    type: 'boolean',
    label: { en: 'Mark customers in their remark name', zh: '在备注名中标记客户' },
    help: {
      en: 'On the web protocol every login gives people new ids. A short mark like #k7x2m9qa behind the remark name lets us know them again.',
      zh: '网页协议每次登录后联系人 ID 都会变化。在备注名后加上如 #k7x2m9qa 的短标记，便于再次识别。',
    },
    required: false,
  },
]
