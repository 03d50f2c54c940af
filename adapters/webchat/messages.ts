import { hash } from 'node:crypto'
import * as v from 'valibot'
import type { InboundMessage, RemoteId } from '../../src/model.ts'
import type { HistoryMessage, Sink } from '../contract.ts'
import { readJson } from './body.ts'
import { MAX_FILES_PER_MESSAGE, MAX_TEXT } from './config.ts'
import type { Limits, VisitorCall } from './endpoint.ts'
import { fileOfTicket } from './files.ts'
import { json, Problem, tooMany } from './problem.ts'

const short = (pattern: RegExp) => v.optional(v.pipe(v.string(), v.regex(pattern)))

const request = v.object({
  clientId: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'clientId must be 1 to 64 of A–Z, a–z, 0–9, _ and -.')),
  text: v.optional(v.string(), ''),
  attachments: v.optional(v.pipe(v.array(v.string()), v.maxLength(MAX_FILES_PER_MESSAGE)), []),
  name: v.optional(v.pipe(v.string(), v.maxLength(100))),
  language: short(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/),
  timeZone: short(/^[A-Za-z][\w+/-]{1,49}$/),
})
type MessageRequest = v.InferOutput<typeof request>

/** Line feeds and tabs are text; other control characters and halves of surrogate pairs are not. */
export const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim()

/**
 * What was lately sent under which client id. The database drops repeats for good; this only lets the answer say so,
 * and lets a double click wait for the first click instead of racing it. Of one node, forgotten on restart.
 */
export class RecentSends {
  readonly #sends = new Map<string, { digest: string; done: Promise<void> }>()
  readonly #keep: number

  constructor(keep = 5000) {
    this.#keep = keep
  }

  /** Runs `emit` once per id. `repeated`: it was sent before; `same`: and said the same. */
  async once(id: string, digest: string, emit: () => Promise<void>): Promise<{ repeated: boolean; same: boolean }> {
    const known = this.#sends.get(id)
    if (known) {
      await known.done
      return { repeated: true, same: known.digest === digest }
    }
    const done = emit()
    this.#sends.set(id, { digest, done })
    try {
      await done
    } catch (error) {
      this.#sends.delete(id)
      throw error
    }
    this.#forget()
    return { repeated: false, same: true }
  }

  #forget(): void {
    if (this.#sends.size <= this.#keep) return
    const oldest = this.#sends.keys().next().value
    if (oldest !== undefined) this.#sends.delete(oldest)
  }
}

/** Takes a visitor's message. Answers only after the hub made it durable. */
export async function postMessage(call: VisitorCall, limits: Limits, recent: RecentSends): Promise<Response> {
  const wait = limits.messages.take(call.visitor.address, call.context.now())
  if (wait > 0) throw tooMany(wait)
  const event = eventOf(call, await readJson(call.request, request))
  const digest = digestOf(event)
  const sent = await recent.once(event.id, digest, () => emit(call.sink, event))
  if (!sent.same)
    throw new Problem(
      409,
      'client_id_reused',
      'Another message was sent under this client id before. That one was kept.',
      {
        extra: { remoteId: event.id },
      },
    )
  return json({ remoteId: event.id, repeated: sent.repeated }, 202)
}

const emit = async (sink: Sink, event: InboundMessage): Promise<void> => {
  await sink.emit(event)
}

function eventOf(call: VisitorCall, body: MessageRequest): InboundMessage {
  const { visitor, context } = call
  const text = cleanText(body.text)
  if (text.length > MAX_TEXT)
    throw new Problem(
      413,
      'text_too_long',
      `A message has at most ${MAX_TEXT} characters; this one has ${text.length}.`,
      {
        extra: { maxLength: MAX_TEXT, length: text.length },
      },
    )
  const media = body.attachments.map((ticket) => fileOfTicket(call, ticket))
  if (text === '' && media.length === 0) throw new Problem(400, 'empty_message', 'The message is empty.')
  const displayName = visitor.name ?? cleanText(body.name ?? '')
  return {
    kind: 'message',
    account: context.account,
    id: `${visitor.address}:${body.clientId}` as RemoteId,
    at: context.now(),
    thread: visitor.address,
    from: {
      address: visitor.address,
      verified: visitor.verified,
      ...(displayName ? { displayName } : {}),
      ...(body.language ? { language: body.language } : {}),
      ...(body.timeZone ? { timeZone: body.timeZone } : {}),
    },
    text,
    media,
  }
}

const digestOf = ({ text, media }: InboundMessage): string =>
  hash('sha256', JSON.stringify([text, media.map((file) => file.state === 'stored' && file.id)]), 'base64url')

/** A message as the visitor's browser shows it. Plain text only: what an agent wrote as HTML has its text beside it. */
export interface VisitorMessage {
  seq: number
  id: string
  by: 'visitor' | 'hub'
  /** Of the visitor's own message: the id their browser gave it. */
  clientId: string | null
  text: string
  media: HistoryMessage['media']
  author: string | null
  at: number
  /** Of the hub's message: `delivered` and `read` need no further receipt. */
  state: string | null
}

/** Sends that were called off or came to nothing are not part of the conversation the visitor sees. */
const HIDDEN = new Set(['canceled', 'failed'])

export const isShown = (message: HistoryMessage): boolean =>
  message.direction === 'in' || message.state === null || !HIDDEN.has(message.state)

export const visitorMessage = (address: string, message: HistoryMessage): VisitorMessage => ({
  seq: message.seq,
  id: message.id,
  by: message.direction === 'in' ? 'visitor' : 'hub',
  clientId: message.remoteId?.startsWith(`${address}:`) ? message.remoteId.slice(address.length + 1) : null,
  text: message.text,
  media: message.media,
  author: message.author,
  at: message.at,
  state: message.direction === 'out' ? message.state : null,
})

export const PAGE = 200

/** The thread after a position, at most PAGE messages; `more` says that the next page is not empty. */
export async function getMessages({ url, context, visitor }: VisitorCall): Promise<Response> {
  const after = Number(url.searchParams.get('after') ?? 0)
  if (!Number.isSafeInteger(after) || after < 0)
    throw new Problem(400, 'bad_request', 'after: a whole number that is not negative.')
  const [page, attended] = await Promise.all([context.history(visitor.address, after, PAGE), context.attended()])
  return json({
    messages: page.filter(isShown).map((message) => visitorMessage(visitor.address, message)),
    next: page.at(-1)?.seq ?? after,
    more: page.length === PAGE,
    attended,
    address: visitor.address,
  })
}
