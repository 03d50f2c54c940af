import { randomUUID } from 'node:crypto'
import { parse } from 'valibot'
import type { AdapterContext, AnyAdapter, Channel } from '../../adapters/contract.ts'
import type { Peer } from '../../sandbox/peer.ts'
import type { DeliveryId, MediaId, MessageId, Outbound, OutboundMedia, SendKey } from '../../src/model.ts'
import { type TestContext, testContext } from '../support/adapter-context.ts'
import { RecordingSink } from '../support/recording-sink.ts'
import { type HookServer, openHookServer, type Pump, pumpReceivers } from './receivers.ts'

/** One account that runs against its remote party. */
export interface Fixture {
  channel: Channel<never>
  adapter: AnyAdapter
  context: AdapterContext
  sink: RecordingSink
  peer: Peer
  /** Canonical address of a customer whom the peer knows. */
  customer: string
  pump: Pump
  /** For channels whose provider calls us. */
  http?: {
    hooks: HookServer
    /** Sends what the provider would send, with a wrong signature or credential, and gives our answer. */
    forge(): Promise<Response>
  }
  close(): Promise<void>
}

export interface FixtureOptions<Config> {
  channel: Channel<Config>
  peer: Peer
  customer: string
  /** Replaces parts of `peer.config`. */
  config?: Record<string, unknown>
  context?: Partial<AdapterContext>
  forge?: (hooks: HookServer) => Promise<Response>
  /** Also close these, after the adapter. The peer is closed by itself. */
  alsoClose?: () => Promise<void>
  /** False where the account is meant not to come up. */
  awaitOk?: boolean
}

/** Starts the account as the hub would: config parsed, adapter started, receivers running, healthy. */
export async function openFixture<Config>(options: FixtureOptions<Config>): Promise<Fixture> {
  const { channel, peer, customer } = options
  const hooks = await openHookServer()
  const context = await testContext({ publicUrl: hooks.publicUrl, hookUrl: hooks.hookUrl, ...options.context })
  const adapter = channel.create(parse(channel.config, { ...peer.config, ...options.config }), context)
  const sink = new RecordingSink()
  await adapter.start(sink)
  const pump = pumpReceivers(adapter, sink, hooks)
  peer.attach(context.hookUrl)
  const { forge } = options
  const fixture: Fixture = {
    channel: channel as unknown as Channel<never>,
    adapter,
    context,
    sink,
    peer,
    customer,
    pump,
    ...(forge === undefined ? {} : { http: { hooks, forge: () => forge(hooks) } }),
    close: () => closeAll(adapter, pump, peer, hooks, context, options.alsoClose),
  }
  if (options.awaitOk !== false) await healthy(fixture)
  return fixture
}

async function healthy(fixture: Fixture): Promise<void> {
  await fixture.sink
    .until(() => fixture.sink.lastHealth?.state === 'ok', 20_000)
    .catch(async (error: unknown) => {
      await fixture.close()
      throw error
    })
}

async function closeAll(
  adapter: AnyAdapter,
  pump: Pump,
  peer: Peer,
  hooks: HookServer,
  context: TestContext,
  alsoClose?: () => Promise<void>,
): Promise<void> {
  await Promise.all([pump.stop(), adapter.stop()])
  await peer.close()
  await hooks.close()
  await alsoClose?.()
  await context.close()
}

/** A message to send: plain unless told otherwise. */
export function outbound(to: string, over: Partial<Outbound> = {}): Outbound {
  return {
    sendKey: randomUUID().replaceAll('-', '') as SendKey,
    deliveryId: randomUUID() as DeliveryId,
    messageId: randomUUID() as MessageId,
    to: { address: to, displayName: null },
    thread: null,
    text: '',
    html: null,
    subject: null,
    media: [],
    replyTo: null,
    references: [],
    fromName: 'Wang',
    automatic: false,
    at: Date.now(),
    ...over,
  }
}

/** Puts a file in the media store and gives it as the gate would. */
export async function outboundMedia(
  context: AdapterContext,
  file: { name: string; mimeType: string; content: Uint8Array },
): Promise<OutboundMedia> {
  const kept = await context.media.put(file.content, file)
  if (kept.state !== 'stored') throw new Error(`The media store did not keep ${file.name}`)
  const id: MediaId = kept.id
  return { id, name: kept.name, mimeType: kept.mimeType, size: kept.size, open: () => context.media.read(id) }
}
