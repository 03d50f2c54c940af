import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { channels } from '../../adapters/registry.ts'
import { settingsChecker } from '../../src/catalogue.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox-process.ts'

const ANA = '+12025550137'

interface Hub {
  url: string
  /** Forms that came to the webhooks. */
  taken: URLSearchParams[]
  /** 200 takes them. */
  status: number
  server: Server
}

let dataDir: string
let hub: Hub
let sandbox: Sandbox | null
const warned: unknown[] = []
const log = { info: () => {}, warn: (...words: unknown[]) => void warned.push(words), error: () => {} }

/** The hub as far as an SMS provider sees it. */
async function startHub(): Promise<Hub> {
  const made: Hub = { url: '', taken: [], status: 200, server: createServer() }
  made.server.on('request', async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (made.status === 200) made.taken.push(new URLSearchParams(Buffer.concat(chunks).toString()))
    response.writeHead(made.status).end()
  })
  made.server.listen(0, '127.0.0.1')
  await once(made.server, 'listening')
  made.url = `http://127.0.0.1:${(made.server.address() as AddressInfo).port}`
  return made
}

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'onethread-sandbox-'))
  hub = await startHub()
  sandbox = null
  warned.length = 0
})
afterEach(async () => {
  await sandbox?.stop()
  hub.server.closeAllConnections()
  hub.server.close()
  await rm(dataDir, { recursive: true, force: true })
})

const start = async (): Promise<Sandbox> => {
  sandbox = await startSandbox({ dataDir, hubUrl: hub.url, log })
  return sandbox
}

const ask = (address: string, body?: object, headers: Record<string, string> = {}): Promise<Response> =>
  (sandbox as Sandbox).handle(
    new Request(new URL(address, hub.url), {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    }),
  )

const say = (text: string, change: object = {}) =>
  ask('/sandbox/api/say', { device: 'sms', customer: ANA, clientId: `c-${text}`, text, ...change })

interface Message {
  id: string
  text: string
  state?: string
  problem?: string
  files: { id: string; mimeType: string }[]
}

/** The first thing a browser is told. */
async function everything(): Promise<{
  screens: Record<string, Record<string, { messages: Message[] }>>
  login: { loggedIn: boolean; ready: boolean }
}> {
  const watching = new AbortController()
  const response = await (sandbox as Sandbox).handle(
    new Request(`${hub.url}/sandbox/api/events`, { signal: watching.signal }),
  )
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('\n\n')) {
    const { done, value } = await reader.read()
    if (done) break
    text += value
  }
  watching.abort()
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '')
}

