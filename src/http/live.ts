import type { ServerResponse } from 'node:http'
import { mayHear } from '../../conversations/rights.ts'
import type { Viewer } from '../../conversations/viewer.ts'
import type { Bus, Subscription } from '../bus.ts'
import type { AgentId, Millis } from '../model.ts'
import { createTail, type Encoded, encodeEnvelope, encodeEvent, parseEventId, type Tail } from './live-tail.ts'
import { createPresence } from './presence.ts'
import { TYPING, type TypingSignal } from './typing.ts'

/**
 * The event stream of the inbox. One subscription for the process; an event is encoded once, and its rights are
 * decided once for all viewers who see the same (a scope), whatever the number of clients.
 */
export interface Live {
  /** Reads the newest events and follows the stream. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Takes over the response and writes events to it until the client goes. */
  open(viewer: Viewer, lastEventId: string | null, outgoing: ServerResponse): Promise<void>
  /** Ends the streams of an agent: they must show who they are again. */
  endStreams(agent: AgentId): void
  streamsOf(agent: AgentId): number
  /** Open streams, for the metrics. */
  readonly size: number
}

const HEARTBEAT_MS: Millis = 15_000
/**
 * More than this not yet taken by a client, and it is cut off; it comes back with its Last-Event-ID. Above what a busy
 * second brings at once; clients share the buffers that wait for them.
 */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
const TAIL_LIMITS = { envelopes: 4096, bytes: 8 * 1024 * 1024 }
/** A stream whose old part went meanwhile must not hold up the start. */
const CATCH_UP_MS: Millis = 5000
const RECONNECT_MS: Millis = 1000
/** Then the client comes again and shows that its session or token still holds; it misses nothing. */
const LONGEST_MS: Millis = 3600_000

interface Client {
  viewer: Viewer
  outgoing: ServerResponse
  /** Of the monotonic clock. */
  openedAt: Millis
}

interface Scope {
  viewer: Viewer
  clients: Set<Client>
}

/** Viewers with the same key see the same events. */
const scopeKey = (viewer: Viewer): string => (viewer.role === 'agent' ? viewer.agentId : viewer.role)

const chunkFor = (encoded: Encoded, viewer: Viewer, fromIndex = 0): Buffer | null => {
  const chunks = encoded.items
    .filter(({ audience }, index) => index >= fromIndex && mayHear(viewer, audience))
    .map(({ chunk }) => chunk)
  if (chunks.length <= 1) return chunks[0] ?? null
  return Buffer.concat(chunks)
}

/** What these envelopes are for a viewer, made once for all who may hear the same of them. */
const createChunks = (envelopes: Encoded[]) => {
  const items = envelopes.flatMap((encoded) => encoded.items)
  const made = new Map<string, Buffer | null>()
  return (viewer: Viewer): Buffer | null => {
    const heard = items.map(({ audience }) => (mayHear(viewer, audience) ? '1' : '0')).join('')
    const known = made.get(heard)
    if (known !== undefined) return known
    const chunks = items.filter((_, index) => heard[index] === '1').map(({ chunk }) => chunk)
    const chunk = chunks.length <= 1 ? (chunks[0] ?? null) : Buffer.concat(chunks)
    made.set(heard, chunk)
    return chunk
  }
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
}

