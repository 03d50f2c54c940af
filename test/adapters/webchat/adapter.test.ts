import { createHmac } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { webchat } from '../../../adapters/webchat/index.ts'
import { WebPeer } from '../../../sandbox/web-peer.ts'
import { type Fixture, openFixture, outbound } from '../../contract/fixture.ts'
import { PNG } from '../../support/pictures.ts'
import { HubBehind } from './hub-behind.ts'

const IDENTITY_SECRET = 'an identity secret of many characters'
const HOUR_MS = 60 * 60_000

let hub: HubBehind
let fixture: Fixture
let now: number

beforeEach(async () => {
  hub = new HubBehind()
  now = Date.now()
  fixture = await openFixture({
    channel: hub.around(webchat),
    peer: new WebPeer(),
    customer: 'Ana',
    config: { identitySecret: IDENTITY_SECRET, messagesPerMinute: 20, allowedOrigins: ['https://shop.example/'] },
    context: { ...hub.context, now: () => now },
  })
})
afterEach(() => fixture.close())

interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes.
  body: any
}

async function call(method: string, path: string, token?: string, body?: unknown, headers = {}): Promise<Answer> {
  const response = await fetch(`${fixture.context.hookUrl}${path}`, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

const session = async (body: object = {}, headers = {}) => call('POST', '/session', undefined, body, headers)
const visitor = async (): Promise<{ token: string; address: string }> => (await session()).body
const jwt = (claims: object, expiresAt = now + HOUR_MS, secret = IDENTITY_SECRET) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(expiresAt / 1000))
    .sign(new TextEncoder().encode(secret))

describe('who a visitor is', () => {
  it('gives every visitor a token of their own, and an address that does not give it away', async () => {
    const [one, two] = [await visitor(), await visitor()]
    expect(one.token).not.toBe(two.token)
    expect(one.address).toMatch(/^v_[\w-]{22}$/)
    const secret = JSON.parse(Buffer.from(one.token.split('.')[0] ?? '', 'base64url').toString()).visitor
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(secret).not.toContain(one.address.slice(2))
  })

  it.each([
    ['GET', '/messages'],
    ['GET', '/events'],
    ['POST', '/messages'],
    ['POST', '/files'],
    ['POST', '/seen'],
    ['POST', '/typing'],
    ['GET', `/files/${'a'.repeat(64)}`],
  ])('lets nobody %s %s without a token, or with one that is not ours', async (method, path) => {
    const body = method === 'POST' ? { clientId: 'a', text: 'hi', upTo: 9, state: 'read', on: true } : undefined
    const { token } = await visitor()
    const stranger = `${Buffer.from('{"user":"ceo","until":9e15}').toString('base64url')}.${token.split('.')[1]}`
    expect((await call(method, path, undefined, body)).status).toBe(401)
    expect((await call(method, path, stranger, body)).status).toBe(403)
    expect(fixture.sink.events).toEqual([])
  })

  it('knows a signed-in user by the website’s token, on every device', async () => {
    const { body } = await session({ jwt: await jwt({ sub: 'ana@shop.example', name: 'Ana Souza' }) })
    expect(body).toMatchObject({ address: 'u_ana@shop.example', name: 'Ana Souza' })
    await call('POST', '/messages', body.token, { clientId: '1', text: 'me again', name: 'Someone else' })
    expect(fixture.sink.of('message')[0]?.from).toMatchObject({
      address: 'u_ana@shop.example',
      displayName: 'Ana Souza',
      verified: true,
    })
    now += 13 * HOUR_MS
    expect((await call('GET', '/messages', body.token)).body.title).toBe('session_expired')
  })

  it('refuses tokens that are expired, long-lived, nameless, unsigned or signed by others', async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"a","exp":9e9}').toString('base64url')}.`
    const bad: [string, number][] = [
      [await jwt({ sub: 'ana' }, now - HOUR_MS), 401],
      [await jwt({ sub: 'ana' }, now + 48 * HOUR_MS), 403],
      [await jwt({}), 403],
      [await jwt({ sub: 'a\nb' }), 403],
      [await jwt({ sub: 'ana' }, now + HOUR_MS, 'another secret of many characters!!'), 403],
      [unsigned, 403],
      ['nonsense', 403],
    ]
    for (const [token, status] of bad) expect((await session({ jwt: token })).status).toBe(status)
  })

  it('takes the hash of older integrations', async () => {
    const hash = createHmac('sha256', IDENTITY_SECRET).update('ana').digest('hex')
    expect((await session({ user: { id: 'ana', hash } })).body.address).toBe('u_ana')
    expect((await session({ user: { id: 'bob', hash } })).status).toBe(403)
  })

  it('slows down who starts sessions by the dozen, but not everybody behind an unknown address', async () => {
    const flood = async (headers: object) => {
      const answers = await Promise.all(Array.from({ length: 40 }, () => session({}, headers)))
      return answers.filter(({ status }) => status === 429)
    }
    const refused = await flood({ 'x-onethread-client-ip': '203.0.113.9' })
    expect(refused.length).toBeGreaterThan(0)
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await flood({})).toEqual([])
  })
})

