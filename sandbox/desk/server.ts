import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { customerBody, emptyBody, messageBody, Refusal, readBody, sayBody } from './body.ts'
import type { Files } from './files.ts'
import { refusalOf } from './gate.ts'
import type { Live } from './live.ts'
import { pageFile } from './page-files.ts'
import { CUSTOMERS, type Customer, type DeviceId } from './people.ts'
import { PICTURES, type PictureName, picture } from './pictures.ts'
import type { Desk } from './screens.ts'
import { shopPage, signVisitor } from './shop.ts'

/** What the server shows and does. */
export interface Table {
  secret: string
  hubUrl: string
  desk: Desk
  files: Files
  live: Live
  identitySecret: string
  /** The hub's account behind a device; null before it is there. */
  accountOf(device: DeviceId): string | null
  /** Everything a browser must know at first. */
  snapshot(): object
  scan(): Promise<void>
  logout(): Promise<void>
  play(): void
  stopPlay(): void
}

/** Scripts and frames from here only. Mails are shown in a sandboxed frame that inherits this; their styles are inline. */
const policy = (ancestors: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${ancestors}`,
  ].join('; ')

type Handler = (table: Table, request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void

const ROUTES: Record<string, Handler> = {
  'GET /sandbox': page,
  'GET /sandbox/': page,
  'GET /sandbox/shop': shop,
  'GET /sandbox/api/events': ({ live, snapshot }, _request, response) =>
    live.watch(response, { type: 'everything', ...snapshot() }),
  'POST /sandbox/api/say': say,
  async 'POST /sandbox/api/retry'({ desk }, request, response) {
    const { device, customer, id } = await readBody(request, messageBody)
    if (!desk.knows(device, customer)) throw nobody()
    if (!desk.retry(device, customer, id)) throw new Refusal(404, 'There is no message to send again.')
    json(response, 202, {})
  },
  async 'POST /sandbox/api/look'({ desk }, request, response) {
    const { device, customer } = await readBody(request, customerBody)
    if (!desk.knows(device, customer)) throw nobody()
    desk.look(device, customer)
    json(response, 200, {})
  },
  async 'POST /sandbox/api/scan'({ scan }, request, response) {
    await readBody(request, emptyBody)
    await scan()
    json(response, 200, {})
  },
  async 'POST /sandbox/api/logout'({ logout }, request, response) {
    await readBody(request, emptyBody)
    await logout()
    json(response, 200, {})
  },
  async 'POST /sandbox/api/play'({ play }, request, response) {
    await readBody(request, emptyBody)
    play()
    json(response, 202, {})
  },
  async 'POST /sandbox/api/stop'({ stopPlay }, request, response) {
    await readBody(request, emptyBody)
    stopPlay()
    json(response, 200, {})
  },
}

const FOLDERS: [prefix: string, handler: Handler][] = [
  ['/sandbox/page/', asset],
  ['/sandbox/files/', file],
  ['/sandbox/samples/', sample],
]

export function createDeskServer(table: Table): Server {
  return createServer((request, response) => {
    serve(table, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else if (error instanceof Refusal) problem(response, error.status, error.message)
      else problem(response, 502, error instanceof Error ? error.message : String(error))
    })
  })
}

async function serve(table: Table, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox')
  const refusal = refusalOf(request, table)
  if (refusal !== null) throw new Refusal(403, refusal)
  const folder = request.method === 'GET' ? FOLDERS.find(([prefix]) => url.pathname.startsWith(prefix)) : undefined
  const handler = ROUTES[`${request.method} ${url.pathname}`] ?? folder?.[1]
  if (handler === undefined) throw new Refusal(404, 'There is nothing at this address of the sandbox.')
  await handler(table, request, response, url)
}

async function page(_table: Table, _request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = await pageFile('index.html')
  if (!found) throw new Refusal(500, 'The page is missing.')
  send(response, found.type, found.content, { 'content-security-policy': policy("'none'") })
}

async function shop(table: Table, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const address = url.searchParams.get('customer')
  const customer: Customer | undefined = CUSTOMERS.web.find((one) => one.address === address) ?? CUSTOMERS.web[0]
  const account = table.accountOf('web')
  const template = await pageFile('shop.html')
  if (!customer || !template || account === null) throw new Refusal(503, 'The shop opens in a moment.')
  const html = shopPage(template.content, customer, account, await signVisitor(table.identitySecret, customer))
  send(response, template.type, html, { 'content-security-policy': policy("'self'") })
}

async function asset(_table: Table, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const name = url.pathname.slice('/sandbox/page/'.length)
  const found = name === 'shop.html' || name === 'index.html' ? null : await pageFile(name)
  if (!found) throw new Refusal(404, 'There is no such file.')
  send(response, found.type, found.content)
}

/** Kept by content, so a browser never needs to ask again; never shown as a page of ours. */
function file({ files }: Table, _request: IncomingMessage, response: ServerResponse, url: URL): void {
  const content = files.read(url.pathname.slice('/sandbox/files/'.length))
  if (!content) throw new Refusal(404, 'There is no such file.')
  const type = url.searchParams.get('type') ?? ''
  const shown = /^(image\/(png|jpeg|gif|webp)|audio\/[a-z0-9.+-]+|video\/[a-z0-9.+-]+)$/.test(type)
  response.writeHead(200, {
    'content-type': shown ? type : 'application/octet-stream',
    'content-disposition': shown ? 'inline' : 'attachment',
    'cache-control': 'private, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  })
  response.end(content)
}

function sample(_table: Table, _request: IncomingMessage, response: ServerResponse, url: URL): void {
  const name = PICTURES.find((one) => url.pathname === `/sandbox/samples/${one}.png`)
  if (!name) throw new Refusal(404, 'There is no such picture.')
  response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' })
  response.end(picture(name).content)
}

const nobody = () => new Refusal(404, 'Nobody of that name has this device.')

const isPicture = (name: string): name is PictureName => PICTURES.some((one) => one === name)

async function say({ desk }: Table, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { device, customer, clientId, text, subject, media, samples, answers } = await readBody(request, sayBody)
  if (!desk.knows(device, customer)) throw nobody()
  const answered = answers ? desk.screen(device, customer).messages.find(({ id }) => id === answers)?.mail : null
  const { id } = desk.say(device, customer, {
    clientId,
    text,
    media: [
      ...media.map(({ name, mimeType, base64 }) => ({
        name,
        mimeType,
        content: new Uint8Array(Buffer.from(base64, 'base64')),
      })),
      ...samples.filter(isPicture).map(picture),
    ],
    ...(subject === undefined ? {} : { subject }),
    ...(answers === undefined ? {} : { inAnswerTo: answered ?? null }),
  })
  json(response, 202, { id })
}

function send(response: ServerResponse, type: string, content: string, headers: Record<string, string> = {}): void {
  const common = {
    'content-type': type,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  }
  response.writeHead(200, { ...common, ...headers }).end(content)
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

/** RFC 9457. */
function problem(response: ServerResponse, status: number, detail: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ status, detail }))
}
