import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { PeerMedia, PlannedFailure } from '../peer.ts'
import type { Files } from './files.ts'
import type { AccessTokens } from './tokens.ts'

/** What the API needs of the rest of WeChat. */
export interface Wechat {
  appId: string
  appSecret: string
  tokens: AccessTokens
  files: Files
  /** The failure to play on this send, if any. */
  nextFailure(): PlannedFailure | null
  /** A return code; 0 = the message is on the customer's device. */
  send(openid: string, message: { text: string; media: PeerMedia[] }): number
  typing(openid: string, on: boolean): void
  /** What the account may know of a follower: null for a stranger, or WeChat's return code. */
  follower(openid: string): { remark: string; language: string } | null | number
}

type Handler = (request: IncomingMessage, url: URL, response: ServerResponse) => Promise<void> | void

/** The part of api.weixin.qq.com that an account needs to receive and answer. */
export function createApiServer(wechat: Wechat): Server {
  const routes: Record<string, Handler> = {
    'POST /cgi-bin/stable_token': (request, _url, response) => stableToken(wechat, request, response),
    'POST /cgi-bin/message/custom/send': withToken(wechat, (request, _url, response) =>
      customSend(wechat, request, response),
    ),
    'POST /cgi-bin/message/custom/typing': withToken(wechat, async (request, _url, response) => {
      const { touser, command } = await readJson(request)
      wechat.typing(String(touser), command === 'Typing')
      answer(response, 0)
    }),
    'POST /cgi-bin/media/upload': withToken(wechat, (request, url, response) =>
      mediaUpload(wechat, request, url, response),
    ),
    'GET /cgi-bin/media/get': withToken(wechat, (_request, url, response) => mediaGet(wechat, url, response)),
    'GET /cgi-bin/user/info': withToken(wechat, (_request, url, response) => userInfo(wechat, url, response)),
  }
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api.weixin.qq.com')
    const handler = routes[`${request.method} ${url.pathname}`]
    if (handler === undefined) return void response.writeHead(404).end()
    void Promise.resolve(handler(request, url, response)).catch(() => answer(response, 47001, 'data format error'))
  })
}

const withToken =
  (wechat: Wechat, handler: Handler): Handler =>
  (request, url, response) => {
    const code = wechat.tokens.check(url.searchParams.get('access_token'))
    if (code === 0) return handler(request, url, response)
    request.resume()
    return answer(response, code, 'invalid credential, access_token is invalid or not latest')
  }

async function stableToken(wechat: Wechat, request: IncomingMessage, response: ServerResponse) {
  const { appid, secret, force_refresh } = await readJson(request)
  if (appid !== wechat.appId) return answer(response, 40013, 'invalid appid')
  if (secret !== wechat.appSecret) return answer(response, 40125, 'invalid appsecret')
  json(response, wechat.tokens.give(force_refresh === true))
}

async function customSend(wechat: Wechat, request: IncomingMessage, response: ServerResponse) {
  const failure = wechat.nextFailure()
  if (failure === 'refuse') return void request.socket.resetAndDestroy()
  const body = await readJson(request)
  if (failure === 'throttle')
    return answer(response, 45011, 'api minute-quota reach limit, must slower, retry next minute')
  if (failure === 'server_error') return answer(response, -1, 'system error')
  if (failure === 'reject') return answer(response, 40003, 'invalid openid')
  const message = messageOf(wechat, body)
  if (typeof message === 'number') return answer(response, message, 'refused')
  const code = wechat.send(String(body.touser), message)
  if (failure === 'accept_then_reset') return void request.socket.resetAndDestroy()
  answer(
    response,
    code,
    code === 0 ? 'ok' : code === 45015 ? 'response out of time limit' : 'out of response count limit',
  )
}

/** The message of the call, or why it is none. */
function messageOf(wechat: Wechat, body: Record<string, unknown>): { text: string; media: PeerMedia[] } | number {
  const type = String(body.msgtype)
  const content = body[type]
  if (typeof content !== 'object' || content === null) return 40008
  if (type === 'text') {
    const text = 'content' in content ? String(content.content) : ''
    if (text === '') return 44004
    return Buffer.byteLength(text) > 2048 ? 45002 : { text, media: [] }
  }
  const file = wechat.files.get('media_id' in content ? String(content.media_id) : '')
  return file === undefined ? 40007 : { text: '', media: [file] }
}

async function mediaUpload(wechat: Wechat, request: IncomingMessage, url: URL, response: ServerResponse) {
  const body = await readAll(request)
  const form = await new Response(body, {
    headers: { 'content-type': request.headers['content-type'] ?? '' },
  }).formData()
  const media = form.get('media')
  if (!(media instanceof File)) return answer(response, 41005, 'media data missing')
  const id = wechat.files.add({
    name: media.name,
    mimeType: media.type,
    content: new Uint8Array(await media.arrayBuffer()),
  })
  json(response, { type: url.searchParams.get('type'), media_id: id, created_at: Math.floor(Date.now() / 1000) })
}

function mediaGet(wechat: Wechat, url: URL, response: ServerResponse) {
  const file = wechat.files.get(url.searchParams.get('media_id') ?? '')
  if (file === undefined) return answer(response, 40007, 'invalid media_id')
  response.writeHead(200, {
    'content-type': file.mimeType,
    'content-disposition': `attachment; filename="${encodeURIComponent(file.name)}"`,
  })
  response.end(file.content)
}

function userInfo(wechat: Wechat, url: URL, response: ServerResponse) {
  const openid = url.searchParams.get('openid') ?? ''
  const follower = wechat.follower(openid)
  if (typeof follower === 'number') return answer(response, follower, 'api unauthorized')
  if (follower === null) return json(response, { subscribe: 0, openid })
  json(response, { subscribe: 1, openid, nickname: '', remark: follower.remark, language: follower.language })
}

async function readAll(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body: unknown = JSON.parse((await readAll(request)).toString())
  if (typeof body !== 'object' || body === null) throw new Error('not an object')
  return { ...body }
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json; encoding=utf-8' }).end(JSON.stringify(body))
}

const answer = (response: ServerResponse, errcode: number, errmsg = 'ok') => json(response, { errcode, errmsg })
