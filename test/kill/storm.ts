import { setTimeout as delay } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { type MailPeer, startMailPeer } from '../../sandbox/mail-peer.ts'
import type { Peer } from '../../sandbox/peer.ts'
import { startTwilioPeer } from '../../sandbox/twilio-peer.ts'
import { WebPeer } from '../../sandbox/web-peer.ts'
import { freePort } from '../../sandbox/wechaty-peer.ts'
import type { ConversationView, MessageView } from '../../src/views.ts'
import { addAccount } from '../e2e/ways/way.ts'
import type { HubClient } from '../support/hub-client.ts'
import type { RunningHub } from '../support/running-hub.ts'

/** Customers who write and agents who answer, all at once, while the hub comes and goes. */

export interface Thread {
  /** Names the thread in every text of it. */
  name: string
  peer: Peer
  customer: string
  conversation: string
}

export interface Storm {
  peers: { sms: Peer; web: WebPeer; mail: MailPeer }
  threads: Thread[]
  /** Texts that the sender was told are taken. */
  acknowledged: Set<string>
  /** Texts that the sender gave up on: kept or not, but never twice. */
  refused: Map<string, string>
  /** Replies by text: the id of the message that the API answered with. */
  replies: Map<string, string>
  progress(): number
  onProgress(listener: () => void): void
  close(): Promise<void>
}

const RETRY_MS = 100
/** No sender of the test gives up before the hub was away that long. */
const PATIENCE_MS = 240_000

const splitOver = (count: number): { sms: number; web: number; mail: number } => {
  const sms = Math.ceil(count * 0.4)
  const web = Math.ceil((count - sms) / 2)
  return { sms, web, mail: count - sms - web }
}

export const textOf = (thread: Pick<Thread, 'name'>, direction: 'in' | 'out', n: number): string =>
  `${direction} ${thread.name} number ${n} end`

export const openStorm = async (hub: RunningHub, threadCount: number): Promise<Storm> => {
  const mailAddress = 'support@shop.example'
  const peers = {
    // Twilio calls again for as long as the operator set it to; each wait is twice the one before.
    sms: await startTwilioPeer({ webhookRetries: 13, retryDelayMs: 30 }),
    web: new WebPeer({}, { patienceMs: PATIENCE_MS }),
    mail: await startMailPeer({
      address: mailAddress,
      deliverBy: 'smtp',
      smtpInPort: await freePort(),
      deliveryTries: PATIENCE_MS / 500,
    }),
  }
  const team = await hub.admin.post<{ id: string }>('/api/v1/teams', { name: 'Storm' })
  for (const [name, peer] of Object.entries(peers)) await addAccount(hub, peer, { name, teamId: team.id })

  const split = splitOver(threadCount)
  const many = (count: number, make: (n: number) => Omit<Thread, 'conversation'>): Thread[] =>
    Array.from({ length: count }, (_, n) => ({ ...make(n), conversation: '' }))
  const threads = [
    ...many(split.sms, (n) => ({ name: `sms-${n}`, peer: peers.sms, customer: `+1202555${1000 + n}` })),
    ...many(split.web, (n) => ({ name: `web-${n}`, peer: peers.web, customer: `u_visitor${n}` })),
    ...many(split.mail, (n) => ({ name: `mail-${n}`, peer: peers.mail, customer: `ana${n}@customer.example` })),
  ]
  const listeners: (() => void)[] = []
  let done = 0
  const tell = () => {
    done++
    for (const listener of listeners) listener()
  }
  const storm: Storm = {
    peers,
    threads,
    acknowledged: new Set(),
    refused: new Map(),
    replies: new Map(),
    progress: () => done,
    onProgress: (listener) => void listeners.push(listener),
    close: async () => void (await Promise.all(Object.values(peers).map((peer) => peer.close()))),
  }
  told.set(storm, tell)
  return storm
}

const told = new WeakMap<Storm, () => void>()

const sayOne = async (storm: Storm, thread: Thread, n: number): Promise<void> => {
  const text = textOf(thread, 'in', n)
  try {
    await thread.peer.say(thread.customer, { text })
    storm.acknowledged.add(text)
  } catch (error) {
    storm.refused.set(text, String(error))
  }
  told.get(storm)?.()
}

/** The first message of every thread, and where the hub put it. */
export const openThreads = async (hub: RunningHub, storm: Storm): Promise<void> => {
  await Promise.all(storm.threads.map((thread) => sayOne(storm, thread, 0)))
  const list = async () => {
    const found: ConversationView[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: ConversationView[]; nextCursor: string | null } = await hub.admin.get(
        `/api/v1/conversations?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      )
      found.push(...page.items)
      cursor = page.nextCursor
    }
    return found
  }
  await vi.waitFor(async () => expect(await list()).toHaveLength(storm.threads.length), 30_000)
  const byName = new Map((await list()).map((row) => [/in (\S+) number/.exec(row.preview)?.[1] ?? '', row.id]))
  for (const thread of storm.threads) thread.conversation = byName.get(thread.name) ?? ''
}

/** Everybody writes the rest of their messages, each their own one after the other. */
export const customersWrite = (storm: Storm, perThread: number): Promise<unknown> =>
  Promise.all(
    storm.threads.map(async (thread) => {
      for (let n = 1; n < perThread; n++) await sayOne(storm, thread, n)
    }),
  )

/** As the inbox does: the same request again under the same key until there is an answer. */
const replyOne = async (client: HubClient, storm: Storm, thread: Thread, n: number): Promise<void> => {
  const text = textOf(thread, 'out', n)
  const body = { kind: 'reply', text, clientId: `client-${text.replaceAll(' ', '-')}` }
  const until = Date.now() + PATIENCE_MS
  let last = ''
  while (Date.now() < until) {
    const answer = await client
      .ask('POST', `/api/v1/conversations/${thread.conversation}/messages`, body)
      .then(async (response) => ({ status: response.status, body: await response.text() }))
      .catch((error: unknown) => ({ status: 0, body: String(error) }))
    if (answer.status === 201) {
      storm.replies.set(text, (JSON.parse(answer.body) as MessageView).id)
      told.get(storm)?.()
      return
    }
    last = `${answer.status} ${answer.body}`
    const hopeless = answer.status >= 400 && answer.status < 500 && answer.status !== 409
    if (hopeless) break
    await delay(RETRY_MS)
  }
  storm.refused.set(text, last)
  told.get(storm)?.()
}

/** Agents answer in all threads, a few at a time. */
export const agentsAnswer = async (client: HubClient, storm: Storm, total: number, agents = 8): Promise<void> => {
  const { threads } = storm
  const next = new Map<string, number>()
  const work = Array.from({ length: total }, (_, index) => threads[index % threads.length] as Thread)
  // A thread's answers are written by one agent, one after the other.
  const desks = Array.from({ length: agents }, (_, desk) =>
    work.filter((thread) => threads.indexOf(thread) % agents === desk),
  )
  await Promise.all(
    desks.map(async (desk) => {
      for (const thread of desk) {
        const n = next.get(thread.name) ?? 0
        next.set(thread.name, n + 1)
        await replyOne(client, storm, thread, n)
      }
    }),
  )
}