const messages = async (): Promise<Message[]> => (await everything()).screens.sms?.[ANA]?.messages ?? []

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the sandbox', () => {
  it('offers one account for each channel, with settings that the channel takes', async () => {
    const { accounts } = await start()
    expect(accounts.map(({ channel }) => channel).sort()).toEqual(channels.map(({ channel }) => channel).sort())
    const check = settingsChecker(channels)
    for (const { channel, config } of accounts)
      expect([channel, check(channel, config)]).toEqual([channel, { ok: true }])
  })

  it('brings what a customer types to the hub, with pictures', async () => {
    await start()
    sandbox?.attach('sms', 'account-1')
    await say('Hello', { samples: ['cup'] })
    await vi.waitFor(async () => expect((await messages())[0]).toMatchObject({ text: 'Hello', state: 'taken' }))
    expect(hub.taken).toHaveLength(1)
    expect(hub.taken[0]?.get('From')).toBe(ANA)
    expect(hub.taken[0]?.get('NumMedia')).toBe('1')
    const [file] = (await messages())[0]?.files ?? []
    const picture = await ask(`/sandbox/files/${file?.id}?type=image/png`)
    expect(picture.headers.get('content-type')).toBe('image/png')
    expect(new Uint8Array(await picture.arrayBuffer()).slice(1, 4)).toEqual(new TextEncoder().encode('PNG'))
  })

  it('puts the same message of a page on the screen once', async () => {
    await start()
    sandbox?.attach('sms', 'account-1')
    await Promise.all([say('Twice'), say('Twice')])
    await vi.waitFor(async () => expect((await messages())[0]?.state).toBe('taken'))
    expect(await messages()).toHaveLength(1)
    expect(hub.taken).toHaveLength(1)
  })

  it('says that the hub did not take a message, and sends it again when asked', async () => {
    await start()
    sandbox?.attach('sms', 'account-1')
    hub.status = 500
    await say('Are you there?')
    await vi.waitFor(async () => expect((await messages())[0]).toMatchObject({ state: 'refused' }), 10_000)
    hub.status = 200
    const [refused] = await messages()
    expect((await ask('/sandbox/api/retry', { device: 'sms', customer: ANA, id: refused?.id })).status).toBe(202)
    await vi.waitFor(async () => expect((await messages())[0]?.state).toBe('taken'))
    expect(await messages()).toHaveLength(1)
  })

  it('tells browsers of changes as they happen', async () => {
    await start()
    sandbox?.attach('sms', 'account-1')
    const response = await ask('/sandbox/api/events')
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    const listening = (async () => {
      for (let read = await reader.read(); !read.done; read = await reader.read()) heard += read.value
    })().catch(() => {})
    await vi.waitFor(() => expect(heard).toContain('"everything"'))
    await say('Live')
    await vi.waitFor(() => expect(heard).toMatch(/"text":"Live".*"state":"taken"/))
    await sandbox?.stop()
    await listening.catch(() => {})
  })

  it('keeps its screens, ports and secrets over a restart', async () => {
    const before = (await start()).accounts
    sandbox?.attach('sms', 'account-1')
    await say('Remember me')
    await vi.waitFor(async () => expect((await messages())[0]?.state).toBe('taken'))
    await sandbox?.stop()
    expect((await start()).accounts).toEqual(before)
    expect((await messages())[0]).toMatchObject({ text: 'Remember me', state: 'taken' })
  })

  it('takes another port when its own is taken, and says so in the settings', async () => {
    const before = (await start()).accounts.find(({ key }) => key === 'sms')?.config
    await sandbox?.stop()
    const squatter = createTcpServer().listen(Number(new URL(String(before?.apiBaseUrl)).port), '127.0.0.1')
    await once(squatter, 'listening')
    try {
      const after = (await start()).accounts.find(({ key }) => key === 'sms')?.config
      expect(after?.apiBaseUrl).not.toBe(before?.apiBaseUrl)
      expect(after?.authToken).toBe(before?.authToken)
    } finally {
      squatter.close()
    }
  })

  it('keeps mail that the hub has not fetched yet', async () => {
    await start()
    sandbox?.attach('mail', 'account-1')
    await ask('/sandbox/api/say', {
      device: 'mail',
      customer: 'noah@fischer.example',
      clientId: 'm1',
      text: 'Hello',
      subject: 'Invoice',
      answers: null,
    })
    await vi.waitFor(async () =>
      expect((await everything()).screens.mail?.['noah@fischer.example']?.messages[0]?.state).toBe('taken'),
    )
    await sandbox?.stop()
    const { accounts } = await start()
    const { ImapFlow } = await import('imapflow')
    const { imapPort, imapUser, imapPassword } = accounts.find(({ key }) => key === 'mail')?.config ?? {}
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: Number(imapPort),
      secure: false,
      auth: { user: String(imapUser), pass: String(imapPassword) },
      logger: false,
    })
    await client.connect()
    const box = await client.mailboxOpen('INBOX')
    expect(box.exists).toBe(1)
    await client.logout()
  })

  it('comes back with its attached accounts when its process is killed', async () => {
    await start()
    sandbox?.attach('sms', 'account-1')
    const pid = (sandbox as Sandbox).processId ?? 0
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(async () => expect((await ask('/sandbox')).status).toBe(503), 5_000)
    await vi.waitFor(async () => expect((await ask('/sandbox')).status).toBe(200), 15_000)
    await say('Still here?')
    await vi.waitFor(async () => expect((await messages()).at(-1)?.state).toBe('taken'))
    expect(warned.length).toBeGreaterThan(0)
  })
})

describe('the door of the sandbox', () => {
  it.each([
    ['a website that points its own name here', 'http://evil.example/sandbox'],
    ['another name', 'http://hub.internal/sandbox/api/events'],
  ])('is closed for %s', async (_who, url) => {
    await start()
    expect((await (sandbox as Sandbox).handle(new Request(url))).status).toBe(403)
  })

  it('is closed for changes that come from other pages, and for forms', async () => {
    await start()
    const body = { device: 'sms', customer: ANA, clientId: 'x', text: 'Forged' }
    expect((await ask('/sandbox/api/say', body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await ask('/sandbox/api/say', body, { origin: 'http://evil.example' })).status).toBe(403)
    expect((await ask('/sandbox/api/say', body, { 'content-type': 'text/plain' })).status).toBe(403)
    expect(await messages()).toEqual([])
  })

  it('is closed for whoever comes past the hub, and shows pages under a strict policy', async () => {
    await start()
    const page = await ask('/sandbox')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
    const script = await ask('/sandbox/page/main.ts')
    expect(script.headers.get('content-type')).toContain('text/javascript')
    expect(await script.text()).not.toContain(': Place')
    expect((await ask('/sandbox/page/..%2f..%2fpackage.json')).status).toBe(404)
    const { origin } = sandbox as Sandbox
    expect((await fetch(`${origin}/sandbox`)).status).toBe(403)
  })

  it.each([
    ['somebody who is not there', { device: 'sms', customer: '__proto__', clientId: 'x', text: 'Hi' }, 404],
    ['an unknown device', { device: 'fax', customer: ANA, clientId: 'x', text: 'Hi' }, 400],
    ['nothing to say', { device: 'sms', customer: ANA, clientId: 'x', text: ' ' }, 400],
  ])('answers %s with a reason', async (_what, body, status) => {
    await start()
    const response = await ask('/sandbox/api/say', body)
    expect(response.status).toBe(status)
    expect(((await response.json()) as { detail: string }).detail).not.toBe('')
  })
})

describe('the end of the hub', () => {
  it('is the end of the sandbox, also when the hub is killed', async () => {
    const parent: ChildProcess = fork(path.join(import.meta.dirname, 'parent.ts'), [dataDir, hub.url], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [{ pid }] = (await once(parent, 'message')) as [{ pid: number }]
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(alive(pid)).toBe(false), 10_000)
  })
})
