import { randomBytes } from 'node:crypto'
import { expect, vi } from 'vitest'
import type { DeviceMessage, Peer, PeerMedia } from '../../../sandbox/peer.ts'
import { WebPeer } from '../../../sandbox/web-peer.ts'
import type { AccountView, ChannelView, ConversationView, EventView, MessageView } from '../../../src/views.ts'
import type { EventReader, HubClient } from '../../support/hub-client.ts'
import { PATIENCE_MS } from '../../support/hub-client.ts'
import { PNG } from '../../support/pictures.ts'
import { RunningHub } from '../../support/running-hub.ts'

/** One account of a running hub with its team, an agent in front of the inbox, and the remote party behind it. */
export interface Way {
  hub: RunningHub
  peer: Peer
  account: AccountView
  channel: ChannelView
  agent: HubClient
  events: EventReader
  /** A second way to be reached: a chat on a website, of the same team. */
  web: WebPeer
  webAccount: AccountView
  close(): Promise<void>
}

export const patiently = { timeout: PATIENCE_MS, interval: 20 }

/** A real picture that no other test sends: what is behind its end is not looked at by anybody. */
export const picture = (name = 'lamp.png', bytes = 40_000): PeerMedia => ({
  name,
  mimeType: 'image/png',
  content: new Uint8Array(Buffer.concat([PNG, randomBytes(bytes)])),
})

const AGENT_PASSWORD = 'a quiet afternoon'

/** A team with one agent whose inbox is open. */
export const openDesk = async (hub: RunningHub, name: string) => {
  const team = await hub.admin.post<{ id: string }>('/api/v1/teams', { name: `Team ${name}` })
  const email = `${name}@hub.test`
  await hub.admin.post('/api/v1/agents', {
    email,
    name: `Agent ${name}`,
    password: AGENT_PASSWORD,
    role: 'agent',
    capacity: 100,
    teamIds: [team.id],
  })
  const agent = await hub.signIn(email, AGENT_PASSWORD)
  const events = await agent.events()
  return { team, agent, events }
}

export const addAccount = async (
  hub: RunningHub,
  peer: Peer,
  options: { name: string; teamId: string | null; config?: Record<string, unknown> },
): Promise<AccountView> => {
  const account = await hub.admin.post<AccountView>('/api/v1/accounts', {
    channel: peer.channel,
    name: options.name,
    config: { ...peer.config, ...options.config },
    teamId: options.teamId,
  })
  peer.attach(account.hookUrl)
  await vi.waitFor(async () => {
    const { health } = await hub.admin.get<AccountView>(`/api/v1/accounts/${account.id}`)
    expect(health).toMatchObject({ state: 'ok' })
  }, patiently)
  return account
}

export const openWay = async (startPeer: () => Promise<Peer>, config: Record<string, unknown> = {}): Promise<Way> => {
  const [hub, peer] = await Promise.all([RunningHub.start(), startPeer()])
  const web = new WebPeer()
  const { team, agent, events } = await openDesk(hub, 'mia')
  const account = await addAccount(hub, peer, { name: 'Shop', teamId: team.id, config })
  const webAccount = await addAccount(hub, web, { name: 'Website', teamId: team.id })
  const { items } = await hub.admin.get<{ items: ChannelView[] }>('/api/v1/channels')
  const channel = items.find((entry) => entry.channel === peer.channel)
  if (!channel) throw new Error(`no channel ${peer.channel}`)
  return {
    hub,
    peer,
    account,
    channel,
    agent,
    events,
    web,
    webAccount,
    async close() {
      events.close()
      await Promise.all([peer.close(), web.close()])
      await hub.close()
    },
  }
}

export const conversations = async (client: HubClient): Promise<ConversationView[]> =>
  (await client.get<{ items: ConversationView[] }>('/api/v1/conversations?limit=100')).items

export const thread = (client: HubClient, conversation: string) =>
  client.get<{ items: MessageView[]; events: EventView[] }>(`/api/v1/conversations/${conversation}/messages?limit=100`)

/** Resolves with the customer's message of that text once it is in the inbox's event stream. */
export const arrival = async (way: Pick<Way, 'events'>, text: string) => {
  const event = await way.events.until(
    'message.added',
    ({ message }) => message.direction === 'in' && message.text.includes(text),
    `"${text}"`,
  )
  return event
}

export const reply = (client: HubClient, conversation: string, body: Record<string, unknown>): Promise<MessageView> =>
  client.post(`/api/v1/conversations/${conversation}/messages`, { kind: 'reply', ...body })

/** What the hub's side wrote on that customer's device. */
export const fromHub = (peer: Peer, customer: string): DeviceMessage[] =>
  peer.device(customer).filter((message) => message.by === 'hub')

export const onDevice = (peer: Peer, customer: string, text: string): Promise<number> =>
  expect
    .poll(() => fromHub(peer, customer).filter((message) => message.text.includes(text)).length, patiently)
    .toBe(1) as unknown as Promise<number>

export const deliveryOf = async (client: HubClient, message: MessageView) => {
  const { items } = await thread(client, message.conversationId)
  return items.find((item) => item.id === message.id)?.delivery ?? null
}

/** Waits until the inbox was shown that state of the message's delivery. */
export const shownAs = (way: Pick<Way, 'events'>, message: MessageView, ...states: string[]) =>
  way.events.until(
    'message.changed',
    (event) => event.message.id === message.id && states.includes(event.message.delivery?.state ?? ''),
    `delivery of "${message.text}" as ${states.join(' or ')}`,
  )

export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
