import { mkdir, writeFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HttpHub, type Person, startHttpHub } from '../../support/http-hub.ts'

let hub: HttpHub
let admin: Person
let ready = { ok: true, checks: { database: { ok: true, detail: 'sqlite' } } }

beforeAll(async () => {
  hub = await startHttpHub('sqlite', { ready: async () => ready })
  admin = await hub.person('administrator')
  const { inboxDir, widgetDir } = hub.deps
  await mkdir(path.join(inboxDir, 'assets'), { recursive: true })
  await mkdir(path.join(widgetDir, 'dist'), { recursive: true })
  await writeFile(path.join(inboxDir, 'index.html'), '<!doctype html><title>Inbox</title>')
  await writeFile(path.join(inboxDir, 'assets/app-abc123.js'), `console.log(${'"x",'.repeat(1000)}1)`)
  await writeFile(path.join(hub.dataDir, 'outside.txt'), 'secret')
  await writeFile(path.join(widgetDir, 'dist/widget.js'), 'void 0')
  await writeFile(
    path.join(widgetDir, 'demo.html'),
    '<script src="{{HUB_ORIGIN}}/widget.js" data-account="{{ACCOUNT_ID}}">',
  )
})
afterAll(() => hub.close())

const get = (to: string, headers: Record<string, string> = {}) => hub.ask(null, 'GET', to, undefined, headers)

describe('the inbox', () => {
  test('is one page for every address of its own', async () => {
    for (const to of ['/', '/inbox/123', '/settings/accounts?x=1']) {
      const response = await get(to)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('Inbox')
      expect(response.headers.get('cache-control')).toBe('no-cache')
    }
  })

  test('runs only scripts of its own and is framed by nobody', async () => {
    const { headers } = await get('/')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
  })

  test('gives hashed files for ever, compressed, and no page in their place', async () => {
    const response = await get('/assets/app-abc123.js', { 'accept-encoding': 'br' })
    expect(response.headers.get('content-encoding')).toBe('br')
    expect(response.headers.get('cache-control')).toContain('immutable')
    expect(await response.text()).toContain('console.log')
    const etag = response.headers.get('etag') ?? ''
    expect((await get('/assets/app-abc123.js', { 'if-none-match': etag })).status).toBe(304)
    expect((await get('/assets/app-old.js')).status).toBe(404)
  })

  test('gives nothing outside its folder', async () => {
    for (const to of ['/..%2foutside.txt', '/%2e%2e/outside.txt', '/assets/..%2f..%2foutside.txt', '/%00']) {
      const response = await get(to)
      expect(await response.text()).not.toContain('secret')
    }
    expect((await get('/%E0%A4%A')).status).toBeLessThan(500)
  })

  test('does not answer for the API', async () => {
    const response = await get('/api/v1/nothing')
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect((await hub.ask(admin, 'DELETE', '/api/v1/me')).status).toBe(404)
  })
})

test('the widget is for every website, the demo page shows the account', async () => {
  const widget = await get('/widget.js')
  expect(widget.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  expect(await widget.text()).toBe('void 0')
  expect((await get('/widget/nothing.js')).status).toBe(404)
  expect((await get('/demo')).status).toBe(404)
  const { accountId } = await hub.conversation()
  expect(await (await get('/demo')).text()).toBe(`<script src="http://hub.test/widget.js" data-account="${accountId}">`)
  expect((await get(`/demo?account=${accountId}`)).status).toBe(200)
  expect((await get('/demo?account=other')).status).toBe(404)
})

describe('hooks', () => {
  test('reach the host at the public address, with the client it came from', async () => {
    const response = await hub.ask(null, 'POST', '/hooks/open-account/sms/in?a=1', 'Body=hi', {
      'content-type': 'application/x-www-form-urlencoded',
      'x-onethread-client-ip': '6.6.6.6',
      'x-signature': 'abc',
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/xml')
    expect(response.headers.get('content-security-policy')).toBeNull()
    const request = hub.hooked.at(-1)
    expect(request?.url).toBe('http://hub.test/hooks/open-account/sms/in?a=1')
    expect(request?.headers.get('x-onethread-client-ip')).toMatch(/127\.0\.0\.1$/)
    expect(request?.headers.get('x-signature')).toBe('abc')
    expect(await request?.text()).toBe('Body=hi')
  })

  test('take every method, and say when there is no such account', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await hub.ask(null, method, '/hooks/open-account')).status).toBe(200)
    const unknown = await hub.ask(null, 'POST', '/hooks/nobody', 'x')
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ code: 'account_not_found' })
  })

  const postChunked = (size: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(hub.url)
      const request = http.request({ hostname, port, method: 'POST', path: '/hooks/open-account' }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      request.on('error', reject)
      const chunk = Buffer.alloc(1024 * 1024)
      for (let sent = 0; sent < size; sent += chunk.byteLength) request.write(chunk)
      request.end()
    })

  test('take 40 MB and not more, with or without a length', async () => {
    expect(await postChunked(39 * 1024 * 1024)).toBe(200)
    expect(await postChunked(41 * 1024 * 1024).catch(() => 413)).toBe(413)
    const response = await hub
      .ask(null, 'POST', '/hooks/open-account', new Uint8Array(41 * 1024 * 1024))
      .catch(() => null)
    expect(response?.status ?? 413).toBe(413)
  })
})

describe('health', () => {
  test('says whether it is alive, and whether it is ready, with reasons', async () => {
    expect((await get('/healthz')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(200)
    ready = { ok: false, checks: { database: { ok: false, detail: 'no connection' } } }
    const response = await get('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ checks: { database: { detail: 'no connection' } } })
  })

  test('metrics are for this machine, or an administrator', async () => {
    await get('/healthz')
    const own = await get('/metrics')
    expect(await own.text()).toContain(
      'onethread_http_request_seconds_count{method="GET",route="/healthz",status="200"}',
    )
    const proxied = { 'x-forwarded-for': '9.9.9.9' }
    expect((await get('/metrics', proxied)).status).toBe(401)
    expect((await hub.ask(admin, 'GET', '/metrics', undefined, proxied)).status).toBe(200)
    const agent = await hub.person('agent')
    expect((await hub.ask(agent, 'GET', '/metrics', undefined, proxied)).status).toBe(403)
  })
})

describe('the documentation', () => {
  interface Operation {
    summary?: string
    responses?: Record<string, unknown>
    requestBody?: unknown
  }

  test('describes every route of the API, from the schemas that check it', async () => {
    const document = (await (await get('/api/openapi.json')).json()) as {
      openapi: string
      paths: Record<string, Record<string, Operation>>
    }
    expect(document.openapi).toBe('3.1.0')
    const described = Object.entries(document.paths).flatMap(([to, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${to.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    const registered = hub.http.app.routes
      .filter((route) => route.path.startsWith('/api/v1/'))
      .map((route) => `${route.method} ${route.path}`)
    expect(described).toEqual(expect.arrayContaining([...new Set(registered)]))
    const send = document.paths['/api/v1/conversations/{id}/messages']?.post
    expect(JSON.stringify(send?.requestBody)).toContain('clientId')
    expect(JSON.stringify(send?.responses)).toContain('delivery')
  })

  test('is a page without scripts', async () => {
    const response = await get('/api/docs')
    const page = await response.text()
    expect(page).not.toContain('<script')
    expect(page).toContain('/api/v1/conversations')
    expect((await get('/api/docs.css')).headers.get('content-type')).toContain('text/css')
  })
})
