import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { parse } from 'valibot'
import { build } from 'vite'
import type { AnyAdapter, Receiver } from '../../adapters/contract.ts'
import { webchat } from '../../adapters/webchat/index.ts'
import type { AccountId } from '../../src/model.ts'
import { HubBehind } from '../adapters/webchat/hub-behind.ts'
import { testContext } from '../support/adapter-context.ts'
import { RecordingSink } from '../support/recording-sink.ts'

const ACCOUNT = '019a0000-0000-7000-8000-000000000001'
const TYPES: Record<string, string> = { js: 'text/javascript', css: 'text/css', html: 'text/html' }

/** Builds the widget into a folder of its own, so that a test never sees a stale one. */
export async function builtWidget(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'widget-'))
  await build({ configFile: 'widget/vite.config.ts', logLevel: 'error', build: { outDir: dir } })
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}

export interface Website {
  hub: HubBehind
  adapter: AnyAdapter
  sink: RecordingSink
  /** The shop, on another origin than the hub. */
  shopUrl: string
  hubUrl: string
  /** A page whose own Content-Security-Policy allows only what docs/WIDGET.md names. */
  strictUrl: string
  /** Every request to the hub, in order. */
  requests: string[]
  /** False: connections die, as when the hub or the network is away. */
  up(on: boolean): void
  close(): Promise<void>
}

/** The hub's public side for one website-chat account, and a shop whose page loads the widget. */
export async function openWebsite(dist: string, config: Record<string, unknown> = {}): Promise<Website> {
  let answering = true
  const requests: string[] = []
  const server = createServer((incoming, outgoing) => {
    if (incoming.headers.host?.startsWith('localhost')) return void shop(incoming, outgoing, hubUrl)
    requests.push(`${incoming.method} ${incoming.url}`)
    if (!answering) return void incoming.socket.destroy()
    void serveHub(incoming, outgoing, dist, (request) => receiver.handle(request, sink), hubUrl)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const hubUrl = `http://127.0.0.1:${port}`
  const shopUrl = `http://localhost:${port}`
  const hub = new HubBehind()
  const context = await testContext({
    account: ACCOUNT as AccountId,
    accountName: 'Fern & Kettle',
    publicUrl: hubUrl,
    hookUrl: `${hubUrl}/hooks/${ACCOUNT}`,
    ...hub.context,
  })
  const settings = parse(webchat.config, { allowedOrigins: [shopUrl], ...config })
  const adapter: AnyAdapter = hub.around(webchat).create(settings, context)
  const sink = new RecordingSink()
  await adapter.start(sink)
  const receiver = adapter.receivers[0] as Extract<Receiver, { mode: 'webhook' }>
  return {
    hub,
    adapter,
    sink,
    shopUrl: `${shopUrl}/demo`,
    hubUrl,
    strictUrl: `${shopUrl}/strict`,
    requests,
    up: (on) => {
      answering = on
      if (!on) server.closeAllConnections()
    },
    close: async () => {
      await adapter.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await context.close()
    },
  }
}

async function shop(incoming: IncomingMessage, outgoing: ServerResponse, hubUrl: string): Promise<void> {
  const strict = incoming.url === '/strict'
  const snippet = `<script src="${hubUrl}/widget.js" data-account="${ACCOUNT}" async></script>`
  const page = strict
    ? `<!doctype html><title>Strict</title><h1>A careful shop</h1>${snippet}`
    : (await readFile('widget/demo.html', 'utf8'))
        .replaceAll('{{HUB_ORIGIN}}', hubUrl)
        .replaceAll('{{ACCOUNT_ID}}', ACCOUNT)
  const policy = `default-src 'none'; script-src ${hubUrl}; frame-src ${hubUrl}; require-trusted-types-for 'script'`
  outgoing.writeHead(200, { 'content-type': 'text/html', ...(strict ? { 'content-security-policy': policy } : {}) })
  outgoing.end(page)
}

async function serveHub(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  dist: string,
  handle: (request: Request) => Promise<Response>,
  hubUrl: string,
): Promise<void> {
  const asset = /^\/(?:widget\/(app\.(?:js|css))|(widget\.js))$/.exec(incoming.url ?? '')
  if (asset) {
    const name = asset[1] ?? asset[2] ?? ''
    outgoing.writeHead(200, { 'content-type': TYPES[name.split('.').at(-1) ?? ''], 'cache-control': 'no-cache' })
    outgoing.end(await readFile(join(dist, name)))
    return
  }
  if (!incoming.url?.startsWith(`/hooks/${ACCOUNT}/`)) return void outgoing.writeHead(404).end()
  const response = await handle(await toRequest(incoming, outgoing, hubUrl)).catch(
    (error: unknown) => new Response(String(error), { status: 503 }),
  )
  outgoing.writeHead(response.status, [...response.headers].flat())
  if (!response.body) return void outgoing.end()
  outgoing.flushHeaders()
  const body = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream)
  body.on('error', () => outgoing.destroy())
  outgoing.on('close', () => body.destroy())
  body.pipe(outgoing)
}

async function toRequest(incoming: IncomingMessage, outgoing: ServerResponse, hubUrl: string): Promise<Request> {
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort())
  const method = incoming.method ?? 'GET'
  return new Request(`${hubUrl}${incoming.url}`, {
    method,
    headers: incoming.headers as Record<string, string>,
    body: method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks),
    signal: gone.signal,
  })
}
