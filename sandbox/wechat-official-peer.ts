import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { DeviceMessage, Peer, PeerMedia, PlannedFailure } from './peer.ts'
import { createApiServer } from './wechat-official/api.ts'
import { Files } from './wechat-official/files.ts'
import { Quota, type QuotaMemory } from './wechat-official/quota.ts'
import { AccessTokens } from './wechat-official/tokens.ts'
import { type Credentials, deliver, verify } from './wechat-official/webhook.ts'

export interface WechatOfficialPeer extends Peer {
  readonly config: Credentials & { appSecret: string; apiBaseUrl: string } & Record<string, unknown>
  readonly tokens: AccessTokens
  /** The customer follows, leaves, scans a code or touches the menu. */
  act(customer: string, event: 'subscribe' | 'unsubscribe' | 'SCAN' | 'CLICK', key?: string): Promise<void>
  /** Any message of WeChat, by its fields; sender, time and MsgId are filled in. Sent twice when asked to. */
  post(customer: string, fields: Record<string, string | number>): Promise<void>
  /** Who sees "typing…" now. */
  readonly typing: Set<string>
  /** How often somebody asked who a follower is. */
  followersAsked(): number
  /** As an account that is not verified: it may not ask. */
  hideFollowers(): void
  /** What the settings page of WeChat does with the webhook's address. */
  verify(): Promise<boolean>
  memory(): OfficialMemory
}

/** What WeChat knows of an account from an earlier run. */
export interface OfficialMemory {
  credentials: Credentials & { appSecret: string }
  quota: QuotaMemory
  /** Followers' openids with the names they gave. */
  followers: [openid: string, name: string | null][]
}

interface Options {
  mode: 'plain' | 'aes'
  /** WeChat's clock, for windows and tokens. */
  now?: () => number
  /** How often a customer may be written to after a message; the real one allows 5. */
  repliesPerMessage?: number
  /** Of the API; any by default. */
  port?: number
  memory?: OfficialMemory
}

/** An openid is 28 characters and says nothing; a name given to the peer always leads to the same one. */
export const openidOf = (customer: string): string =>
  /^o[0-9A-Za-z_-]{27}$/.test(customer)
    ? customer
    : `o${createHash('sha256').update(customer).digest('base64url').slice(0, 27)}`

/** WeChat with one Official Account and the phones of its followers. */
export async function startWechatOfficialPeer({
  mode,
  now = Date.now,
  repliesPerMessage = 5,
  port = 0,
  memory,
}: Options): Promise<WechatOfficialPeer> {
  const tokens = new AccessTokens(now)
  const files = new Files()
  const quota = new Quota(now, repliesPerMessage)
  const devices = new Map<string, DeviceMessage[]>()
  const names = new Map<string, string>()
  const typing = new Set<string>()
  const listeners = new Set<(customer: string) => void>()
  const accepted: Peer['accepted'] = []
  const failures: PlannedFailure[] = []
  let hookUrl: string | null = null
  let followersAsked = 0
  let followersHidden = false

  const show = (openid: string, message: Omit<DeviceMessage, 'id' | 'at'>, id = randomBytes(8).toString('hex')) => {
    const device = devices.get(openid) ?? []
    device.push({ ...message, id, at: Date.now() })
    devices.set(openid, device)
    for (const listener of listeners) listener(openid)
  }

  quota.remember(memory?.quota ?? [])
  for (const [openid, name] of memory?.followers ?? []) {
    devices.set(openid, [])
    if (name !== null) names.set(openid, name)
  }

  const credentials = memory?.credentials ?? {
    appId: `wx${randomBytes(8).toString('hex')}`,
    appSecret: randomBytes(16).toString('hex'),
    token: randomBytes(8).toString('hex'),
    encodingAesKey: `${randomBytes(21).toString('hex')}A`,
    mode,
  }
  const server = createApiServer({
    appId: credentials.appId,
    appSecret: credentials.appSecret,
    tokens,
    files,
    nextFailure: () => failures.shift() ?? null,
    send(openid, message) {
      const code = quota.use(openid)
      if (code !== 0) return code
      typing.delete(openid)
      accepted.push({ to: openid, text: message.text, at: Date.now(), key: null })
      show(openid, { by: 'hub', ...message })
      return 0
    },
    typing: (openid, on) => void (on ? typing.add(openid) : typing.delete(openid)),
    follower(openid) {
      followersAsked += 1
      if (followersHidden) return 48001
      return devices.has(openid) ? { remark: names.get(openid) ?? '', language: 'zh_CN' } : null
    },
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The WeChat peer has no port.')
  const config = { ...credentials, apiBaseUrl: `http://127.0.0.1:${address.port}` }

  const push = (openid: string, fields: Record<string, string | number>) => {
    if (hookUrl === null) throw new Error('Nobody told WeChat where the webhook is.')
    const head = { ToUserName: 'gh_onethread', FromUserName: openid, CreateTime: Math.floor(now() / 1000) }
    return deliver(hookUrl, config, { ...head, ...fields })
  }
  const newId = () => `${Date.now()}${String(randomInt(1e6)).padStart(6, '0')}`

  const message = async (openid: string, fields: Record<string, string | number>, text: string, media: PeerMedia[]) => {
    const id = newId()
    quota.open(openid, 'message')
    show(openid, { by: 'customer', text, media }, id)
    await push(openid, { ...fields, MsgId: id })
    return id
  }

  return {
    channel: 'wechat-official',
    config,
    tokens,
    accepted,
    typing,
    attach(url) {
      hookUrl = url
    },
    async say(customer, { text, media = [], name }) {
      const openid = openidOf(customer)
      if (name !== undefined) names.set(openid, name)
      const ids: string[] = []
      if (text !== '') ids.push(await message(openid, { MsgType: 'text', Content: text }, text, []))
      for (const file of media) {
        const fields = { MsgType: typeOf(file.mimeType), MediaId: files.add(file), PicUrl: '' }
        ids.push(await message(openid, fields, '', [file]))
      }
      return { remoteId: ids[0] ?? '' }
    },
    async act(customer, event, key = '') {
      const openid = openidOf(customer)
      if (event === 'unsubscribe') quota.close(openid)
      else quota.open(openid, 'action')
      if (!devices.has(openid)) devices.set(openid, [])
      await push(openid, { MsgType: 'event', Event: event, EventKey: key })
    },
    post: async (customer, fields) => {
      quota.open(openidOf(customer), 'message')
      await push(openidOf(customer), fields.MsgType === 'event' ? fields : { MsgId: newId(), ...fields })
    },
    memory: () => ({
      credentials,
      quota: quota.memory(),
      followers: [...devices.keys()].map((openid) => [openid, names.get(openid) ?? null]),
    }),
    followersAsked: () => followersAsked,
    hideFollowers() {
      followersHidden = true
    },
    verify: async () => hookUrl !== null && (await verify(hookUrl, config)),
    device: (customer) => [...(devices.get(openidOf(customer)) ?? [])],
    // WeChat tells an Official Account nothing of what was read.
    look: async () => {},
    fail(how, times) {
      failures.length = 0
      for (let i = 0; i < times; i += 1) failures.push(how)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function typeOf(mimeType: string): string {
  if (mimeType.startsWith('audio/')) return 'voice'
  return mimeType.startsWith('video/') ? 'video' : 'image'
}
