import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Confirms, FetchesMedia } from '../../adapters/contract.ts'
import type { DeviceMessage } from '../../sandbox/peer.ts'
import type { InboundEvent, InboundMessage, MediaRef, Outbound, ReceiptStatus, SendResult } from '../../src/model.ts'
import { PNG } from '../support/pictures.ts'
import { type Fixture, outbound, outboundMedia } from './fixture.ts'

export type { Fixture } from './fixture.ts'

const CHECKS = [
  'inbound text',
  'inbound picture',
  'same event, same id',
  'not kept, comes again',
  'canonical addresses',
  'outbound text',
  'outbound long text',
  'outbound picture',
  'unique ids',
  'refuse',
  'throttle',
  'reject',
  'server error',
  'accept then reset',
  'confirm never sent',
  'receipts',
  'forged',
  'healthy',
  'misconfigured',
  'capabilities',
  'stop',
] as const

export type Check = (typeof CHECKS)[number]

export interface ContractOptions {
  /** What this channel cannot do by its nature, each with the reason. */
  cannot?: Partial<Record<Check, string>>
  /** An account with wrong credentials. */
  openMisconfigured?: () => Promise<Fixture>
}

const RANK: Record<ReceiptStatus, number> = { accepted: 0, sent: 1, delivered: 2, read: 3, failed: 4 }
const PATIENCE_MS = 15_000
const LONGEST_TEXT = 3000
const SLOWEST_STOP_MS = 2000
const PICTURE = { name: 'pixel.png', mimeType: 'image/png', content: PNG }

/** What every channel must get right, run against its own adapter and remote party. */
export function adapterContract(name: string, open: () => Promise<Fixture>, options: ContractOptions = {}): void {
  describe(`${name}: adapter contract`, () => {
    let fixture: Fixture
    beforeAll(async () => {
      fixture = await open()
      // Some channels may only answer: the customer has always written first.
      await said(fixture, `hello ${randomUUID()}`)
    }, 60_000)
    afterAll(async () => {
      await fixture?.close()
    }, 30_000)

    const check = (key: Check, title: string, run: () => Promise<void>) => {
      const reason = options.cannot?.[key]
      if (reason === undefined) it(title, run, 40_000)
      else it.skip(`${title} (cannot: ${reason})`, () => {})
    }
    inboundChecks(check, () => fixture)
    outboundChecks(check, () => fixture)
    failureChecks(check, () => fixture)
    accountChecks(check, () => fixture, options)
  })
}

type Declare = (key: Check, title: string, run: () => Promise<void>) => void

function inboundChecks(check: Declare, fixture: () => Fixture): void {
  check('inbound text', 'a customer’s words arrive unchanged, under their canonical address', async () => {
    const text = `你好 🎂 <b>&"'\\ ${randomUUID()}`
    const message = await said(fixture(), text)
    expect(message.text.trim()).toBe(text)
    expect(message.account).toBe(fixture().context.account)
    expect(message.from.address).toBe(fixture().customer)
    expect(message.id).not.toBe('')
    expect(message.thread).not.toBe('')
    expect(Math.abs(message.at - Date.now())).toBeLessThan(120_000)
  })

  check('inbound picture', 'a customer’s picture can be read, byte for byte', async () => {
    const { peer, sink, customer } = fixture()
    const before = sink.events.length
    await peer.say(customer, { text: '', media: [PICTURE] })
    const message = await nextMessage(fixture(), before, (found) => found.media.length > 0)
    const kept = await fetched(fixture(), message.media[0])
    expect(kept.mimeType).toBe('image/png')
    expect(new Uint8Array(await fixture().context.media.read(kept.id))).toEqual(PNG)
  })

  check('same event, same id', 'what is handed over twice has the same id both times', async () => {
    const { peer, sink, customer } = fixture()
    const text = `twice ${randomUUID()}`
    sink.loseAnswerNext(1)
    await peer.say(customer, { text }).catch(() => {})
    const copies = () => sink.of('message').filter((message) => message.text.trim() === text)
    await sink.until(() => copies().length >= 2, PATIENCE_MS)
    expect(new Set(copies().map((message) => message.id)).size).toBe(1)
  })

  check('not kept, comes again', 'what the hub could not keep is not acknowledged, and comes again', async () => {
    const { peer, sink, customer } = fixture()
    const text = `again ${randomUUID()}`
    const rejectedBefore = sink.rejected
    const cursorBefore = JSON.stringify(sink.cursor)
    let cursorAtRejection: string | undefined
    sink.rejectNext(1)
    const saying = peer.say(customer, { text }).catch(() => {})
    await sink.until(() => {
      if (sink.rejected > rejectedBefore) cursorAtRejection ??= JSON.stringify(sink.cursor)
      return cursorAtRejection !== undefined
    }, PATIENCE_MS)
    expect(cursorAtRejection).toBe(cursorBefore)
    expect((await sink.waitForMessage(text, PATIENCE_MS)).from.address).toBe(fixture().customer)
    await saying
    const told = fixture().http?.hooks.answers.map((answer) => answer.status) ?? [503]
    expect(told.some((status) => status >= 300)).toBe(true)
  })

  check('canonical addresses', 'addresses are canonical, and garbage is none', async () => {
    const { adapter, channel, customer } = fixture()
    const normalize = (raw: string) => adapter.normalize(raw)
    expect(normalize(customer)).toBe(customer)
    expect(normalize(`  ${customer} `)).toBe(customer)
    for (const garbage of ['', '   ', '\u0000', '<script>', 'a b c']) expect(normalize(garbage)).toBeNull()
    const typed = channel.normalize(customer)
    if (typed !== null) expect(typed).toBe(customer)
  })
}

