import type { Channel } from '../contract.ts'
import { SmsAdapter } from './adapter.ts'
import { type SmsConfig, smsCapabilities, smsConfig, smsFields } from './config.ts'
import { toE164 } from './numbers.ts'

/** SMS and MMS through Twilio's Programmable Messaging (REST API 2010-04-01). */
export const sms: Channel<SmsConfig> = {
  channel: 'sms',
  label: { en: 'SMS', zh: '短信' },
  glyph: 'sms',
  config: smsConfig,
  fields: smsFields,
  capabilities: smsCapabilities,
  addressSpace: 'phone',
  normalize: (raw) => toE164(raw),
  create: (config, context) => new SmsAdapter(config, context),
}

export type { SmsConfig }
