import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { AnyAdapter } from '../../../adapters/contract.ts'
import { wechatOfficial } from '../../../adapters/wechat-official/index.ts'
import { openidOf, startWechatOfficialPeer, type WechatOfficialPeer } from '../../../sandbox/wechat-official-peer.ts'
import type { Outbound } from '../../../src/model.ts'
import { type Fixture, openFixture, outbound, outboundMedia } from '../../contract/fixture.ts'
import { PNG } from '../../support/pictures.ts'

const CUSTOMER = openidOf('zhang-wei')
const PATIENCE_MS = 15_000

let account: Fixture
let peer: WechatOfficialPeer
let clock = Date.now()

async function start(options: { mode?: 'plain' | 'aes'; config?: Record<string, unknown>; awaitOk?: boolean } = {}) {
  clock = Date.now()
  peer = await startWechatOfficialPeer({ mode: options.mode ?? 'plain', now: () => clock })
  const { config = {}, awaitOk = true } = options
  account = await openFixture({ channel: wechatOfficial, peer, customer: CUSTOMER, config, awaitOk })
}
afterEach(() => account.close())

const send = (over: Partial<Outbound>) =>
  (account.adapter as AnyAdapter).send(outbound(CUSTOMER, over), AbortSignal.timeout(PATIENCE_MS))
const shown = () => peer.device(CUSTOMER).filter((message) => message.by === 'hub')

describe('the webhook', () => {
  it.each(['plain', 'aes'] as const)('proves its address to WeChat (%s)', async (mode) => {
    await start({ mode })
    expect(await peer.verify()).toBe(true)
    const wrong = await fetch(`${account.context.hookUrl}?signature=x&timestamp=1&nonce=2&echostr=secret`)
    expect([wrong.status, await wrong.text()]).toEqual([403, expect.not.stringContaining('secret')])
  })

  it('answers success only after the message was kept, and WeChat’s repeats have the same id', async () => {
    await start()
    account.sink.rejectNext(2)
    const text = `third time ${randomUUID()}`
    await peer.say(CUSTOMER, { text })
    expect(account.sink.of('message').filter((message) => message.text === text)).toHaveLength(1)
    expect(account.sink.rejected).toBe(2)
  })

  it('rejects plain words to an encrypted account, also with a good signature', async () => {
    await start({ mode: 'aes' })
    const { createHash } = await import('node:crypto')
    const signature = createHash('sha1').update([peer.config.token, '1', '2'].sort().join('')).digest('hex')
    const response = await fetch(`${account.context.hookUrl}?signature=${signature}&timestamp=1&nonce=2`, {
      method: 'POST',
      body: '<xml><FromUserName>oabcdefgh</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><MsgId>1</MsgId></xml>',
    })
    expect(response.status).toBe(403)
    expect(account.sink.events).toEqual([])
  })

  it('gives a clear answer to what is signed but broken or huge, and goes on', async () => {
    await start()
    const { createHash } = await import('node:crypto')
    const signature = createHash('sha1').update([peer.config.token, '1', '2'].sort().join('')).digest('hex')
    const post = (body: string) =>
      fetch(`${account.context.hookUrl}?signature=${signature}&timestamp=1&nonce=2`, { method: 'POST', body })
    expect((await post('no xml')).status).toBe(400)
    expect((await post('<xml><MsgType>text</MsgType></xml>')).status).toBe(400)
    expect((await post('x'.repeat(2_000_000))).status).toBe(413)
    await peer.say(CUSTOMER, { text: 'still here' })
    await account.sink.waitForMessage('still here')
  })

  it('turns following and unfollowing into consent', async () => {
    await start()
    await peer.act(CUSTOMER, 'subscribe', 'qrscene_1')
    await peer.act(CUSTOMER, 'unsubscribe')
    expect(account.sink.of('consent').map((event) => event.change)).toEqual(['granted', 'revoked'])
  })
})

