import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { networkOf } from '../../../src/http/client-ip.ts'
import { DIALECTS } from '../../support/databases.ts'
import { type HttpHub, type Person, startHttpHub } from '../../support/http-hub.ts'

/** Requests that no client of ours makes: each must end in a clear refusal, soon, and leave the hub well. */
describe.each(DIALECTS)('hostile requests on %s', (dialect) => {
  let hub: HttpHub
  let admin: Person
  beforeAll(async () => {
    hub = await startHttpHub(dialect)
    admin = await hub.person('administrator')
  })
  afterAll(() => hub.close())

  const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { code: string }).code

  /** With exactly these headers, whatever a client library thinks is right. */
  const raw = (method: string, path: string, headers: Record<string, string>, body: (string | Buffer)[] = []) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = http.request(`${hub.url}${path}`, { method, headers, agent: false }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      request.on('error', reject)
      for (const part of body) request.write(part)
      request.end()
    })

  test('a list of a million wrong items makes one short answer', async () => {
    const { id } = await hub.conversation()
    const items = Array(500_000).fill('1').join(',')
    const body = `{"kind":"note","text":"x","attachmentIds":[${items}]}`
    const response = await hub.ask(admin, 'POST', `/api/v1/conversations/${id}/messages`, body, {
      'content-type': 'application/json',
    })
    expect(response.status).toBe(400)
    expect((await response.text()).length).toBeLessThan(2000)
  })

  test('an answer repeats only the beginning of what did not fit', async () => {
    const response = await hub.ask(admin, 'PATCH', '/api/v1/me', { availability: 'x'.repeat(100_000) })
    expect(response.status).toBe(400)
    expect((await response.text()).length).toBeLessThan(2000)
  })

  test('JSON nested a hundred thousand deep is refused', async () => {
    const { contactId } = await hub.conversation()
    const deep = `{"attributes":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`
    const response = await hub.ask(admin, 'PATCH', `/api/v1/contacts/${contactId}`, deep, {
      'content-type': 'application/json',
    })
    expect(response.status).toBe(400)
  })

  test('what is not JSON is refused, not taken for an empty change', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const response = await hub.ask(admin, 'PATCH', '/api/v1/me', '{"name":"x"}', { 'content-type': type })
      expect([type, response.status, await codeOf(response)]).toEqual([type, 415, 'not_json'])
    }
    const vendor = { 'content-type': 'application/vnd.api+json; charset=utf-8' }
    expect((await hub.ask(admin, 'PATCH', '/api/v1/me', '{"name":"x"}', vendor)).status).toBe(200)
  })

  test('a NUL and numbers beyond all bounds are the client’s mistake, not the hub’s failure', async () => {
    const { id, accountId } = await hub.conversation()
    const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const asked = [
      '/conversations/%00',
      '/conversations?q=%00',
      '/contacts?q=a%00b',
      `/conversations?cursor=${cursorOf([1e308, 'x'])}`,
      `/contacts?cursor=${cursorOf([1.5, 'x'])}`,
      `/contacts?cursor=${cursorOf([1, '\0'])}`,
      `/conversations/${id}/messages?before=99999999999999999999`,
    ]
    for (const path of asked) expect((await hub.ask(admin, 'GET', `/api/v1${path}`)).status, path).toBeLessThan(500)
    const changes = [{ status: 'snoozed', snoozedUntil: 1e300 }, { assigneeId: 'a\0b' }, { labelIds: ['\0'] }]
    for (const change of changes)
      expect((await hub.ask(admin, 'PATCH', `/api/v1/conversations/${id}`, change)).status).toBe(400)
    const start = { accountId, address: 'roof\0', text: 'hi' }
    expect((await hub.ask(admin, 'POST', '/api/v1/conversations', start)).status).toBe(400)
    const signIn = { email: 'a\0@example.com', password: 'x' }
    const answer = await hub.ask(null, 'POST', '/api/auth/sign-in/email', signIn, { 'x-onethread': '1' })
    expect(answer.status).toBe(400)
  })

  test('a request without body or with one of unknown length is taken as it is', async () => {
    const authorization = `Bearer ${admin.token}`
    expect(await raw('DELETE', '/api/v1/labels/nothing', { authorization })).toMatchObject({ status: 404 })
    const chunked = { authorization, 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    expect(await raw('PATCH', '/api/v1/me', chunked, ['{"name":', '"Chunks"}'])).toMatchObject({ status: 200 })
    const large = Array<Buffer>(6).fill(Buffer.alloc(1024 * 1024, ' '))
    expect(await raw('PATCH', '/api/v1/me', chunked, large)).toMatchObject({ status: 413 })
  })

  test('a webhook of unknown length is read to its limit, and one for nobody not at all', async () => {
    const chunked = { 'transfer-encoding': 'chunked' }
    const large = Array<Buffer>(41).fill(Buffer.alloc(1024 * 1024))
    const { hooks } = hub.deps
    let seen = ''
    hub.deps.hooks = async (_, request) => {
      seen = await request.arrayBuffer().then(
        () => 'all of it',
        () => 'cut off',
      )
      return null
    }
    // The answer is 413; who does not stop sending for it may be hung up on before reading it.
    const answer = await raw('POST', '/hooks/somebody/x', chunked, large).catch(() => ({ status: 413 }))
    expect(answer.status).toBe(413)
    await expect.poll(() => seen).toBe('cut off')

    hub.deps.hooks = async (_, request) => {
      seen = request.bodyUsed ? 'read' : 'unread'
      return null
    }
    const body = Buffer.alloc(2 * 1024 * 1024)
    const sized = { 'content-length': String(body.byteLength) }
    expect(await raw('POST', '/hooks/nobody/x', sized, [body])).toMatchObject({ status: 404 })
    expect(seen).toBe('unread')
    expect(await raw('TRACE', '/hooks/nobody/x', {})).toMatchObject({ status: 405 })
    hub.deps.hooks = hooks
  })

  test('there is no sandbox where it is off', async () => {
    for (const path of ['/sandbox', '/sandbox/', '/sandbox/phone', '/%73andbox'])
      expect((await hub.ask(null, 'GET', path)).status, path).toBe(404)
  })

  test('the address of a client is an address', async () => {
    const metrics = (forwarded: string) => hub.ask(null, 'GET', '/metrics', undefined, { 'x-forwarded-for': forwarded })
    expect((await metrics('127.0.0.1')).status).toBe(401)
    expect(networkOf('203.0.113.9')).toBe('203.0.113.9')
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(networkOf('2001:0DB8::5%eth0')).toBe('2001:db8:0:0::/64')
    expect(networkOf('::ffff:203.0.113.9')).toBe('::ffff:203.0.113.9')
  })
})
