import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { Adapter, Receiver, Sink } from '../../adapters/contract.ts'
import type { Cursor } from '../../src/model.ts'

type Webhook = Extract<Receiver, { mode: 'webhook' }>
type Looping = Exclude<Receiver, { mode: 'webhook' }>

/** Polls come faster than in the hub, and a lost connection is tried again sooner: tests are short. */
const LONGEST_PAUSE_MS = 100

/** The way in from the provider: a real HTTP server on the loopback interface. */
export interface HookServer {
  readonly publicUrl: string
  readonly hookUrl: string
  /** Every answer given, in order: what the provider was told. */
  readonly answers: { path: string; status: number }[]
  serve(receiver: Webhook, sink: Sink): void
  close(): Promise<void>
}

export async function openHookServer(): Promise<HookServer> {
  let answer: ((request: Request) => Promise<Response>) | null = null
  const answers: HookServer['answers'] = []
  const server = createServer(async (incoming, outgoing) => {
    const path = (incoming.url ?? '/').slice('/hooks/test'.length)
    const gone = new AbortController()
    outgoing.on('close', () => gone.abort())
    const request = await toRequest(incoming, `${hookUrl}${path}`, gone.signal)
    const known = incoming.url?.startsWith('/hooks/test') === true && answer !== null
    const response = known && answer !== null ? await answer(request) : new Response('unknown account', { status: 404 })
    answers.push({ path, status: response.status })
    reply(response, outgoing)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const hookUrl = `${publicUrl}/hooks/test`
  return {
    publicUrl,
    hookUrl,
    answers,
    serve: (receiver, sink) => {
      answer = (request) => handled(receiver, request, sink)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As the hub does: 503 when an event could not be kept, whatever the adapter makes of it by throwing. */
async function handled(receiver: Webhook, request: Request, sink: Sink): Promise<Response> {
  let rejected = false
  const watched: Sink = {
    advance: (cursor) => sink.advance(cursor),
    health: (next) => sink.health(next),
    emit: (event, resume) =>
      sink.emit(event, resume).catch((error: unknown) => {
        rejected = true
        throw error
      }),
  }
  try {
    return await receiver.handle(request, watched)
  } catch (error) {
    return new Response(String(error), { status: rejected ? 503 : 500 })
  }
}

async function toRequest(incoming: IncomingMessage, url: string, signal: AbortSignal): Promise<Request> {
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const headers = new Headers()
  for (let at = 0; at < incoming.rawHeaders.length; at += 2)
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '')
  const method = incoming.method ?? 'GET'
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks)
  return new Request(url, { method, headers, body, signal })
}

function reply(response: Response, outgoing: ServerResponse): void {
  outgoing.writeHead(response.status, [...response.headers].flat())
  if (response.body === null) {
    outgoing.end()
    return
  }
  outgoing.flushHeaders()
  const body = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream)
  body.on('error', () => outgoing.destroy())
  outgoing.on('close', () => body.destroy())
  body.pipe(outgoing)
}

export interface Pump {
  /** The bookmark of each receiver, by its name. */
  readonly cursors: Map<string, Cursor>
  /** Aborts the receivers; resolves once all have ended. */
  stop(): Promise<void>
}

/** Runs an adapter's receivers as the hub's host does. Webhooks need the hook server whose URL the context carries. */
export function pumpReceivers(adapter: Adapter, sink: Sink, hooks?: HookServer): Pump {
  const abort = new AbortController()
  const cursors = new Map<string, Cursor>()
  const running: Promise<void>[] = []
  const webhooks = adapter.receivers.filter((receiver) => receiver.mode === 'webhook')
  if (webhooks.length > 1) throw new Error('An account has one hook URL: one webhook receiver serves all its paths.')
  for (const receiver of adapter.receivers) {
    const own = bookmarked(sink, receiver.name, cursors)
    if (receiver.mode !== 'webhook') running.push(loop(receiver, own, cursors, abort.signal))
    else if (hooks === undefined) throw new Error('A webhook receiver needs a hook server.')
    else hooks.serve(receiver, own)
  }
  return {
    cursors,
    stop: async () => {
      abort.abort()
      await Promise.all(running)
    },
  }
}

function bookmarked(sink: Sink, name: string, cursors: Map<string, Cursor>): Sink {
  return {
    health: (next) => sink.health(next),
    emit: async (event, resume) => {
      await sink.emit(event, resume)
      if (resume !== undefined) cursors.set(name, resume)
    },
    advance: async (cursor) => {
      await sink.advance(cursor)
      cursors.set(name, cursor)
    },
  }
}

async function loop(receiver: Looping, sink: Sink, cursors: Map<string, Cursor>, signal: AbortSignal): Promise<void> {
  const wait = receiver.mode === 'poll' ? Math.min(receiver.everyMs, LONGEST_PAUSE_MS) : LONGEST_PAUSE_MS
  while (!signal.aborted) {
    const from = cursors.get(receiver.name) ?? null
    const run = receiver.mode === 'poll' ? receiver.poll(from, sink, signal) : receiver.run(from, sink, signal)
    await run.catch(() => {})
    await pause(wait, undefined, { signal }).catch(() => {})
  }
}
