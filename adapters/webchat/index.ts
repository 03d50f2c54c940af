import type { Channel } from '../contract.ts'
import { WebchatAdapter } from './adapter.ts'
import { capabilities, fields, type WebchatConfig, webchatConfig } from './config.ts'

export const webchat: Channel<WebchatConfig> = {
  channel: 'webchat',
  label: { en: 'Website chat', zh: '网站聊天' },
  glyph: 'chat',
  config: webchatConfig,
  fields,
  capabilities,
  addressSpace: 'account',
  normalize: () => null,
  create: (config, context) => new WebchatAdapter(config, context),
}
