import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SmsConfig } from '../../../adapters/sms/config.ts'
import { smsConfig } from '../../../adapters/sms/config.ts'
import { fetchTwilioMedia } from '../../../adapters/sms/media-fetch.ts'
import { isLocalHost, isPrivateAddress } from '../../../adapters/sms/private-addresses.ts'
import { type TestContext, testContext } from '../../support/adapter-context.ts'
import { PNG } from '../../support/pictures.ts'

interface Seen {
  path: string
  authorization: string | undefined
}

let context: TestContext
const closers: (() => void)[] = []
const never = new AbortController().signal

beforeEach(async () => {
  context = await testContext()
})

afterEach(async () => {
  for (const close of closers.splice(0)) close()
  await context.close()
})

async function server(answer: RequestListener): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const http = createServer((request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization })
    answer(request, response)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  closers.push(() => {
    http.closeAllConnections()
    http.close()
  })
  return { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, seen }
}

const config = (apiBaseUrl?: string): SmsConfig =>
  parse(smsConfig, {
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: 'secret',
    from: '+12025550100',
    ...(apiBaseUrl === undefined ? {} : { apiBaseUrl }),
  })

const serving: RequestListener = (_request, response) =>
  response.writeHead(200, { 'content-type': 'image/png' }).end(PNG)

describe('fetching a picture from Twilio', () => {
  it('shows the credentials to the API, and never to the host it redirects to', async () => {
    const storage = await server(serving)
    const api = await server((_request, response) => response.writeHead(307, { location: `${storage.origin}/x` }).end())
    const result = await fetchTwilioMedia(config(api.origin), context.media, `${api.origin}/media/ME1`, never)
    expect(result).toMatchObject({ ok: true, media: { state: 'stored', mimeType: 'image/png', size: PNG.length } })
    expect(api.seen[0]?.authorization).toBe(`Basic ${btoa(`AC${'0'.repeat(32)}:secret`)}`)
    expect(storage.seen).toEqual([{ path: '/x', authorization: undefined }])
  })

  it('shows them to nobody when the address is not the API’s', async () => {
    const [api, other] = [await server(serving), await server(serving)]
    await fetchTwilioMedia(config(api.origin), context.media, `${other.origin}/media`, never)
    expect(other.seen).toEqual([{ path: '/media', authorization: undefined }])
  })

  it.each([
    'http://127.0.0.1:1/x',
    'https://127.0.0.1:1/x',
    'https://[::1]/x',
    'https://169.254.169.254/latest',
    'file:///etc/passwd',
  ])('with the real Twilio it never goes to %s', async (ref) => {
    const result = await fetchTwilioMedia(config(), context.media, ref, never)
    expect(result).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'forbidden' } })
  })

  it('nor to a name that means an address inside', async () => {
    const result = await fetchTwilioMedia(config(), context.media, 'https://localhost:1/x', never)
    expect(result).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'forbidden' } })
  })

  it('gives up on redirects without an end', async () => {
    const api = await server((_request, response) => response.writeHead(302, { location: '/again' }).end())
    const result = await fetchTwilioMedia(config(api.origin), context.media, `${api.origin}/x`, never)
    expect(result).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'redirect' } })
    expect(api.seen.length).toBeLessThan(10)
  })

  it.each([
    [404, 'retryable'],
    [410, 'permanent'],
    [401, 'permanent'],
    [429, 'throttled'],
    [503, 'retryable'],
  ])('an answer %i is %s', async (status, expected) => {
    const api = await server((_request, response) => response.writeHead(status).end())
    const result = await fetchTwilioMedia(config(api.origin), context.media, `${api.origin}/x`, never)
    expect(result).toMatchObject({ ok: false, failure: { class: expected } })
  })

  it('a file that breaks off is tried again, and nothing half is kept', async () => {
    const api = await server((request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write(PNG, () => request.socket.destroy())
    })
    const result = await fetchTwilioMedia(config(api.origin), context.media, `${api.origin}/x`, never)
    expect(result).toMatchObject({ ok: false, failure: { class: 'retryable' } })
  })

  it('a file over the limit is refused with the reason', async () => {
    const api = await server((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4' }).end(Buffer.alloc(26_214_401))
    })
    const result = await fetchTwilioMedia(config(api.origin), context.media, `${api.origin}/x`, never)
    expect(result).toMatchObject({ ok: true, media: { state: 'refused', mimeType: 'video/mp4' } })
  })

  it('markup that pretends to be a picture is kept as markup', async () => {
    const api = await server((_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' }).end('<html><script>alert(1)</script></html>')
    })
    const result = await fetchTwilioMedia(config(api.origin), context.media, `${api.origin}/x`, never)
    expect(result).toMatchObject({ ok: true, media: { state: 'stored', mimeType: 'text/html' } })
  })
})

describe('addresses inside a network', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.20.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    'nonsense',
  ])('%s is one', (address) => {
    expect(isPrivateAddress(address)).toBe(true)
  })

  it.each(['1.1.1.1', '54.172.60.0', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is none', (address) => {
    expect(isPrivateAddress(address)).toBe(false)
  })

  it.each([
    ['localhost', true],
    ['hub.local', true],
    ['[::1]', true],
    ['192.168.0.2', true],
    ['hub.example', false],
    ['1.1.1.1', false],
  ])('a hub at %s is out of reach: %s', (host, local) => {
    expect(isLocalHost(host)).toBe(local)
  })
})
