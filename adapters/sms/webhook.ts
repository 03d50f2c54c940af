import type { InboundEvent, RemoteId, SendKey } from '../../src/model.ts'
import type { AdapterContext, Receiver, Sink } from '../contract.ts'
import type { SmsConfig } from './config.ts'
import { readMediaToken } from './media-links.ts'
import { type ParseContext, parseInbound, parseStatus } from './parse.ts'
import { authenticParams } from './signature.ts'

/** Twilio's calls are a few KB: what is larger is not Twilio's. */
const LARGEST_BODY = 256 * 1024
const SEND_KEY = /^[0-9A-Za-z_-]{1,32}$/

export interface WebhookNeeds {
  config: SmsConfig
  context: AdapterContext
  normalize(raw: string): string | null
  /** A status callback told which message a send became. */
  onKnown(sid: RemoteId, sendKey: SendKey): void
}

/**
 * One receiver for all that Twilio calls: the hook URL itself for incoming messages, `/status` for what became of ours,
 * `/media/<token>` for the files of an MMS on their way out.
 */
export function smsWebhook(needs: WebhookNeeds): Receiver {
  return {
    mode: 'webhook',
    name: 'webhook',
    handle: async (request, sink) => {
      const path = pathBehind(request.url, needs.context.hookUrl)
      if (request.method === 'GET' || request.method === 'HEAD') return serveMedia(needs, path, request.method)
      if (request.method !== 'POST') return plain(405, 'Only POST.')
      return handlePost(needs, path, request, sink)
    },
  }
}

/**
 * What a status callback should be sent to, so that it names its send even when the answer with the sid was lost. The
 * fragment is Twilio's "connection override": call again when the hub was away, up to five times. It is not signed.
 */
export const statusUrl = (hookUrl: string, sendKey: SendKey): string =>
  `${hookUrl}/status?key=${sendKey}#rc=5&rp=5xx,ct,rt`

export const mediaUrl = (hookUrl: string, token: string): string => `${hookUrl}/media/${token}`

function pathBehind(url: string, hookUrl: string): string {
  const bare = url.split(/[?#]/)[0] ?? ''
  return bare.startsWith(hookUrl) ? bare.slice(hookUrl.length) : new URL(url).pathname
}

async function handlePost(needs: WebhookNeeds, path: string, request: Request, sink: Sink): Promise<Response> {
  const { config, context } = needs
  const body = await limitedBody(request)
  if (body === null) return plain(413, 'Too large.')
  const params = authenticParams(config.authToken, {
    url: request.url,
    signature: request.headers.get('x-twilio-signature'),
    contentType: request.headers.get('content-type') ?? '',
    body,
  })
  if (params === null) return plain(403, 'The signature does not fit.')
  const account = params.get('AccountSid')?.[0]
  if (account !== undefined && account !== config.accountSid) return plain(403, 'Another account.')
  const parsing: ParseContext = {
    account: context.account,
    at: context.now(),
    optOutWords: [...config.optOutWords, ...config.extraOptOutWords],
    normalize: needs.normalize,
  }
  const events = eventsOf(needs, path, request.url, params, parsing)
  if (events === 'elsewhere') return plain(404, 'Nothing is served here.')
  if (events === null) {
    context.log.error({ path, params: [...params.keys()] }, 'Twilio sent a call that lacks what every message has')
    return plain(422, 'Not a message.')
  }
  for (const event of events) await sink.emit(event)
  return path === '/status' ? new Response(null, { status: 204 }) : twiml()
}

function eventsOf(
  needs: WebhookNeeds,
  path: string,
  url: string,
  params: Map<string, string[]>,
  parsing: ParseContext,
): InboundEvent[] | null | 'elsewhere' {
  if (path === '' || path === '/') return parseInbound(params, parsing)
  if (path !== '/status') return 'elsewhere'
  const key = new URL(url).searchParams.get('key') ?? ''
  const sendKey = SEND_KEY.test(key) ? (key as SendKey) : null
  const report = parseStatus(params, sendKey, parsing)
  if (report !== null && sendKey !== null) needs.onKnown(report.sid, sendKey)
  return report?.events ?? null
}

async function limitedBody(request: Request): Promise<string | null> {
  if (Number(request.headers.get('content-length') ?? 0) > LARGEST_BODY) return null
  const body = await request.text()
  return body.length > LARGEST_BODY ? null : body
}

async function serveMedia({ context }: WebhookNeeds, path: string, method: string): Promise<Response> {
  const token = /^\/media\/([\w-]+\.[\w-]+)$/.exec(path)?.[1]
  if (token === undefined) return plain(404, 'Nothing is served here.')
  const link = readMediaToken(context.secret, token, context.now())
  if (link === null) return plain(403, 'This link is not good (any more).')
  const content = await context.media.read(link.id).catch(() => null)
  if (content === null) return plain(404, 'The file is gone.')
  const headers = {
    'content-type': link.type,
    'content-length': String(content.byteLength),
    'content-disposition': `attachment; filename="${link.name.replace(/[^\x20-\x7e]|["\\]/g, '_')}"`,
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  }
  return new Response(method === 'HEAD' ? null : new Uint8Array(content), { headers })
}

/** Says: taken, and nothing to reply. */
const twiml = (): Response =>
  new Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', { headers: { 'content-type': 'text/xml' } })

const plain = (status: number, text: string): Response => new Response(text, { status })