describe('a visitor’s message', () => {
  it('is one message, however often it is clicked', async () => {
    const { token, address } = await visitor()
    const click = () => call('POST', '/messages', token, { clientId: 'c1', text: 'hello' })
    const answers = await Promise.all([click(), click(), click()])
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
    expect(fixture.sink.of('message').map(({ id }) => id)).toEqual([`${address}:c1`])
  })

  it('keeps the first where a client id is used for another text, and says so', async () => {
    const { token } = await visitor()
    await call('POST', '/messages', token, { clientId: 'c1', text: 'first' })
    const { status, body } = await call('POST', '/messages', token, { clientId: 'c1', text: 'second' })
    expect([status, body.title]).toEqual([409, 'client_id_reused'])
    expect(fixture.sink.of('message').map(({ text }) => text)).toEqual(['first'])
  })

  it('is acknowledged only when the hub kept it', async () => {
    const { token } = await visitor()
    fixture.sink.rejectNext(1)
    expect((await call('POST', '/messages', token, { clientId: 'c1', text: 'hello' })).status).toBe(503)
    expect((await call('POST', '/messages', token, { clientId: 'c1', text: 'hello' })).status).toBe(202)
  })

  it.each([
    ['100,000 characters', { clientId: 'a', text: '长'.repeat(100_000) }, 413, /10000 characters/],
    ['more bytes than any message has', { clientId: 'a', text: 'x'.repeat(1_200_000) }, 413, /1 MB/],
    ['nothing', { clientId: 'a', text: ' \u0000 ' }, 400, /empty/],
    ['no client id', { text: 'hi' }, 400, /clientId/],
    ['a wild client id', { clientId: 'a:b/c', text: 'hi' }, 400, /clientId/],
    ['what is no object', 'hi', 400, /./],
  ])('of %s gets a clear answer', async (_, body, status, detail) => {
    const { token } = await visitor()
    const answer = await call('POST', '/messages', token, body)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(answer.body.detail).toMatch(detail)
    expect(fixture.sink.events).toEqual([])
  })

  it('loses control characters and half emoji, and nothing else', async () => {
    const { token } = await visitor()
    const text = 'a\u0000b\u001b[31m\r\n\tc <b>&amp; 👩‍👩‍👧 \ud83d'
    await call('POST', '/messages', token, { clientId: 'c', text, name: '🦊' })
    expect(fixture.sink.of('message')[0]).toMatchObject({
      text: 'ab[31m\n\tc <b>&amp; 👩‍👩‍👧 \ufffd',
      from: { displayName: '🦊', verified: false },
    })
  })

  it('is slowed down when they come too fast, and let through again later', async () => {
    const { token } = await visitor()
    const write = (clientId: number) => call('POST', '/messages', token, { clientId: String(clientId), text: 'spam' })
    const answers = []
    for (let count = 0; count < 15; count += 1) answers.push(await write(count))
    expect(answers.at(-1)?.status).toBe(429)
    now += 10_000
    expect((await write(99)).status).toBe(202)
  })

  it('from another website’s page is refused', async () => {
    const { token } = await visitor()
    const from = (headers: object) => call('POST', '/messages', token, { clientId: 'c', text: 'hi' }, headers)
    expect((await from({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await from({ origin: fixture.context.publicUrl })).status).toBe(202)
  })
})

describe('files', () => {
  const upload = (token: string, name: string, content: Uint8Array) =>
    call('POST', '/files', token, content, { 'x-file-name': encodeURIComponent(name) })

  it('are put into a message by those who uploaded them, and read by them', async () => {
    const [ana, bob] = [await visitor(), await visitor()]
    const { status, body: file } = await upload(ana.token, '../照片.png', PNG)
    expect([status, file.name, file.mimeType]).toEqual([201, '.._照片.png', 'image/png'])
    const send = (token: string) => call('POST', '/messages', token, { clientId: 'c', attachments: [file.ticket] })
    expect((await send(bob.token)).status).toBe(403)
    const early = await call('GET', `/files/${file.id}?ticket=${file.ticket}`, ana.token)
    expect(early.status).toBe(200)
    expect((await send(ana.token)).status).toBe(202)
    const own = await call('GET', `/files/${file.id}`, ana.token)
    expect([own.status, own.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(own.headers.get('x-content-type-options')).toBe('nosniff')
    expect(own.headers.get('content-security-policy')).toContain('sandbox')
    expect((await call('GET', `/files/${file.id}`, bob.token)).status).toBe(404)
  })

  it.each([
    ['a page called a picture', 'cat.png', '<script>alert(1)</script>'],
    ['a drawing that can run scripts', 'cat.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
    ['a program', 'setup.exe', 'MZ\u0000\u0001'],
  ])('%s is refused', async (_, name, content) => {
    const { token } = await visitor()
    expect((await upload(token, name, Buffer.from(content))).status).toBe(415)
  })

  it('that are too large or empty are refused with the reason', async () => {
    const { token } = await visitor()
    const large = await upload(token, 'large.png', new Uint8Array(10 * 1024 * 1024 + 1))
    expect([large.status, large.body.detail]).toEqual([413, 'At most 10 MB.'])
    expect((await upload(token, 'none.txt', new Uint8Array())).status).toBe(400)
  })

  it('that are no pictures are never shown inline', async () => {
    const { token } = await visitor()
    const { body: file } = await upload(token, 'notes.txt', Buffer.from('<script>alert(1)</script>'))
    const shown = await call('GET', `/files/${file.id}?ticket=${file.ticket}`, token)
    expect(shown.headers.get('content-disposition')).toBe('attachment')
    expect(shown.headers.get('content-type')).toBe('application/octet-stream')
  })
})

describe('the way back', () => {
  it('shows a visitor their own thread only, and what they missed in the right order', async () => {
    const { peer } = fixture
    const web = peer as WebPeer
    await peer.say('Ana', { text: 'from Ana' })
    await peer.say('Bob', { text: 'from Bob' })
    const [ana, bob] = [await web.addressOf('Ana'), await web.addressOf('Bob')]
    for (const text of ['one', 'two', 'three'])
      await fixture.adapter.send(outbound(ana, { text }), AbortSignal.timeout(1000))
    await expect.poll(() => peer.device('Ana').map(({ text }) => text)).toEqual(['from Ana', 'one', 'two', 'three'])
    expect(peer.device('Bob').map(({ text }) => text)).toEqual(['from Bob'])
    expect(hub.thread(bob)).toHaveLength(1)
  })

  it('reports delivered and read once each, under ids that stay', async () => {
    const { token, address } = await visitor()
    await call('POST', '/messages', token, { clientId: 'c', text: 'hi' })
    await fixture.adapter.send(outbound(address, { text: 'hello' }), AbortSignal.timeout(1000))
    const [, answer] = hub.thread(address)
    for (const state of ['delivered', 'read', 'read', 'delivered'])
      await call('POST', '/seen', token, { upTo: answer?.seq, state })
    expect(fixture.sink.of('receipt').map(({ id, of }) => [id, of])).toEqual([
      [`${answer?.id}:delivered`, { remote: answer?.id }],
      [`${answer?.id}:read`, { remote: answer?.id }],
    ])
  })

  it('says that somebody types, to both sides, and stores nothing', async () => {
    const { token, address } = await visitor()
    const heard: unknown[] = []
    hub.live.subscribe('typing:customer', (data) => heard.push(data))
    await call('POST', '/typing', token, { on: true })
    await expect.poll(() => heard).toEqual([{ address, on: true }])
    const response = await fetch(`${fixture.context.hookUrl}/events`, { headers: { authorization: `Bearer ${token}` } })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = (await reader?.read())?.value ?? ''
    await fixture.adapter.typing?.(address, true)
    while (!text.includes('event: typing')) text += (await reader?.read())?.value ?? ''
    expect(text).toContain('data: {"on":true}')
    await reader?.cancel()
    expect(fixture.sink.events).toEqual([])
  })

  it('is no way to people who never came', async () => {
    const result = await fixture.adapter.send(outbound('+15550100', { text: 'hi' }), AbortSignal.timeout(1000))
    expect(result).toMatchObject({ ok: false, failure: { class: 'permanent' } })
  })
})

describe('the page in the frame', () => {
  it('may be framed by the account’s websites only, and carries no inline script', async () => {
    const { headers, body } = await call('GET', '/app')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'self' https://shop.example")
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(body.match(/<script[^>]*>/g)).toEqual([expect.stringContaining(' src="')])
  })
})
