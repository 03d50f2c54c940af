import * as v from 'valibot'
import type { Failure, Health, SendResult } from '../../src/model.ts'
import type { Adapter, AdapterContext, Capabilities, Channel, FetchesMedia, Sink, Types } from '../contract.ts'
import { createApi } from './api.ts'
import { type WechatOfficialConfig, wechatOfficialConfig, wechatOfficialFields } from './config.ts'
import { healthOf } from './errors.ts'
import { createFollowers } from './followers.ts'
import { download, WECHAT_MEDIA } from './media.ts'
import { isOpenid } from './parse.ts'
import { sendMessage } from './send.ts'
import { createTokens, NoToken } from './token.ts'
import { handleWebhook } from './webhook.ts'
import { MESSAGE_WINDOW } from './window.ts'

/** How soon an account that is not well is looked at again. */
const RECHECK_MS = 60_000

/** `receipts` is empty: WeChat only tells that it took a message. Its calls carry no id of ours, hence no idempotency. */
const capabilities: Capabilities = {
  text: { maxLength: 2000, formats: ['plain'] },
  media: WECHAT_MEDIA,
  subject: false,
  receipts: [],
  idempotency: 'none',
  startsConversations: false,
  replyWindow: MESSAGE_WINDOW,
  concurrency: 8,
}

const normalize = (raw: string): string | null => {
  const openid = raw.trim()
  return isOpenid(openid) ? openid : null
}

/** A WeChat Official Account, on its HTTP API. */
export const wechatOfficial: Channel<WechatOfficialConfig> = {
  channel: 'wechat-official',
  label: { en: 'WeChat Official Account', zh: '微信公众号' },
  glyph: 'wechat',
  config: wechatOfficialConfig,
  fields: wechatOfficialFields,
  capabilities,
  addressSpace: 'account',
  normalize,
  create,
}

function create(config: WechatOfficialConfig, context: AdapterContext): Adapter & FetchesMedia & Types {
  const tokens = createTokens(config, context)
  const api = createApi(config.apiBaseUrl, tokens)
  const followers = createFollowers(api, context.now)
  const health = watchHealth(async () => void (await tokens.current()))
  return {
    capabilities,
    normalize,
    receivers: [
      {
        mode: 'webhook',
        name: 'webhook',
        handle: (request, sink) => handleWebhook(config, context, followers, request, sink),
      },
    ],
    start: (sink) => health.start(sink),
    stop: async () => health.stop(),
    async send(message, signal) {
      const result = await sendMessage(api, message, signal)
      health.learn(result)
      return result
    },
    fetchMedia: (ref, signal) => download(api, context.media, ref, signal),
    async typing(address, on) {
      const body = JSON.stringify({ touser: address, command: on ? 'Typing' : 'CancelTyping' })
      const call = { path: '/cgi-bin/message/custom/typing', method: 'POST', body: () => body, harmless: true } as const
      await api.json(call, v.unknown(), AbortSignal.timeout(5_000))
    },
  }
}

/** How the account is: asked by a token at the start, learned from every send, asked again while it is not well. */
function watchHealth(probe: () => Promise<void>) {
  let sink: Sink | null = null
  let state: Health['state'] | null = null
  let timer: NodeJS.Timeout | undefined
  const tell = (next: Health) => {
    clearTimeout(timer)
    if (next.state !== 'ok') timer = setTimeout(check, RECHECK_MS).unref()
    if (next.state === 'ok' && state === 'ok') return
    state = next.state
    sink?.health(next)
  }
  const check = async () => {
    try {
      await probe()
      tell({ state: 'ok', detail: '' })
    } catch (error) {
      if (sink !== null) tell(healthOf(reasonOf(error)) ?? { state: 'down', detail: reasonOf(error).detail })
    }
  }
  return {
    start: (to: Sink) => {
      sink = to
      return check()
    },
    stop: () => {
      clearTimeout(timer)
      sink = null
    },
    learn: (result: SendResult) => {
      const next: Health | null = result.ok ? { state: 'ok', detail: '' } : healthOf(result.failure)
      if (next !== null) tell(next)
    },
  }
}

const reasonOf = (error: unknown): Failure =>
  error instanceof NoToken
    ? error.failure
    : { class: 'retryable', code: 'token', detail: error instanceof Error ? error.message : String(error) }
