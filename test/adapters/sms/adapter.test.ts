import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse, safeParse } from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AnyAdapter } from '../../../adapters/contract.ts'
import { sms } from '../../../adapters/sms/index.ts'
import { startTwilioPeer, type TwilioPeer } from '../../../sandbox/twilio-peer.ts'
import type { SendResult } from '../../../src/model.ts'
import { type Fixture, openFixture, outbound, outboundMedia } from '../../contract/fixture.ts'
import { testContext } from '../../support/adapter-context.ts'
import { PNG } from '../../support/pictures.ts'

const CUSTOMER = '+12025550123'
const never = new AbortController().signal

const failureIn = (result: SendResult) => (result.ok ? null : result.failure)

describe('an SMS account', () => {
  let peer: TwilioPeer
  let fixture: Fixture
  let adapter: AnyAdapter

  const open = async (config: Record<string, unknown> = {}) => {
    fixture = await openFixture({ channel: sms, peer, customer: CUSTOMER, config })
    adapter = fixture.adapter
  }
  beforeEach(async () => {
    peer = await startTwilioPeer()
  })
  afterEach(async () => {
    await fixture.close()
  })

  it('keeps STOP, suppresses at once, and START brings them back', async () => {
    await open()
    await peer.say(CUSTOMER, { text: 'stop' })
    await peer.say(CUSTOMER, { text: 'Start' })
    expect(fixture.sink.of('message').map((message) => message.text)).toEqual(['stop', 'Start'])
    expect(fixture.sink.of('consent').map((event) => event.change)).toEqual(['revoked', 'granted'])
    expect(fixture.sink.of('consent')[0]?.from.address).toBe(CUSTOMER)
  })

  it('knows the words of Chinese markets where they are configured', async () => {
    await open({ extraOptOutWords: ['TD', '退订'] })
    await peer.say(CUSTOMER, { text: '退订' })
    expect(fixture.sink.of('consent')).toMatchObject([{ change: 'revoked', evidence: '退订' }])
  })

  it('takes Twilio’s word that somebody opted out before', async () => {
    await open()
    peer.optedOut.add(CUSTOMER)
    const result = await adapter.send(outbound(CUSTOMER, { text: 'hi' }), never)
    expect(failureIn(result)).toMatchObject({ class: 'permanent', code: '21610' })
    expect(fixture.sink.of('consent')).toMatchObject([{ change: 'revoked', thread: CUSTOMER }])
  })

  it('reports a message that was taken but did not arrive, with the reason', async () => {
    await open()
    peer.setUndeliverable(CUSTOMER, 30006)
    const message = outbound(CUSTOMER, { text: 'hi' })
    expect((await adapter.send(message, never)).ok).toBe(true)
    await fixture.sink.until(() => fixture.sink.of('receipt').some((receipt) => receipt.status === 'failed'))
    expect(fixture.sink.of('receipt').at(-1)).toMatchObject({
      of: { sendKey: message.sendKey },
      failure: { class: 'permanent', code: '30006' },
    })
    expect(peer.device(CUSTOMER)).toEqual([])
  })

  it('never shows the credentials to the host where Twilio keeps files', async () => {
    await open()
    await peer.say(CUSTOMER, { text: '', media: [{ name: 'a.png', mimeType: 'image/png', content: PNG }] })
    const [ref] = fixture.sink.of('message')[0]?.media ?? []
    if (ref?.state !== 'remote') throw new Error('expected a file to fetch')
    expect((await adapter.fetchMedia?.(ref.ref, never))?.ok).toBe(true)
    expect(peer.mediaRequests).toEqual([{ authorization: null }])
  })

  it('hands a file only to who has the signed link, and serves it so that no browser runs it', async () => {
    await open()
    const media = [await outboundMedia(fixture.context, { name: 'x.png', mimeType: 'image/png', content: PNG })]
    await adapter.send(outbound(CUSTOMER, { media }), never)
    await expect.poll(() => peer.device(CUSTOMER).length).toBe(1)
    const { hookUrl } = fixture.context
    expect((await fetch(`${hookUrl}/media/${media[0]?.id}`)).status).toBe(404)
    expect((await fetch(`${hookUrl}/media/e30.${'x'.repeat(43)}`)).status).toBe(403)
    expect((await fetch(hookUrl)).status).toBe(404)
  })

  it('finds by the status callback which message a lost answer became', async () => {
    await open()
    peer.fail('accept_then_reset', 1)
    const message = outbound(CUSTOMER, { text: 'hi' })
    expect(failureIn(await adapter.send(message, never))).toMatchObject({ class: 'uncertain' })
    await fixture.sink.until(() => fixture.sink.of('receipt').some((receipt) => receipt.status === 'delivered'))
    expect(fixture.sink.of('receipt').every(({ of }) => 'sendKey' in of && of.sendKey === message.sendKey)).toBe(true)
    expect(peer.accepted).toHaveLength(1)
  })

  it('sends nothing when it is told to stop before', async () => {
    await open()
    const result = await adapter.send(outbound(CUSTOMER, { text: 'hi' }), AbortSignal.abort())
    expect(failureIn(result)).toMatchObject({ class: 'retryable', code: 'aborted' })
    expect(peer.accepted).toEqual([])
  })

  it('answers what is no message without harm', async () => {
    await open()
    const { hookUrl } = fixture.context
    const post = (params: Record<string, string>, path = '') =>
      fetch(hookUrl + path, {
        method: 'POST',
        headers: { 'x-twilio-signature': peer.sign(hookUrl + path, params) },
        body: new URLSearchParams(params),
      })
    expect((await post({ Body: 'no sid' })).status).toBe(422)
    expect((await post({ Body: 'hi' }, '/elsewhere')).status).toBe(404)
    expect((await post({ AccountSid: `AC${'f'.repeat(32)}`, Body: 'hi' })).status).toBe(403)
    expect((await fetch(hookUrl, { method: 'POST', body: 'x'.repeat(300_000) })).status).toBe(413)
    expect((await fetch(hookUrl, { method: 'PUT', body: 'x' })).status).toBe(405)
    expect(fixture.sink.events).toEqual([])
  })

  it('answers Twilio with an empty reply, so that it says nothing by itself', async () => {
    await open()
    const { hookUrl } = fixture.context
    const params = { MessageSid: `SM${'1'.repeat(32)}`, From: CUSTOMER, Body: 'hi' }
    const response = await fetch(hookUrl, {
      method: 'POST',
      headers: { 'x-twilio-signature': peer.sign(hookUrl, params) },
      body: new URLSearchParams(params),
    })
    expect(response.headers.get('content-type')).toBe('text/xml')
    expect(await response.text()).toContain('<Response/>')
  })
})