describe('who writes', () => {
  it('is told by the name that the operator gave, asked once', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'one', name: '张伟' })
    await peer.say(CUSTOMER, { text: 'two' })
    const from = { address: CUSTOMER, displayName: '张伟', language: 'zh-CN', verified: true }
    expect(account.sink.of('message').map((message) => message.from)).toEqual([from, from])
    expect(peer.followersAsked()).toBe(1)
  })

  it('is not worth losing a message: without the right to ask it comes without a name', async () => {
    await start()
    peer.hideFollowers()
    await peer.say(CUSTOMER, { text: 'nameless', name: '张伟' })
    expect((await account.sink.waitForMessage('nameless')).from).toEqual({ address: CUSTOMER, verified: true })
  })
})

describe('the reply window', () => {
  it('takes five answers and refuses the sixth for good, so that the next channel is tried', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    for (let count = 1; count <= 5; count += 1) expect((await send({ text: `answer ${count}` })).ok).toBe(true)
    expect(await send({ text: 'answer 6' })).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: '45047' },
    })
    expect(shown()).toHaveLength(5)
  })

  it('is over after 48 hours', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    clock += 48 * 3_600_000 + 1
    peer.tokens.revoke()
    expect(await send({ text: 'late' })).toMatchObject({ ok: false, failure: { class: 'permanent', code: '45015' } })
  })

  it('gives three answers after a scan', async () => {
    await start()
    await peer.act(CUSTOMER, 'SCAN', 'shop')
    const results = []
    for (let count = 0; count < 4; count += 1) results.push((await send({ text: 'x' })).ok)
    expect(results).toEqual([true, true, true, false])
  })
})

describe('sending', () => {
  it('cuts a long text in order, each part with an id of its own', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    const text = '春'.repeat(1500)
    const result = await send({ text })
    expect(result.ok && result.ids).toHaveLength(3)
    expect(
      shown()
        .map((message) => message.text)
        .join(''),
    ).toBe(text)
  })

  it('says honestly that only a part went, and asks for no repeat', async () => {
    await start()
    await peer.act(CUSTOMER, 'CLICK', 'menu')
    for (let count = 0; count < 2; count += 1) await send({ text: 'used' })
    const result = await send({ text: '春'.repeat(1500) })
    expect(result).toMatchObject({
      ok: false,
      failure: { class: 'uncertain', detail: expect.stringContaining('Parts 1 to 1 of 3 were sent') },
    })
    expect(shown()).toHaveLength(3)
  })

  it('uploads files before any word goes, so that a bad file leaves nothing half sent', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    const file = await outboundMedia(account.context, { name: 'a.pdf', mimeType: 'application/pdf', content: PNG })
    const result = await send({ text: 'see', media: [{ ...file, mimeType: 'application/pdf' }] })
    expect(result).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'media_type' } })
    expect(shown()).toEqual([])
  })

  it('gets a new token when another program made the old one worthless, and sends once', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    expect(peer.tokens.asked).toBe(1)
    peer.tokens.revoke()
    expect((await send({ text: 'after' })).ok).toBe(true)
    expect(peer.tokens.asked).toBe(2)
    expect(shown()).toHaveLength(1)
  })

  it('forces a token when WeChat gives the bad one again', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    const first = peer.tokens.give(false).access_token
    peer.tokens.distrust(first)
    expect((await send({ text: 'after' })).ok).toBe(true)
    expect(peer.tokens.give(false).access_token).not.toBe(first)
  })

  it('tries again later when nobody listens at the port', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    expect((await send({ text: 'a connection may be left in a pool' })).ok).toBe(true)
    await peer.close()
    expect(await send({ text: 'x' })).toMatchObject({
      ok: false,
      failure: { class: 'retryable', code: 'ECONNREFUSED' },
    })
    expect(account.sink.lastHealth?.state).toBe('down')
  })

  it('shows that somebody types', async () => {
    await start()
    await peer.say(CUSTOMER, { text: 'hi' })
    const adapter = account.adapter as AnyAdapter
    await adapter.typing?.(CUSTOMER, true)
    expect([...peer.typing]).toEqual([CUSTOMER])
    await adapter.typing?.(CUSTOMER, false)
    expect([...peer.typing]).toEqual([])
  })
})

describe('health', () => {
  it('tells which setting is wrong', async () => {
    await start({ config: { appId: 'wx0000000000000000' }, awaitOk: false })
    expect(account.sink.lastHealth).toMatchObject({ state: 'misconfigured', detail: expect.stringContaining('AppID') })
  })
})
