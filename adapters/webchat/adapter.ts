import type { Outbound, RemoteId, SendResult } from '../../src/model.ts'
import type { Adapter, AdapterContext, MarksRead, Receiver, ShowsThread, Sink, Types } from '../contract.ts'
import { appPage } from './app-page.ts'
import { capabilities, type WebchatConfig } from './config.ts'
import { type Call, type Limits, topics, type VisitorCall, type Whisper } from './endpoint.ts'
import { EventStreams } from './event-stream.ts'
import { download, upload } from './files.ts'
import { KnownVisitors } from './known-visitors.ts'
import { getMessages, postMessage, RecentSends } from './messages.ts'
import { Problem } from './problem.ts'
import { RateLimit } from './rate-limit.ts'
import { postSeen, postTyping } from './seen.ts'
import { startSession } from './start-session.ts'

const isOurs = (address: string): boolean => /^(?:v_[\w-]{22}|u_[^\p{Cc}]{1,128})$/u.test(address)

/** The website chat: the hub is its own provider, so everything comes in by the account's webhook receiver. */
export class WebchatAdapter implements Adapter, Types, MarksRead, ShowsThread {
  readonly capabilities = capabilities
  readonly receivers: Receiver[]
  readonly #config: WebchatConfig
  readonly #context: AdapterContext
  readonly #limits: Limits
  readonly #recent = new RecentSends()
  readonly #streams = new EventStreams()
  readonly #visitors: KnownVisitors
  /** Of the hook's own address: what follows it names the endpoint. */
  readonly #hookPathLength: number

  constructor(config: WebchatConfig, context: AdapterContext) {
    this.#config = config
    this.#context = context
    this.#visitors = new KnownVisitors(context.secret)
    this.#hookPathLength = new URL(context.hookUrl).pathname.length
    this.#limits = {
      sessions: new RateLimit(30, 30),
      messages: new RateLimit(Math.max(10, config.messagesPerMinute / 2), config.messagesPerMinute),
      files: new RateLimit(20, 30),
      typing: new RateLimit(10, 60),
    }
    this.receivers = [{ mode: 'webhook', name: 'widget', handle: (request, sink) => this.#handle(request, sink) }]
  }

  /** Nobody types such an address; it is one that a visitor's session or a website's token gave. */
  normalize(raw: string): string | null {
    const address = raw.trim()
    return isOurs(address) ? address : null
  }

  async start(sink: Sink): Promise<void> {
    sink.health(
      this.#config.allowedOrigins.length > 0
        ? { state: 'ok', detail: 'Ready for visitors.' }
        : { state: 'degraded', detail: 'No website may show it yet: write its address under Websites.' },
    )
  }

  /** The message is in the visitor's thread already; this tells their open browsers to look. */
  async send(message: Outbound): Promise<SendResult> {
    const { address } = message.to
    if (!isOurs(address))
      return { ok: false, failure: { class: 'permanent', code: 'bad_address', detail: 'Not a visitor of a website.' } }
    this.#context.live.publish(topics.changed(address), { messageId: message.messageId })
    return { ok: true, ids: [message.messageId as string as RemoteId] }
  }

  async typing(address: string, on: boolean): Promise<void> {
    this.#whisper(address, { typing: on })
  }

  async markRead(address: string, upTo: RemoteId): Promise<void> {
    this.#whisper(address, { readUpTo: upTo })
  }

  /** Every node is told, and wakes the browsers that are connected to it. */
  threadChanged(address: string): void {
    this.#streams.look(address)
  }

  async stop(): Promise<void> {
    this.#streams.closeAll()
  }

  #whisper(address: string, what: Whisper): void {
    this.#context.live.publish(topics.toVisitor(address), what)
  }

  async #handle(request: Request, sink: Sink): Promise<Response> {
    const url = new URL(request.url)
    const call: Call = { request, url, config: this.#config, context: this.#context, sink }
    try {
      return await this.#route(call, url.pathname.slice(this.#hookPathLength))
    } catch (error) {
      if (error instanceof Problem) return error.toResponse()
      throw error
    }
  }

  async #route(call: Call, path: string): Promise<Response> {
    const { method } = call.request
    if (method === 'POST') this.#refuseForeign(call.request)
    if (path === '/app' && (method === 'GET' || method === 'HEAD')) return appPage(call)
    if (path === '/session' && method === 'POST') return startSession(call, this.#limits)
    const endpoint = this.#endpoint(method, path)
    if (!endpoint) throw new Problem(404, 'not_found', 'There is nothing at this address.')
    const authorization = call.request.headers.get('authorization')
    return endpoint({ ...call, visitor: this.#visitors.visitorOf(authorization, this.#context.now()) })
  }

  #endpoint(method: string, path: string): ((call: VisitorCall) => Response | Promise<Response>) | null {
    const file = method === 'GET' ? /^\/files\/([0-9a-f]{64})$/.exec(path)?.[1] : undefined
    if (file) return (call) => download(call, file)
    switch (`${method} ${path}`) {
      case 'GET /messages':
        return getMessages
      case 'GET /events':
        return (call) => this.#streams.open(call)
      case 'POST /messages':
        return (call) => postMessage(call, this.#limits, this.#recent)
      case 'POST /files':
        return (call) => upload(call, this.#limits)
      case 'POST /seen':
        return postSeen
      case 'POST /typing':
        return (call) => postTyping(call, this.#limits)
      default:
        return null
    }
  }

  /**
   * The app runs on the hub's origin, so a browser's POST from any other is not ours. A proxy may give the hub more
   * names than one: then the browser's own word `same-origin` counts, which no page can forge.
   */
  #refuseForeign(request: Request): void {
    const origin = request.headers.get('origin')
    if (!origin || origin === new URL(this.#context.publicUrl).origin) return
    if (request.headers.get('sec-fetch-site') === 'same-origin') return
    throw new Problem(403, 'foreign_origin', 'Only the chat window itself may call this.')
  }
}