function outboundChecks(check: Declare, fixture: () => Fixture): void {
  check('outbound text', 'text arrives on the device exactly as written', async () => {
    const text = `您好，订单已发货 🚚\nsecond line <b>&"'\\ %s {{x}} ${randomUUID()}`
    const shown = await arriving(fixture(), { text })
    expect(clean(shown[0]?.text)).toBe(text)
  })

  check('outbound long text', 'a long text arrives whole', async () => {
    const { maxLength } = fixture().adapter.capabilities.text
    const text = `${randomUUID()} ${'长长的话 and words 🎈. '.repeat(400)}`.slice(0, Math.min(maxLength, LONGEST_TEXT))
    const whole = text
      .toWellFormed()
      .replace(/\uFFFD$/, '')
      .trim()
    const shown = await arriving(fixture(), { text: whole }, (found) => squeezed(found) === squeeze(whole))
    expect(squeezed(shown)).toBe(squeeze(whole))
  })

  check('outbound picture', 'a picture arrives byte for byte, with its words', async () => {
    const media = [await outboundMedia(fixture().context, PICTURE)]
    const text = `look ${randomUUID()}`
    const complete = (found: DeviceMessage[]) =>
      found.some((message) => message.media.length > 0) && squeezed(found) === squeeze(text)
    const shown = await arriving(fixture(), { text, media }, complete)
    const picture = shown.flatMap((message) => message.media)[0]
    expect(new Uint8Array(picture?.content ?? [])).toEqual(PNG)
    expect(picture?.mimeType).toBe('image/png')
    expect(shown.flatMap((message) => message.media)).toHaveLength(1)
  })

  check('unique ids', 'every send has ids of its own', async () => {
    const results = []
    for (let count = 0; count < 3; count += 1) results.push(await send(fixture(), { text: `same words` }))
    const ids = results.flatMap((result) => (result.ok ? result.ids : []))
    expect(results.every((result) => result.ok)).toBe(true)
    expect(ids.every((id) => id.length > 0)).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })

  check('receipts', 'the receipts that are promised come, climb, and name the send', async () => {
    const { adapter, peer, sink, customer } = fixture()
    const message = await composed(fixture(), { text: `ticks ${randomUUID()}` })
    const result = await adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
    if (!result.ok) throw new Error(JSON.stringify(result))
    await untilShown(fixture(), (found) => found.some((one) => clean(one.text) === message.text))
    await peer.look(customer)
    const ours = () =>
      sink
        .of('receipt')
        .filter(({ of }) => ('remote' in of ? result.ids.includes(of.remote) : of.sendKey === message.sendKey))
    for (const status of adapter.capabilities.receipts.filter((status) => status !== 'failed'))
      await sink.until(() => ours().some((receipt) => receipt.status === status), PATIENCE_MS)
    const ranks = ours().map((receipt) => RANK[receipt.status])
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
  })
}