export const createLive = (deps: {
  bus: Pick<Bus, 'followEvents' | 'eventsPosition' | 'onSignal'>
  /** Null when the agent may not come in any more. */
  loadViewer(agent: AgentId): Promise<Viewer | null>
  setConnected(agent: AgentId, connected: boolean): Promise<void>
  onError(error: unknown): void
}): Live => {
  const scopes = new Map<string, Scope>()
  const presence = createPresence(deps)
  let tail: Tail = createTail(TAIL_LIMITS, 0)
  let subscription: Subscription | null = null
  let started: Promise<void> | null = null
  let caughtUp: () => void = () => {}
  let target = 0
  let arrived: Encoded[] = []
  const cleanup: (() => void)[] = []

  const write = (client: Client, chunk: Buffer | string) => {
    if (client.outgoing.writableLength > MAX_BUFFERED_BYTES) client.outgoing.destroy()
    else client.outgoing.write(chunk)
  }

  const clientsOf = (agent: AgentId | null): Client[] =>
    [...scopes.values()]
      .flatMap(({ clients }) => [...clients])
      .filter(({ viewer }) => agent === null || viewer.agentId === agent)

  const add = (client: Client) => {
    const key = scopeKey(client.viewer)
    const scope = scopes.get(key) ?? { viewer: client.viewer, clients: new Set() }
    scope.clients.add(client)
    scopes.set(key, scope)
  }

  const remove = (client: Client) => {
    for (const [key, { clients }] of scopes) if (clients.delete(client) && clients.size === 0) scopes.delete(key)
  }

  /** Roles, teams and who is disabled, read again for everybody who listens. */
  const reloadViewers = async () => {
    const agents = new Set(clientsOf(null).map(({ viewer }) => viewer.agentId))
    for (const agent of agents) {
      const viewer = await deps.loadViewer(agent)
      for (const client of clientsOf(agent)) {
        remove(client)
        if (viewer) add(Object.assign(client, { viewer }))
        else client.outgoing.end()
      }
      const scope = viewer && scopes.get(scopeKey(viewer))
      if (scope) scope.viewer = viewer
    }
  }

  /** What one turn of the event loop brought goes to each client in one write. */
  const deliver = () => {
    const envelopes = arrived
    arrived = []
    for (const encoded of envelopes) tail.add(encoded)
    const chunkOf = createChunks(envelopes)
    for (const { viewer, clients } of scopes.values()) {
      const chunk = chunkOf(viewer)
      if (chunk) for (const client of clients) write(client, chunk)
    }
    if (envelopes.some(({ changesRights }) => changesRights)) reloadViewers().catch(deps.onError)
    if (tail.last >= target) caughtUp()
  }

  const deliverTyping = ({ audience, event }: TypingSignal) => {
    const chunk = encodeEvent(event, null)
    for (const { viewer, clients } of scopes.values())
      if (mayHear(viewer, audience)) for (const client of clients) write(client, chunk)
  }

  const beat = () => {
    const chunk = Buffer.from(`: alive\nid: ${tail.last}\n\n`)
    const oldest = performance.now() - LONGEST_MS
    for (const client of clientsOf(null)) {
      write(client, chunk)
      if (client.openedAt < oldest) client.outgoing.end()
    }
  }

  const follow = async () => {
    const { first, last } = await deps.bus.eventsPosition()
    target = last
    const after = Math.max(first - 1, last - TAIL_LIMITS.envelopes, 0)
    tail = createTail(TAIL_LIMITS, Math.min(after, last))
    const complete = new Promise<void>((resolve) => {
      caughtUp = resolve
    })
    subscription = await deps.bus.followEvents(after, (seq, envelope) => {
      if (seq <= (arrived.at(-1)?.seq ?? tail.last)) return
      if (arrived.length === 0) setImmediate(deliver)
      arrived.push(encodeEnvelope(seq, envelope))
    })
    if (tail.last >= target) return
    const timeout = setTimeout(caughtUp, CATCH_UP_MS)
    await complete
    clearTimeout(timeout)
  }

  const replay = (client: Client, lastEventId: string) => {
    const point = parseEventId(lastEventId)
    const missed = point && tail.since(point)
    if (!missed) return write(client, encodeEvent({ type: 'reset' }, String(tail.last)))
    const chunks = missed.flatMap(({ encoded, fromIndex }) => chunkFor(encoded, client.viewer, fromIndex) ?? [])
    if (chunks.length > 0) client.outgoing.write(Buffer.concat(chunks))
  }

  return {
    start() {
      started ??= follow()
      if (cleanup.length === 0) {
        const heartbeat = setInterval(beat, HEARTBEAT_MS)
        cleanup.push(
          () => clearInterval(heartbeat),
          deps.bus.onSignal(TYPING, (data) => deliverTyping(data as TypingSignal)),
        )
      }
      return started
    },

    async stop() {
      for (const undo of cleanup.splice(0)) undo()
      await subscription?.stop()
      for (const client of clientsOf(null)) client.outgoing.end()
      scopes.clear()
      await presence.stop()
    },

    async open(viewer, lastEventId, outgoing) {
      await started
      if (outgoing.destroyed) return
      outgoing.writeHead(200, HEADERS)
      const client: Client = { viewer, outgoing, openedAt: performance.now() }
      outgoing.on('error', () => outgoing.destroy())
      outgoing.once('close', () => {
        remove(client)
        presence.left(client.viewer.agentId)
      })
      // From here to `add` nothing waits, so nothing can come between what was missed and what is new.
      outgoing.write(`retry: ${RECONNECT_MS}\n: welcome\n${lastEventId ? '' : `id: ${tail.last}\n`}\n`)
      if (lastEventId) replay(client, lastEventId)
      add(client)
      presence.came(viewer.agentId)
    },

    endStreams(agent) {
      for (const client of clientsOf(agent)) client.outgoing.end()
    },

    streamsOf: (agent) => clientsOf(agent).length,

    get size() {
      return clientsOf(null).length
    },
  }
}
