import type { InboundEvent } from '../../src/model.ts'
import type { AdapterContext, Sink } from '../contract.ts'
import type { WechatOfficialConfig } from './config.ts'
import { decrypt } from './crypto.ts'
import type { Followers } from './followers.ts'
import { parse } from './parse.ts'
import { signatureMatches } from './signature.ts'
import { readXml } from './xml.ts'

/** WeChat's messages are a few kilobytes; files never come in them. */
const BODY_MAX_BYTES = 256 * 1024

type Context = Pick<AdapterContext, 'account' | 'log'>

/**
 * WeChat's calls: GET proves to WeChat that the address is ours, POST brings a message or an event. `success` is
 * only answered once the event is kept; until then WeChat repeats it (three times, 5 s each), with the same id.
 */
export async function handleWebhook(
  config: WechatOfficialConfig,
  context: Context,
  followers: Followers,
  request: Request,
  sink: Sink,
): Promise<Response> {
  const query = new URL(request.url).searchParams
  if (request.method === 'GET') return handshake(config, query)
  if (request.method !== 'POST') return plain(405, 'WeChat calls with GET or POST.')
  const body = await readBody(request)
  if (body === null) return plain(413, 'The body is too large.')
  const opened = open(config, query, body)
  if (!opened.ok) {
    context.log.warn({ status: opened.status }, opened.why)
    return plain(opened.status, opened.why)
  }
  return accept(context, followers, opened.fields, sink)
}

async function accept(
  context: Context,
  followers: Followers,
  fields: Map<string, string>,
  sink: Sink,
): Promise<Response> {
  const parsed = parse(context.account, fields)
  if (parsed.kind === 'broken') {
    context.log.warn({ why: parsed.why }, 'a signed message of WeChat could not be read')
    return plain(400, parsed.why)
  }
  if (parsed.kind === 'event') await sink.emit(await introduced(parsed.event, followers))
  else context.log.debug({ event: parsed.what }, 'an event of WeChat that nobody must see')
  return plain(200, 'success')
}

/** Adds what WeChat tells of the person, except of one who has just left. */
async function introduced(event: InboundEvent, followers: Followers): Promise<InboundEvent> {
  if (!('from' in event) || (event.kind === 'consent' && event.change === 'revoked')) return event
  return { ...event, from: { ...event.from, ...(await followers(event.from.address)) } }
}

function handshake(config: WechatOfficialConfig, query: URLSearchParams): Response {
  const parts = [config.token, query.get('timestamp'), query.get('nonce')]
  if (!signatureMatches(query.get('signature'), parts)) return plain(403, 'The signature does not match the token.')
  return plain(200, query.get('echostr') ?? '')
}

type Opened = { ok: true; fields: Map<string, string> } | { ok: false; status: number; why: string }

const closed = (status: number, why: string): Opened => ({ ok: false, status, why })

/** Checks the signature of the account's mode and gives the fields of the message. */
function open(config: WechatOfficialConfig, query: URLSearchParams, body: string): Opened {
  const signed = [config.token, query.get('timestamp'), query.get('nonce')]
  if (config.mode === 'plain') {
    if (!signatureMatches(query.get('signature'), signed)) return closed(403, 'The signature does not match the token.')
    return read(body)
  }
  const encrypted = readXml(body)?.get('Encrypt') ?? null
  if (encrypted === null) return closed(403, 'This account only takes encrypted messages.')
  if (!signatureMatches(query.get('msg_signature'), [...signed, encrypted])) {
    return closed(403, 'The signature does not match the token.')
  }
  const xml = decrypt(config.encodingAesKey, config.appId, encrypted)
  return xml === null ? closed(403, 'The message was not encrypted for this account.') : read(xml)
}

function read(xml: string): Opened {
  const fields = readXml(xml)
  if (fields === null) return closed(400, 'The body is not an XML of WeChat.')
  if (fields.has('Encrypt') && !fields.has('MsgType')) {
    return closed(400, 'WeChat encrypts the messages of this account: choose the encrypted mode and enter the key.')
  }
  return { ok: true, fields }
}

async function readBody(request: Request): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > BODY_MAX_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const plain = (status: number, text: string): Response =>
  new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
