import type RequestClient from 'twilio/lib/base/RequestClient.js'
import type { MessageInstance } from 'twilio/lib/rest/api/v2010/account/message.js'
import * as v from 'valibot'
import type { Failure, Millis, RemoteId } from '../../src/model.ts'
import type { SmsConfig } from './config.ts'
import { failureOf, needsOperator, networkFailure, type Refusal } from './errors.ts'

/** How long one call to Twilio may take before its answer counts as lost. */
export const CALL_TIMEOUT_MS = 15_000

export interface NewMessage {
  to: string
  body: string
  mediaUrl: string[]
  statusCallback: string | null
}

/** A message as Twilio lists it. */
export interface ListedMessage {
  sid: RemoteId
  direction: string
  /** By this account's sender: other programs may use the same Twilio account. */
  ours: boolean
  body: string
  files: number
  createdAt: Millis
}

export type Answer<T> = { ok: true; value: T } | { ok: false; failure: Failure; needsOperator: boolean }

/** What the adapter asks of Twilio. Nothing throws for what Twilio or the network did. */
export interface TwilioClient {
  create(message: NewMessage, signal: AbortSignal): Promise<Answer<RemoteId>>
  /** The newest messages to a number, newest first. */
  list(to: string, limit: number, signal: AbortSignal): Promise<Answer<ListedMessage[]>>
  accountStatus(signal: AbortSignal): Promise<Answer<string>>
  /** Twilio's clock minus ours, by its newest answer. */
  clockOffset(): Millis
}

type TransportOptions<T> = RequestClient.RequestOptions<T>

/** Thrown inside the SDK's call, so that every answer but a success is read in one place, with its headers. */
class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

const errorBody = v.object({ code: v.optional(v.nullable(v.number())), message: v.optional(v.string(), '') })

/** Loads Twilio's SDK (heavy: only when an account exists) and points it at the configured address. */
export async function connectTwilio(config: SmsConfig, now: () => Millis): Promise<TwilioClient> {
  const { default: twilio } = await import('twilio')
  let clockOffset = 0

  class Transport extends twilio.RequestClient {
    override async request<T>(options: TransportOptions<T>) {
      const uri = config.apiBaseUrl === undefined ? options.uri : moved(options.uri, config.apiBaseUrl)
      const response = await super.request<T>({ ...options, uri })
      const headers = new Headers(response.headers as Record<string, string>)
      const date = Date.parse(headers.get('date') ?? '')
      if (!Number.isNaN(date)) clockOffset = date - now()
      if (response.statusCode >= 400) throw new Refused(refusalOf(response.statusCode, response.body, headers, now()))
      return response
    }
  }

  const httpClient = new Transport({ timeout: CALL_TIMEOUT_MS })
  const api = twilio(config.accountSid, config.authToken, { httpClient })
  const sender = config.from.startsWith('MG') ? { messagingServiceSid: config.from } : { from: config.from }
  return {
    clockOffset: () => clockOffset,
    create: ({ to, body, mediaUrl, statusCallback }, signal) =>
      answered(
        unlessAborted(signal, async () => {
          const made = await api.messages.create({
            ...sender,
            to,
            ...(body === '' ? {} : { body }),
            ...(mediaUrl.length === 0 ? {} : { mediaUrl }),
            ...(statusCallback === null ? {} : { statusCallback }),
          })
          return made.sid as RemoteId
        }),
      ),
    // By number only: the filter on the sending date leaves out what still waits in Twilio's queue.
    list: (to, limit, signal) =>
      answered(
        unlessAborted(signal, async () => {
          const found = await api.messages.list({ to, limit, pageSize: limit })
          return found.map((message) => listedMessage(message, config.from))
        }),
      ),
    accountStatus: (signal) =>
      answered(unlessAborted(signal, async () => (await api.api.v2010.accounts(config.accountSid).fetch()).status)),
  }
}

const listedMessage = (message: MessageInstance, sender: string): ListedMessage => ({
  sid: message.sid as RemoteId,
  direction: message.direction,
  ours: message.from === sender || message.messagingServiceSid === sender,
  body: message.body ?? '',
  files: Number(message.numMedia ?? 0),
  createdAt: message.dateCreated?.getTime() ?? 0,
})

/** The same path and query at another origin. */
function moved(uri: string, origin: string): string {
  const { pathname, search } = new URL(uri)
  return origin + pathname + search
}

function refusalOf(status: number, body: unknown, headers: Headers, now: Millis): Refusal {
  const parsed = v.safeParse(errorBody, typeof body === 'string' ? parsedJson(body) : body)
  const retryAfterMs = retryAfter(headers.get('retry-after'), now)
  if (!parsed.success) return { status, code: null, message: `Twilio answered HTTP ${status}.`, retryAfterMs }
  return { status, code: parsed.output.code ?? null, message: parsed.output.message, retryAfterMs }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Seconds or a date (RFC 9110, section 10.2.3). */
function retryAfter(value: string | null, now: Millis): Millis | null {
  if (value === null) return null
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

const ABORTED = Symbol('aborted')

/** The SDK cannot be interrupted: an abort leaves the call alone and counts its answer as lost. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<typeof ABORTED>()
  const onAbort = () => aborted.resolve(ABORTED)
  signal.addEventListener('abort', onAbort)
  try {
    const outcome = await Promise.race([work(), aborted.promise])
    if (outcome === ABORTED) throw Object.assign(new Error('Given up before an answer came.'), { code: 'aborted' })
    return outcome
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function answered<T>(call: Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await call }
  } catch (error) {
    if (!(error instanceof Refused)) return { ok: false, failure: networkFailure(error), needsOperator: false }
    return { ok: false, failure: failureOf(error.refusal), needsOperator: needsOperator(error.refusal) }
  }
}