function failureChecks(check: Declare, fixture: () => Fixture): void {
  check('refuse', 'a provider that cannot be reached is tried again, and the message goes once', async () => {
    fixture().peer.fail('refuse', 1)
    const message = await composed(fixture(), { text: `refused ${randomUUID()}` })
    const result = await fixture().adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
    // A connection that was opened and then closed looks like a lost answer: then `confirm` must clear it up.
    if (!result.ok && result.failure.class === 'uncertain') await expectNotSent(fixture(), message)
    else expect(classOf(result)).toBe('retryable')
    await expectSentOnce(fixture(), message)
  })

  check('throttle', 'a provider that wants us slower says for how long', async () => {
    fixture().peer.fail('throttle', 1)
    const result = await send(fixture(), { text: `throttled ${randomUUID()}` })
    if (result.ok || result.failure.class !== 'throttled') throw new Error(JSON.stringify(result))
    expect(result.failure.retryAfterMs).toBeGreaterThan(0)
  })

  check('reject', 'a bad address is a permanent failure that people understand', async () => {
    fixture().peer.fail('reject', 1)
    const result = await send(fixture(), { text: `rejected ${randomUUID()}` })
    expect(classOf(result)).toBe('permanent')
    if (!result.ok) expect(result.failure.detail.length).toBeGreaterThan(10)
  })

  check('server error', 'an error of the provider is never taken for success', async () => {
    fixture().peer.fail('server_error', 1)
    const message = await composed(fixture(), { text: `errored ${randomUUID()}` })
    const result = await fixture().adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
    expect(['retryable', 'uncertain']).toContain(classOf(result))
    if (classOf(result) === 'retryable') await expectSentOnce(fixture(), message)
  })

  check('accept then reset', 'a send whose answer was lost never becomes two messages', async () => {
    const { adapter, peer } = fixture()
    peer.fail('accept_then_reset', 1)
    const message = await composed(fixture(), { text: `lost answer ${randomUUID()}` })
    const attemptedAt = Date.now()
    const result = await adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
    expect(result.ok).toBe(false)
    if (adapter.capabilities.idempotency === 'native') {
      expect(['uncertain', 'retryable']).toContain(classOf(result))
      await expectSentOnce(fixture(), message)
      return
    }
    expect(classOf(result)).toBe('uncertain')
    if (adapter.capabilities.idempotency === 'none') return
    const settled = await confirming(fixture()).confirm(message, attemptedAt, AbortSignal.timeout(PATIENCE_MS))
    expect(settled.state).toBe('sent')
    if (settled.state === 'sent') expect(settled.ids[0].length).toBeGreaterThan(0)
  })

  check('confirm never sent', 'a send that never happened is found not to have happened', async () => {
    if (fixture().adapter.capabilities.idempotency !== 'lookup') return
    await expectNotSent(fixture(), await composed(fixture(), { text: `never ${randomUUID()}` }))
  })
}

function accountChecks(check: Declare, fixture: () => Fixture, options: ContractOptions): void {
  check('forged', 'what is not authentic is answered 403 and leaves nothing', async () => {
    const { http, sink } = fixture()
    const webhook = fixture().adapter.receivers.some((receiver) => receiver.mode === 'webhook')
    if (http === undefined) {
      // A webhook without a forgery to try is a hole in the fixture.
      expect(webhook).toBe(false)
      return
    }
    const before = sink.events.length
    expect((await http.forge()).status).toBe(403)
    expect(sink.events.slice(before).filter((event) => event.kind === 'message')).toEqual([])
  })

  check('healthy', 'a running account says it is well', async () => {
    expect(fixture().sink.lastHealth?.state).toBe('ok')
  })

  check('misconfigured', 'wrong credentials are reported with what to do', async () => {
    if (options.openMisconfigured === undefined) return
    const broken = await options.openMisconfigured()
    try {
      await broken.sink.until(() => broken.sink.lastHealth?.state === 'misconfigured', PATIENCE_MS)
      expect(broken.sink.lastHealth?.detail.length).toBeGreaterThan(20)
    } finally {
      await broken.close()
    }
  })

  check('capabilities', 'what is declared makes sense', async () => {
    const { adapter, channel } = fixture()
    const { text, media, concurrency, replyWindow, idempotency } = adapter.capabilities
    expect(text.maxLength).toBeGreaterThan(0)
    expect(text.formats).toContain('plain')
    expect(concurrency).toBeGreaterThan(0)
    for (const limit of Object.values(media)) expect(limit.maxBytes).toBeGreaterThan(0)
    if (replyWindow !== null) expect(replyWindow.ms).toBeGreaterThan(0)
    expect(adapter.confirm !== undefined).toBe(idempotency === 'lookup')
    for (const field of channel.fields) expect([field.key, field.label.en && field.label.zh]).not.toContain('')
  })

  // Last: nothing runs after it.
  check('stop', 'it stops within two seconds', async () => {
    const started = Date.now()
    await Promise.all([fixture().pump.stop(), fixture().adapter.stop()])
    expect(Date.now() - started).toBeLessThan(SLOWEST_STOP_MS)
  })
}