describe('an SMS account whose Twilio', () => {
  const account = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'secret', from: '+12025550100' }

  async function sent(apiBaseUrl: string, signal = never) {
    const context = await testContext()
    const adapter = sms.create(parse(sms.config, { ...account, apiBaseUrl }), context)
    const result = await adapter.send(outbound(CUSTOMER, { text: 'hi' }), signal)
    await adapter.stop()
    await context.close()
    return result
  }

  async function withServer<T>(answer: RequestListener, run: (origin: string) => Promise<T>): Promise<T> {
    const server = createServer(answer)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      return await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  it('refuses connections is tried again', async () => {
    expect(failureIn(await sent('http://127.0.0.1:1'))).toMatchObject({ class: 'retryable', code: 'ECONNREFUSED' })
  })

  it('hides behind a gateway with trouble: nobody knows what became of the message', async () => {
    const result = await withServer(
      (_request, response) => response.writeHead(502).end('<html>Bad gateway</html>'),
      sent,
    )
    expect(failureIn(result)).toMatchObject({ class: 'uncertain', code: 'http_502' })
  })

  it('never answers: a call that is given up counts as lost, not as failed', async () => {
    const abort = new AbortController()
    const result = await withServer(
      () => abort.abort(),
      (origin) => sent(origin, abort.signal),
    )
    expect(failureIn(result)).toMatchObject({ class: 'uncertain', code: 'aborted' })
  })

  it('cannot reach this hub: a file cannot go, and the reason says what to do', async () => {
    const context = await testContext()
    const adapter = sms.create(parse(sms.config, account), context)
    const media = [await outboundMedia(context, { name: 'a', mimeType: 'image/png', content: PNG })]
    const result = await adapter.send(outbound(CUSTOMER, { media }), never)
    await context.close()
    expect(failureIn(result)).toMatchObject({ class: 'permanent', code: 'unreachable' })
  })
})

describe('the settings of an SMS account', () => {
  const valid = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'secret' }

  it.each(['+12025550100', '72345', 'ACME Shop', `MG${'a'.repeat(32)}`])('the sender %s is taken', (from) => {
    expect(safeParse(sms.config, { ...valid, from }).success).toBe(true)
  })

  it.each(['', '12', 'A name that is too long', '+0123', '12025550100x!'])('the sender %j is not', (from) => {
    expect(safeParse(sms.config, { ...valid, from }).success).toBe(false)
  })

  it('a sender name cannot carry files', async () => {
    const context = await testContext()
    const adapter = sms.create(parse(sms.config, { ...valid, from: 'ACME' }), context)
    expect(adapter.capabilities.media).toEqual({})
    await context.close()
  })

  it('only the address’s origin is kept of the API address', () => {
    expect(parse(sms.config, { ...valid, from: 'ACME', apiBaseUrl: 'http://127.0.0.1:4010/' }).apiBaseUrl).toBe(
      'http://127.0.0.1:4010',
    )
  })
})
