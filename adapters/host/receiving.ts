import { setTimeout as delay } from 'node:timers/promises'
import type { Bus } from '../../src/bus.ts'
import { partitionOf } from '../../src/bus.ts'
import type {
  AccountId,
  BusIn,
  Cursor,
  Health,
  InboundEvent,
  InboundMessage,
  MediaRef,
  Millis,
} from '../../src/model.ts'
import type { AdapterContext, Receiver, Sink } from '../contract.ts'

/** What one message on the bus may weigh: nats-server takes 8 MB, and readers hold a batch of them. */
const MAX_EVENT_CHARS = 2_000_000
const KEPT_TEXT = 200_000

/** A message too big for the bus keeps its beginning; the whole goes with it as a file. Nothing is cut away. */
const fitForBus = async (event: InboundMessage, media: AdapterContext['media']): Promise<InboundMessage> => {
  const files: MediaRef[] = [...event.media]
  const next = { ...event, media: files }
  if ((event.html?.length ?? 0) > MAX_EVENT_CHARS / 2) {
    files.push(await media.put(Buffer.from(event.html ?? ''), { name: 'message.html', mimeType: 'text/html' }))
    delete next.html
  }
  if (event.text.length > MAX_EVENT_CHARS / 2) {
    files.push(await media.put(Buffer.from(event.text), { name: 'message.txt', mimeType: 'text/plain' }))
    next.text = event.text.slice(0, KEPT_TEXT).toWellFormed()
    if (next.quotedFrom !== undefined && next.quotedFrom > KEPT_TEXT) delete next.quotedFrom
  }
  return next
}

const threadOf = (event: InboundEvent): string => {
  if (event.kind === 'receipt') return 'remote' in event.of ? event.of.remote : event.of.sendKey
  return event.thread
}

export interface SinkDeps {
  account: AccountId
  bus: Pick<Bus, 'publishIn'>
  media: AdapterContext['media']
  now: () => Millis
  onError: (error: unknown, doing: string) => void
  onReceived: (kind: InboundEvent['kind']) => void
}

/** The sink of one receiver: durable means that JetStream has it. */
export const createSink = (deps: SinkDeps, receiver: string): Sink => {
  const { account, bus, now } = deps
  let told = ''
  let telling: Promise<void> = Promise.resolve()
  const publish = (thread: string, word: BusIn) => bus.publishIn(partitionOf(`${account}/${thread}`), word)
  return {
    async emit(event, resume) {
      const fit = event.kind === 'message' ? await fitForBus(event, deps.media) : event
      await publish(threadOf(fit), {
        v: 1,
        type: 'inbound',
        receivedAt: now(),
        event: fit,
        ...(resume === undefined ? {} : { resume: { receiver, cursor: resume } }),
      })
      deps.onReceived(event.kind)
    },
    advance: (cursor: Cursor) =>
      publish(receiver, { v: 1, type: 'cursor', receivedAt: now(), account, receiver, cursor }),
    health(next: Health) {
      const text = JSON.stringify(next)
      if (text === told) return
      told = text
      const word: BusIn = { v: 1, type: 'health', receivedAt: now(), account, health: next, at: now() }
      telling = telling.then(() => publish('health', word)).catch((error) => deps.onError(error, 'health'))
    },
  }
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** A connection that held this long was a good one: the next pause is short again. */
const GOOD_MS = 60_000

const pause = (ms: Millis, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {})

/** Runs one poll or stream receiver until the signal aborts, again and again with growing pauses after failures. */
export const runReceiver = async (
  receiver: Exclude<Receiver, { mode: 'webhook' }>,
  deps: {
    sink: Sink
    cursor: () => Promise<Cursor | null>
    signal: AbortSignal
    onError: (error: unknown, doing: string) => void
  },
): Promise<void> => {
  const { signal, sink } = deps
  let failures = 0
  while (!signal.aborted) {
    const startedAt = Date.now()
    try {
      const from = await deps.cursor()
      if (receiver.mode === 'stream') await receiver.run(from, sink, signal)
      else {
        await receiver.poll(from, sink, signal)
        failures = 0
        await pause(receiver.everyMs, signal)
        continue
      }
    } catch (error) {
      if (signal.aborted) return
      // A first loss is mended within a second most times: a trouble is what stays.
      if (failures > 0) deps.onError(error, receiver.name)
    }
    failures = Date.now() - startedAt > GOOD_MS ? 1 : failures + 1
    await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)), signal)
  }
}
