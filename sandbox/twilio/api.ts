import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PlannedFailure } from '../peer.ts'
import { answerError, answerJson, readForm } from './http.ts'
import { type MessageRecord, newSid, resourceOf } from './records.ts'

/** What the REST API needs of the provider around it. */
export interface Provider {
  accountSid: string
  authToken: string
  number: string
  /** Newest last. */
  messages: MessageRecord[]
  /** Numbers that sent STOP and were not back since. */
  optedOut: Set<string>
  mediaOrigin: () => string
  nextFailure(): PlannedFailure | null
  /** Takes a message for delivery; the rest happens after the answer. */
  accept(record: MessageRecord, mediaUrls: string[]): void
}

const E164 = /^\+[1-9]\d{6,14}$/

/** The part of Twilio's REST API 2010-04-01 that a messaging account uses. */
export async function serveApi(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://api')
  const base = `/2010-04-01/Accounts/${provider.accountSid}`
  if (!authorized(provider, request)) return answerError(response, 401, 20003, 'Authenticate')
  if (url.pathname === `${base}.json`) return answerJson(response, 200, accountOf(provider))
  if (url.pathname === `${base}/Messages.json`)
    return request.method === 'POST'
      ? createMessage(provider, request, response)
      : answerJson(response, 200, listMessages(provider, url))
  const [, sid, mediaSid] =
    /\/Messages\/([A-Z]{2}[0-9a-f]{32})(?:\/Media\/([^/.]+))?(?:\.json)?$/.exec(url.pathname) ?? []
  const found = provider.messages.find((message) => message.sid === sid)
  if (found === undefined) return answerError(response, 404, 20404, `The resource ${url.pathname} was not found`)
  if (mediaSid === undefined) return answerJson(response, 200, resourceOf(found, provider.accountSid))
  // The content lies on another host, which must never see the account's credentials.
  response.writeHead(307, { location: `${provider.mediaOrigin()}/${mediaSid}` }).end()
}

function authorized(provider: Provider, request: IncomingMessage): boolean {
  const expected = Buffer.from(`${provider.accountSid}:${provider.authToken}`).toString('base64')
  return request.headers.authorization === `Basic ${expected}`
}

const accountOf = ({ accountSid }: Provider) => ({
  sid: accountSid,
  friendly_name: 'Sandbox',
  status: 'active',
  type: 'Full',
  owner_account_sid: accountSid,
  uri: `/2010-04-01/Accounts/${accountSid}.json`,
})

function listMessages(provider: Provider, url: URL) {
  const to = url.searchParams.get('To')
  const from = url.searchParams.get('From')
  const since = url.searchParams.get('DateSent>')
  const size = Number(url.searchParams.get('PageSize') ?? 50)
  const found = provider.messages
    .filter((message) => to === null || message.to === to)
    .filter((message) => from === null || message.from === from)
    .filter((message) => since === null || (message.sentAt !== null && message.sentAt >= Date.parse(since)))
    .toReversed()
    .slice(0, size)
  return {
    messages: found.map((message) => resourceOf(message, provider.accountSid)),
    page: 0,
    page_size: size,
    start: 0,
    end: Math.max(0, found.length - 1),
    uri: url.pathname + url.search,
    first_page_uri: url.pathname + url.search,
    next_page_uri: null,
    previous_page_uri: null,
  }
}

async function createMessage(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const failure = provider.nextFailure()
  if (failure === 'refuse') {
    request.socket.resetAndDestroy()
    return
  }
  const form = await readForm(request)
  if (failure === 'throttle') return answerError(response, 429, 20429, 'Too Many Requests', { 'retry-after': '2' })
  if (failure === 'server_error') return answerError(response, 503, 20503, 'Service unavailable')
  const to = form.get('To') ?? ''
  if (failure === 'reject') return answerError(response, 400, 21211, `Invalid 'To' Phone Number: ${to}`)
  const problem = problemOf(provider, form)
  if (problem !== null) return answerError(response, 400, problem.code, problem.message)
  const record = recordOf(provider, form)
  provider.accept(record, form.getAll('MediaUrl'))
  if (failure === 'accept_then_reset') request.socket.resetAndDestroy()
  else answerJson(response, 201, resourceOf(record, provider.accountSid))
}

/** The refusals that a sender meets, in Twilio's words and codes. */
function problemOf(provider: Provider, form: URLSearchParams): { code: number; message: string } | null {
  const to = form.get('To') ?? ''
  const from = form.get('From') ?? form.get('MessagingServiceSid') ?? ''
  const body = form.get('Body') ?? ''
  if (!E164.test(to)) return { code: 21211, message: `Invalid 'To' Phone Number: ${to}` }
  if (from !== provider.number && !from.startsWith('MG'))
    return { code: 21606, message: `The 'From' phone number provided (${from}) is not a valid message-capable number.` }
  if (body === '' && !form.has('MediaUrl'))
    return { code: 21619, message: 'A text message body or media urls must be specified.' }
  if (body.length > 1600)
    return { code: 21617, message: 'The concatenated message body exceeds the 1600 character limit' }
  if (provider.optedOut.has(to)) return { code: 21610, message: 'Attempt to send to unsubscribed recipient' }
  return null
}

function recordOf(provider: Provider, form: URLSearchParams): MessageRecord {
  return {
    sid: newSid(form.has('MediaUrl') ? 'MM' : 'SM'),
    direction: 'outbound-api',
    from: form.get('From') ?? provider.number,
    to: form.get('To') ?? '',
    body: form.get('Body') ?? '',
    status: 'queued',
    errorCode: null,
    messagingServiceSid: form.get('MessagingServiceSid'),
    createdAt: Date.now(),
    sentAt: null,
    media: [],
    statusCallback: form.get('StatusCallback'),
  }
}
