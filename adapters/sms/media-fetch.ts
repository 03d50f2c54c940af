import { lookup } from 'node:dns'
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Failure, MediaRef } from '../../src/model.ts'
import type { AdapterContext } from '../contract.ts'
import type { SmsConfig } from './config.ts'
import { networkFailure } from './errors.ts'
import { nameOf } from './parse.ts'
import { isLocalHost, isPrivateAddress, literalAddress } from './private-addresses.ts'

const TWILIO_API = 'https://api.twilio.com'
const MOST_REDIRECTS = 5
/** A link that sends nothing for so long is given up. */
const SILENCE_MS = 20_000

export type Fetched = { ok: true; media: MediaRef } | { ok: false; failure: Failure }

/**
 * Fetches a file of an MMS. Twilio's API asks for the account's credentials and then redirects to a storage host,
 * which must not see them: they go to the API's own origin only. Redirects into private networks are refused.
 */
export async function fetchTwilioMedia(
  config: SmsConfig,
  media: AdapterContext['media'],
  ref: string,
  signal: AbortSignal,
): Promise<Fetched> {
  const api = config.apiBaseUrl ?? TWILIO_API
  const privateAllowed = isLocalHost(new URL(api).hostname)
  let url = new URL(ref)
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    const refusal = refusalOf(url, privateAllowed)
    if (refusal !== null) return failed('forbidden', refusal)
    const authorization = url.origin === api ? basic(config) : null
    const response = await get(url, authorization, privateAllowed, signal).catch((error: unknown) => error)
    if (!isResponse(response)) return { ok: false, failure: asFetchFailure(networkFailure(response)) }
    const { location } = response.headers
    if (location === undefined || (response.statusCode ?? 0) < 300 || (response.statusCode ?? 0) >= 400)
      return keep(response, media)
    response.destroy()
    if (!URL.canParse(location, url.href)) return failed('redirect', 'The file’s address is not one.')
    url = new URL(location, url.href)
  }
  return failed('redirect', 'The file’s address leads on and on.')
}

const isResponse = (value: unknown): value is IncomingMessage =>
  typeof value === 'object' && value !== null && 'statusCode' in value

const basic = ({ accountSid, authToken }: SmsConfig): string =>
  `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`

function refusalOf(url: URL, privateAllowed: boolean): string | null {
  if (privateAllowed && url.protocol === 'http:') return null
  if (url.protocol !== 'https:') return 'The file’s address is not an https one.'
  const literal = literalAddress(url.hostname)
  return !privateAllowed && literal !== null && isPrivateAddress(literal) ? 'The file lies in a private network.' : null
}

/** Checks the address that is really connected to, so that a name cannot change its meaning in between. */
const publicOnly: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, '', 4)
    const [first] = addresses
    if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address)))
      return done(Object.assign(new Error(`${hostname} lies in a private network.`), { code: 'forbidden' }), '', 4)
    if (options.all === true) return done(null, addresses)
    done(null, first.address, first.family)
  })
}

function get(
  url: URL,
  authorization: string | null,
  privateAllowed: boolean,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    signal,
    timeout: SILENCE_MS,
    headers: authorization === null ? {} : { authorization },
    ...(privateAllowed ? {} : { lookup: publicOnly }),
  }
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve)
    request.on('timeout', () => request.destroy(Object.assign(new Error('No answer'), { code: 'ETIMEDOUT' })))
    request.on('error', reject)
    request.end()
  })
}

async function keep(response: IncomingMessage, media: AdapterContext['media']): Promise<Fetched> {
  const status = response.statusCode ?? 0
  if (status !== 200) {
    response.destroy()
    return { ok: false, failure: statusFailure(status) }
  }
  const mimeType = response.headers['content-type'] ?? 'application/octet-stream'
  try {
    return { ok: true, media: await media.put(response, { name: fileName(response, mimeType), mimeType }) }
  } catch (error) {
    const detail = `The file could not be kept: ${error instanceof Error ? error.message : String(error)}`
    return { ok: false, failure: { class: 'retryable', code: 'not_kept', detail } }
  }
}

function fileName(response: IncomingMessage, mimeType: string): string {
  const given = /filename="([^"]+)"/.exec(response.headers['content-disposition'] ?? '')?.[1]
  return given ?? nameOf(mimeType, 1)
}

function statusFailure(status: number): Failure {
  const code = `http_${status}`
  if (status === 429)
    return { class: 'throttled', code, detail: 'Twilio wants files fetched slower.', retryAfterMs: 2000 }
  if (status >= 500) return { class: 'retryable', code, detail: `The file’s host answered ${status}.` }
  // Twilio shows a message to its webhook before its file is everywhere.
  if (status === 404) return { class: 'retryable', code, detail: 'Twilio does not have the file (yet).' }
  return { class: 'permanent', code, detail: `Twilio does not hand out the file (${status}).` }
}

/** Fetching twice harms nobody: a broken connection is simply tried again. */
function asFetchFailure(failure: Failure): Failure {
  if (failure.code === 'forbidden')
    return { class: 'permanent', code: failure.code, detail: 'The file lies in a private network.' }
  return { class: 'retryable', code: failure.code, detail: `The file could not be fetched (${failure.code}).` }
}

const failed = (code: string, detail: string): Fetched => ({ ok: false, failure: { class: 'permanent', code, detail } })
