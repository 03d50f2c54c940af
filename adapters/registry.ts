import type { Channel } from './contract.ts'
import { email } from './email/index.ts'
import { sms } from './sms/index.ts'
import { webchat } from './webchat/index.ts'
import { wechat } from './wechat/index.ts'
import { wechatOfficial } from './wechat-official/index.ts'

/** The only list of channels: a new one is a folder and a line here. */
export const channels: readonly Channel[] = [webchat, sms, wechatOfficial, wechat, email]