async function said(fixture: Fixture, text: string): Promise<InboundMessage> {
  await fixture.peer.say(fixture.customer, { text })
  return fixture.sink.waitForMessage(text, PATIENCE_MS)
}

async function nextMessage(
  { sink }: Fixture,
  after: number,
  fits: (message: InboundMessage) => boolean,
): Promise<InboundMessage> {
  const fitting = (event: InboundEvent): event is InboundMessage => event.kind === 'message' && fits(event)
  const found = () => sink.events.slice(after).find(fitting)
  await sink.until(() => found() !== undefined, PATIENCE_MS)
  return found() as InboundMessage
}

async function fetched(fixture: Fixture, ref: MediaRef | undefined): Promise<MediaRef & { state: 'stored' }> {
  if (ref?.state === 'stored') return ref
  if (ref?.state !== 'remote') throw new Error(`The picture was not kept: ${JSON.stringify(ref)}`)
  const { fetchMedia } = fixture.adapter as FetchesMedia
  const result = await fetchMedia.call(fixture.adapter, ref.ref, AbortSignal.timeout(PATIENCE_MS))
  if (!result.ok || result.media.state !== 'stored') throw new Error(JSON.stringify(result))
  return result.media
}

/** A message in answer to the newest one of the customer. */
async function composed(fixture: Fixture, over: Partial<Outbound>): Promise<Outbound> {
  const newest = fixture.sink.of('message').at(-1)
  return outbound(fixture.customer, { thread: newest?.thread ?? null, replyTo: newest?.id ?? null, ...over })
}

async function send(fixture: Fixture, over: Partial<Outbound>): Promise<SendResult> {
  return fixture.adapter.send(await composed(fixture, over), AbortSignal.timeout(PATIENCE_MS))
}

/** Sends, and gives what became new on the device. */
async function arriving(
  fixture: Fixture,
  over: Partial<Outbound>,
  complete: (found: DeviceMessage[]) => boolean = (found) => found.length > 0,
): Promise<DeviceMessage[]> {
  const before = new Set(fixture.peer.device(fixture.customer).map((message) => message.id))
  const result = await send(fixture, over)
  expect(result).toMatchObject({ ok: true })
  const fresh = () => ourMessages(fixture).filter((message) => !before.has(message.id))
  await untilShown(fixture, () => complete(fresh()))
  return fresh()
}

const ourMessages = ({ peer, customer }: Fixture): DeviceMessage[] =>
  peer.device(customer).filter((message) => message.by === 'hub')

async function untilShown(fixture: Fixture, holds: (found: DeviceMessage[]) => boolean): Promise<void> {
  await expect
    .poll(() => holds(ourMessages(fixture)), { timeout: PATIENCE_MS, interval: 20, message: 'shown on the device' })
    .toBe(true)
}

/** Repeats a failed send as the hub would, and counts the bubbles. */
async function expectSentOnce(fixture: Fixture, message: Outbound): Promise<void> {
  const again = await fixture.adapter.send(message, AbortSignal.timeout(PATIENCE_MS))
  expect(again).toMatchObject({ ok: true })
  const copies = () => ourMessages(fixture).filter((shown) => clean(shown.text) === message.text).length
  await untilShown(fixture, () => copies() > 0)
  expect(copies()).toBe(1)
}

async function expectNotSent(fixture: Fixture, message: Outbound): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const settled = await confirming(fixture).confirm(message, Date.now(), signal)
  expect(settled).toEqual({ state: 'not_sent' })
}

function confirming(fixture: Fixture): Confirms {
  expect(fixture.adapter.confirm).toBeDefined()
  return fixture.adapter as Confirms
}

const classOf = (result: SendResult): string => (result.ok ? 'ok' : result.failure.class)

/** Mail ends lines by CR LF and texts by a line end: both are the wire's, not the writer's. */
const clean = (text: string | undefined): string | undefined => text?.replaceAll('\r\n', '\n').replace(/\n+$/, '')

/** Where a channel splits a long text, the blanks at the cuts may go. */
const squeeze = (text: string): string => text.replace(/\s+/g, '')

const squeezed = (found: DeviceMessage[]): string => squeeze(found.map((message) => message.text).join(''))
