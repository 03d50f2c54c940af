import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { connectBus, EVENTS_SUBJECT, type EventEnvelope } from '../src/bus.ts'
import { type Figure, figure, median } from './figures.ts'
import { type HubProcess, signIn } from './hub-process.ts'
import type { Bench } from './main.ts'

/**
 * (d) Events to 1,000 inboxes. The events come over the bus as from another node, one at a time, so that their fan-out
 * is measured and not their making.
 */

const CLIENTS = 1000
/** Each has as many windows open as the hub allows one person. */
const PEOPLE = 50
const EVENTS = 600
const WARM_UP = 100
const ROUNDS = 3
/** Events that the slowest client may be behind: nobody is cut off, and nobody waits for the bench. */
const WINDOW = 64

const now = Date.now()

/** One message as it comes in an hour of work; the tilde is what the clients count. */
const event: EventEnvelope['items'][number] = {
  audience: { kind: 'staff' },
  event: {
    type: 'message.added',
    conversation: {
      id: '01980000-0000-7000-8000-000000000001',
      accountId: '01980000-0000-7000-8000-000000000002',
      identityId: '01980000-0000-7000-8000-000000000003',
      teamId: null,
      assigneeId: null,
      status: 'open',
      priority: 'normal',
      subject: null,
      waitingSince: now,
      unread: 1,
      snoozedUntil: null,
      preview: 'My parcel should have come on Monday, can you look where it is? Thank you!',
      previewDirection: 'in',
      lastMessageAt: now,
      lastSeq: 1,
      createdAt: now,
      updatedAt: now,
      contact: { id: '01980000-0000-7000-8000-000000000004', name: null, vipLevel: 0 },
      address: 'v_0123456789abcdefghijkl',
    },
    message: {
      id: '01980000-0000-7000-8000-000000000005',
      seq: 1,
      conversationId: '01980000-0000-7000-8000-000000000001',
      direction: 'in',
      accountId: '01980000-0000-7000-8000-000000000002',
      identityId: '01980000-0000-7000-8000-000000000003',
      authorId: null,
      text: '~My parcel should have come on Monday, can you look where it is? Thank you!',
      html: null,
      subject: null,
      quotedFrom: null,
      automatic: false,
      withdrawnAt: null,
      sentAt: now,
      createdAt: now,
      attachments: [],
      delivery: null,
    },
  },
}
const ENVELOPE = JSON.stringify({ v: 1, items: [event] } satisfies EventEnvelope)
/** The bytes that the hub makes of it. */
const CHUNK = `id: 100000\ndata: ${JSON.stringify(event.event)}\n\n`

const busOf = async (dataDir: string) => {
  const text = await readFile(path.join(dataDir, 'nats', 'nats-server.conf'), 'utf8')
  const find = (pattern: RegExp) => pattern.exec(text)?.[1] ?? ''
  const port = find(/listen: "127\.0\.0\.1:(\d+)"/)
  const token = find(/token:\s*"?([0-9a-f]+)/)
  return connectBus({ servers: [`nats://127.0.0.1:${port}`], token, replicas: 1, name: 'bench' })
}

/** Sessions of so many agents. */
const peopleOf = async (hub: HubProcess): Promise<string[]> => {
  const cookies: string[] = []
  for (let index = 0; index < PEOPLE; index++) {
    const agent = { email: `agent${index}@example.com`, name: `Agent ${index}`, password: 'bench-bench-bench' }
    await hub.api('POST', '/agents', { ...agent, role: 'agent' })
    cookies.push(await signIn(hub.origin, agent))
  }
  return cookies
}

export const measureSse = async (bench: Bench): Promise<Figure[]> => {
  const dataDir = bench.folder()
  const hub: HubProcess = await bench.hub({ dataDir })
  const bus = await busOf(dataDir)
  bench.closing(() => bus.close())
  const bare = bench.worker('bare/sse.ts')
  const barePort = await bare.call<number>('port')

  /** Opens the clients of one side and returns how to measure it. */
  const side = async (
    to: { port: number; path: string; cookies: string[] },
    emit: (times: number) => Promise<unknown>,
  ) => {
    const streams = bench.worker('load-streams.ts')
    await streams.call('open', { ...to, count: CLIENTS })
    let onLeast: (least: number, failure: string | null) => void = () => {}
    streams.onTold((told) => {
      const { least, failure } = told as { least: number; failure: string | null }
      onLeast(least, failure)
    })
    return async (events: number): Promise<number> => {
      await streams.call('reset')
      const from = performance.now()
      let sent = 0
      await new Promise<void>((resolve, reject) => {
        const more = (least: number) => {
          const times = Math.min(events - sent, least + WINDOW - sent)
          if (times <= 0) return
          sent += times
          emit(times).catch(reject)
        }
        onLeast = (least, failure) => {
          if (failure) reject(new Error(failure))
          else if (least >= events) resolve()
          else more(least)
        }
        more(0)
      })
      return events / ((performance.now() - from) / 1000)
    }
  }
  bench.say(`sse: ${PEOPLE} agents sign in`)
  const cookies = await peopleOf(hub)
  const ours = await side({ port: Number(new URL(hub.origin).port), path: '/api/v1/events', cookies }, (times) =>
    Promise.all(Array.from({ length: times }, () => bus.publish(EVENTS_SUBJECT, ENVELOPE))),
  )
  const theirs = await side({ port: barePort, path: '/', cookies }, (times) =>
    bare.call('emit', { text: CHUNK, times }),
  )
  await ours(WARM_UP)
  await theirs(WARM_UP)
  const reached: number[] = []
  const limits: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    bench.say(`sse: round ${round + 1} of ${ROUNDS}`)
    reached.push(await ours(EVENTS))
    limits.push(await theirs(EVENTS))
  }
  return [
    figure({
      id: 'sse',
      value: median(reached) * CLIENTS,
      limit: median(limits) * CLIENTS,
      unit: 'events/s',
      goal: 0.7,
      goalOf: 'ratio',
      what: `events written to ${CLIENTS} open inboxes, all together`,
    }),
  ]
}
