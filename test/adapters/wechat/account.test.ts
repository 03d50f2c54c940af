import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type WechatAdapter, wechat } from '../../../adapters/wechat/index.ts'
import { startWechatyPeer, type WechatyPeer } from '../../../sandbox/wechaty-peer.ts'
import { type Fixture, openFixture, outbound, outboundMedia } from '../../contract/fixture.ts'
import type { TestContext } from '../../support/adapter-context.ts'
import { PNG } from '../../support/pictures.ts'

const CUSTOMER = 'wxid_wanglei'
const PATIENCE_MS = 20_000

describe('a WeChat account with a wrong token', () => {
  it('says what to check, and never shows the token', async () => {
    const peer = await startWechatyPeer({ loggedIn: true })
    const config = { puppetToken: 'insecure_3b0f6f5e-0000-4000-8000-000000000000' }
    const account = await openFixture({ channel: wechat, peer, customer: CUSTOMER, config, awaitOk: false })
    try {
      await account.sink.until(() => account.sink.lastHealth?.state === 'misconfigured', PATIENCE_MS)
      expect(account.sink.lastHealth?.detail).toContain('token')
      const seen = JSON.stringify([account.sink.healths, (account.context as TestContext).logged])
      expect(seen).not.toContain('3b0f6f5e')
    } finally {
      await account.close()
    }
  }, 40_000)
})

describe('a WeChat login, from the QR code on', () => {
  let peer: WechatyPeer
  let account: Fixture

  const states = () => account.sink.healths.map((health) => health.state)
  const isIn = (state: string) => account.sink.until(() => account.sink.lastHealth?.state === state, PATIENCE_MS)
  const send = (text: string) => account.adapter.send(outbound(CUSTOMER, { text }), AbortSignal.timeout(PATIENCE_MS))
  const shownTimes = (text: string) => peer.device(CUSTOMER).filter((message) => message.text === text).length
  const idsOf = (text: string) =>
    new Set(
      account.sink
        .of('message')
        .filter((message) => message.text === text)
        .map((message) => message.id),
    )

  beforeAll(async () => {
    peer = await startWechatyPeer()
    account = await openFixture({ channel: wechat, peer, customer: CUSTOMER, awaitOk: false })
  }, 60_000)
  afterAll(() => account.close(), 30_000)

  it('shows a QR code, sends nothing yet, and is well once it was scanned', async () => {
    await isIn('needs_login')
    expect(states()).toEqual(['connecting', 'needs_login'])
    expect(account.sink.lastHealth?.qr).toMatch(/^https:\/\/login\.weixin\.qq\.com\//)
    const refused = await send('too early')
    expect(refused).toMatchObject({ ok: false, failure: { class: 'retryable', code: 'not_logged_in' } })
    await peer.scan()
    await isIn('ok')
    expect(account.sink.lastHealth?.qr).toBeUndefined()
    expect(shownTimes('too early')).toBe(0)
  }, 40_000)

  it('says who wrote, by name', async () => {
    await peer.say(CUSTOMER, { text: 'hello', name: '王磊' })
    const { from } = await account.sink.waitForMessage('hello')
    expect(from).toMatchObject({ address: CUSTOMER, verified: true })
  })

  it('takes its own message that comes back for the receipt of its send, not for a message', async () => {
    const message = outbound(CUSTOMER, { text: `echoed ${randomUUID()}` })
    const result = await account.adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
    const receipt = await account.sink.waitFor(
      (event) => event.kind === 'receipt' && 'sendKey' in event.of && event.of.sendKey === message.sendKey,
    )
    expect(receipt).toMatchObject({ status: 'sent' })
    expect(result).toEqual({ ok: true, ids: [receipt.id] })
    expect(idsOf(message.text).size).toBe(0)
  })

  it('gives one receipt for words with a picture, once all of it went', async () => {
    const file = await outboundMedia(account.context, { name: 'a.png', mimeType: 'image/png', content: PNG })
    const message = outbound(CUSTOMER, { text: `with picture ${randomUUID()}`, media: [file] })
    const result = await account.adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
    expect(result.ok && result.ids).toHaveLength(2)
    await peer.say(CUSTOMER, { text: 'nice picture' })
    await account.sink.waitForMessage('nice picture')
    const receipts = account.sink.of('receipt').filter(({ of }) => 'sendKey' in of && of.sendKey === message.sendKey)
    expect(receipts.map((receipt) => receipt.id)).toEqual([result.ok && result.ids[1]])
  })

  it('takes what was typed on the phone for no send of ours', async () => {
    const text = `typed ${randomUUID()}`
    await peer.typeOnPhone(CUSTOMER, text)
    const message = await account.sink.waitForMessage(text)
    expect(message).toMatchObject({ echoOf: 'external', thread: CUSTOMER, from: { address: CUSTOMER } })
  })

  it('passes on that a message was taken back', async () => {
    const { remoteId } = await peer.say(CUSTOMER, { text: 'a slip' })
    await peer.recall(CUSTOMER, remoteId)
    await account.sink.until(() => account.sink.of('withdrawn').length === 1, PATIENCE_MS)
    expect(account.sink.of('withdrawn')[0]).toMatchObject({ of: remoteId, thread: CUSTOMER })
  })

  it('leaves rooms alone', async () => {
    const text = `in a room ${randomUUID()}`
    await peer.sayInRoom(CUSTOMER, text)
    await peer.say(CUSTOMER, { text: 'after the room' })
    await account.sink.waitForMessage('after the room')
    expect(idsOf(text).size).toBe(0)
  })

  it('comes back after its process was killed, and nothing is lost or doubled', async () => {
    const adapter = account.adapter as WechatAdapter
    const first = adapter.processId()
    const texts = Array.from({ length: 20 }, (_, i) => `storm ${i} ${randomUUID()}`)
    const saying = texts.map((text) => peer.say(CUSTOMER, { text }))
    await account.sink.waitForMessage(texts[3] ?? '')
    process.kill(first ?? 0, 'SIGKILL')
    await isIn('down')
    await isIn('ok')
    await Promise.all(saying)
    for (const text of texts) {
      await account.sink.waitForMessage(text)
      expect(idsOf(text).size).toBe(1)
    }
    expect(adapter.processId()).not.toBe(first)
    const answer = `still here ${randomUUID()}`
    expect(await send(answer)).toMatchObject({ ok: true })
    expect(shownTimes(answer)).toBe(1)
  }, 60_000)

  it('does not claim to know of a send whose process died under it, and does not repeat it', async () => {
    const adapter = account.adapter as WechatAdapter
    const message = outbound(CUSTOMER, { text: `on the edge ${randomUUID()}` })
    const unsubscribe = peer.onChange(() => {
      if (shownTimes(message.text) > 0) process.kill(adapter.processId() ?? 0, 'SIGSTOP')
    })
    const sending = adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
    await expect.poll(() => shownTimes(message.text), { timeout: PATIENCE_MS }).toBe(1)
    unsubscribe()
    process.kill(adapter.processId() ?? 0, 'SIGKILL')
    const result = await sending
    // Its answer may have been quicker than the signal; then it is a plain success.
    if (!result.ok) expect(result.failure.class).toBe('uncertain')
    await isIn('ok')
    expect(shownTimes(message.text)).toBe(1)
  }, 60_000)

  it('shows a new QR code when the phone logs it out', async () => {
    await peer.logout()
    await account.sink.until(() => account.sink.lastHealth?.qr !== undefined, PATIENCE_MS)
    expect(account.sink.lastHealth?.state).toBe('needs_login')
    await peer.scan()
    await isIn('ok')
  }, 40_000)
})
