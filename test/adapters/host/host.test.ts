import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createHost, type Host, type HostAccount } from '../../../adapters/host.ts'
import type { Viewer } from '../../../conversations/viewer.ts'
import { openLeases } from '../../../src/leases.ts'
import { openMediaStore } from '../../../src/media.ts'
import type { AccountId, Cursor, RemoteId, SendResult } from '../../../src/model.ts'
import { openSharedValues } from '../../../src/shared-values.ts'
import { inbound, startTestCore, type TestCore } from '../../support/core.ts'
import { accepted, createPigeon, type Pigeon } from './pigeon.ts'

/** The host between a channel at the contract and a real core on a real bus. */

let t: TestCore
let folder: string
let accounts: HostAccount[]
let closing: (() => Promise<unknown>)[]
const complaints: string[] = []
const patient = { timeout: 15_000, interval: 10 }

beforeEach(async () => {
  t = await startTestCore('sqlite')
  folder = await mkdtemp(path.join(os.tmpdir(), 'host-'))
  accounts = [
    { id: t.accounts.sms, channel: 'sms', name: 'Loft', config: { loft: 'north' }, enabled: true, version: '1' },
  ]
  closing = []
  complaints.length = 0
})
afterEach(async () => {
  for (const close of closing.reverse()) await close()
  await t.close()
  await rm(folder, { recursive: true, force: true })
})

const startHost = async (pigeon: Pigeon, node = 'test-node'): Promise<Host> => {
  const { bus } = t.nats
  const log = (_: object, message: string) => void complaints.push(message)
  const host = createHost({
    bus,
    leases: await openLeases(bus, node, (error) => void complaints.push(String(error))),
    shared: await openSharedValues(bus, node, Date.now, { seal: (text) => text, open: (text) => text }),
    publicUrl: 'http://127.0.0.1:9',
    stateDir: folder,
    media: await openMediaStore(path.join(folder, 'media')),
    secretOf: () => new Uint8Array(32),
    async cursor(account, receiver) {
      const row = await t.db.kysely
        .selectFrom('account_cursors')
        .select('cursor')
        .where('account_id', '=', account)
        .where('receiver', '=', receiver)
        .executeTakeFirst()
      return row ? (JSON.parse(row.cursor) as Cursor) : null
    },
    claim: (id) => t.core.claim(id),
    history: async () => [],
    attended: async () => true,
    mayRead: async () => false,
    onTyping() {},
    now: Date.now,
    log: { debug: log, info: log, warn: log, error: log },
    onReceived() {},
    onSent() {},
    channels: [pigeon.channel],
    accounts: async () => accounts,
  })
  closing.push(() => host.stop())
  await host.start()
  return host
}

/** A conversation to each of these numbers, and an agent's answers to it. */
const conversationWith = async (address: string) => {
  const agentId = await t.addAgent({ online: false })
  const viewer: Viewer = { agentId, role: 'administrator', teamIds: [] }
  await t.receive(inbound(t.accounts.sms, address, 'hi'))
  await t.settled()
  const row = await t.db.kysely
    .selectFrom('conversations')
    .innerJoin('identities', 'identities.id', 'conversations.identity_id')
    .select('conversations.id')
    .where('identities.address', '=', address)
    .executeTakeFirstOrThrow()
  return async (text: string) => {
    const sent = await t.core.commands.reply(viewer, row.id, { text, attachmentIds: [] })
    if (!sent.ok) throw new Error(sent.problem.detail)
  }
}
const states = async () =>
  Object.fromEntries(
    (
      await t.db.kysely
        .selectFrom('deliveries')
        .innerJoin('messages', 'messages.id', 'deliveries.message_id')
        .select(['messages.text', 'deliveries.state'])
        .execute()
    ).map((row) => [row.text, row.state]),
  )
const health = async () =>
  JSON.parse(
    (await t.db.kysely.selectFrom('accounts').select('health').where('id', '=', t.accounts.sms).executeTakeFirst())
      ?.health ?? '{}',
  )
const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('one person’s messages go in order, different people’s side by side', async () => {
  const pigeon = createPigeon()
  const held = gate()
  pigeon.send = async (message) => {
    if (message.text === 'a1') await held.opened
    return accepted(message.sendKey)
  }
  const [a, b] = [await conversationWith('+1'), await conversationWith('+2')]
  await startHost(pigeon)
  for (const text of ['a1', 'a2', 'a3']) await a(text)
  await b('b1')
  await vi.waitFor(async () => expect(await states()).toMatchObject({ a1: 'sending', b1: 'accepted' }), patient)
  expect(pigeon.sent.map((message) => message.text)).not.toContain('a2')
  held.open()
  await vi.waitFor(async () => expect(await states()).toMatchObject({ a2: 'accepted', a3: 'accepted' }), patient)
  const ofA = pigeon.sent.filter((message) => message.to.address === '+1')
  expect(ofA.map((message) => message.text)).toEqual(['a1', 'a2', 'a3'])
})

test('no more are in flight at once than the channel takes', async () => {
  const pigeon = createPigeon({ concurrency: 2 })
  const held = gate()
  pigeon.send = async (message) => {
    await held.opened
    return accepted(message.sendKey)
  }
  const people = ['+1', '+2', '+3', '+4', '+5']
  for (const address of people) await (await conversationWith(address))(`to ${address}`)
  await startHost(pigeon)
  await vi.waitFor(() => expect(pigeon.sent).toHaveLength(2), patient)
  held.open()
  await vi.waitFor(() => expect(pigeon.sent).toHaveLength(5), patient)
  expect(pigeon.mostAtOnce).toBe(2)
})

test('a provider that slows us down is left alone until it said, by everybody', async () => {
  const pigeon = createPigeon()
  let slowedAt = 0
  pigeon.send = async (message) => {
    if (slowedAt) return accepted(message.sendKey)
    slowedAt = Date.now()
    return { ok: false, failure: { class: 'throttled', code: '429', detail: 'slow down', retryAfterMs: 700 } }
  }
  const [a, b] = [await conversationWith('+1'), await conversationWith('+2')]
  await startHost(pigeon)
  await a('a1')
  await vi.waitFor(() => expect(slowedAt).toBeGreaterThan(0), patient)
  await b('b1')
  await vi.waitFor(async () => expect(await states()).toEqual({ a1: 'accepted', b1: 'accepted' }), patient)
  expect(Date.now() - slowedAt).toBeGreaterThanOrEqual(690)
  expect(pigeon.sent).toHaveLength(3)
})

const lost: SendResult = { ok: false, failure: { class: 'uncertain', code: 'reset', detail: 'no answer' } }

test('a send whose answer was lost is asked for, and never sent again by guess', async () => {
  const pigeon = createPigeon({ idempotency: 'lookup' })
  pigeon.send = async () => lost
  pigeon.confirm = async () => ({ state: 'sent', ids: ['found' as RemoteId] })
  const say = await conversationWith('+1')
  await startHost(pigeon)
  await say('once')
  await vi.waitFor(async () => expect(await states()).toEqual({ once: 'accepted' }), patient)
  expect(pigeon.sent).toHaveLength(1)
})

test('where nobody can be asked it is unknown, and stays with a person', async () => {
  const pigeon = createPigeon()
  pigeon.send = async () => lost
  const say = await conversationWith('+1')
  await startHost(pigeon)
  await say('once')
  await vi.waitFor(async () => expect(await states()).toEqual({ once: 'unknown' }), patient)
  expect(pigeon.sent).toHaveLength(1)
})

test('where the same key is the same message it is sent again with that key', async () => {
  const pigeon = createPigeon({ idempotency: 'native' })
  pigeon.send = async (message) => (pigeon.sent.length === 1 ? lost : accepted(message.sendKey))
  const say = await conversationWith('+1')
  await startHost(pigeon)
  await say('safe')
  await vi.waitFor(async () => expect(await states()).toEqual({ safe: 'accepted' }), patient)
  expect(pigeon.sent).toHaveLength(2)
  expect(new Set(pigeon.sent.map((message) => message.sendKey)).size).toBe(1)
})

test('an adapter that throws leaves its message unknown and the others unharmed', async () => {
  const pigeon = createPigeon()
  pigeon.send = async (message) => {
    if (message.text === 'bad') throw new Error('a bug')
    return accepted(message.sendKey)
  }
  const [a, b] = [await conversationWith('+1'), await conversationWith('+2')]
  await startHost(pigeon)
  await a('bad')
  await b('good')
  await vi.waitFor(async () => expect(await states()).toEqual({ bad: 'unknown', good: 'accepted' }), patient)
  expect(complaints).toContain('Account trouble')
})

test('a stop waits for what is in hand; what was not begun goes at the next start, at once', async () => {
  const pigeon = createPigeon({ concurrency: 1 })
  const held = gate()
  pigeon.send = async (message) => {
    await held.opened
    return accepted(message.sendKey)
  }
  const [a, b] = [await conversationWith('+1'), await conversationWith('+2')]
  const host = await startHost(pigeon)
  await a('in hand')
  await vi.waitFor(() => expect(pigeon.sent).toHaveLength(1), patient)
  await b('not begun')
  const stopped = host.stop()
  held.open()
  await stopped
  expect(pigeon.stops).toBe(1)
  await t.settled()
  expect(await states()).toMatchObject({ 'in hand': 'accepted' })
  const next = createPigeon()
  await startHost(next)
  await vi.waitFor(async () => expect(await states()).toMatchObject({ 'not begun': 'accepted' }), { timeout: 5_000 })
  expect([...pigeon.sent, ...next.sent].map((message) => message.text)).toEqual(['in hand', 'not begun'])
})

test('what cannot be kept is answered 503, so that the provider comes again', async () => {
  const pigeon = createPigeon()
  pigeon.receivers = [
    {
      mode: 'webhook',
      name: 'webhook',
      async handle(request, sink) {
        await sink.emit(inbound(t.accounts.sms, '+1', await request.text()))
        return new Response('kept')
      },
    },
  ]
  const host = await startHost(pigeon)
  const post = (body: string) =>
    host.handle(t.accounts.sms, new Request('http://127.0.0.1:9/hooks/x', { method: 'POST', body }))
  expect((await post('first'))?.status).toBe(200)
  const away = vi.spyOn(t.nats.bus, 'publishIn').mockRejectedValue(new Error('bus is away'))
  const refused = await post('second')
  away.mockRestore()
  expect(refused?.status).toBe(503)
  expect(refused?.headers.get('retry-after')).toBeTruthy()
  await t.settled()
  const texts = await t.db.kysely.selectFrom('messages').select('text').execute()
  expect(texts).toEqual([{ text: 'first' }])
  expect(await host.handle('nobody' as AccountId, new Request('http://127.0.0.1:9/'))).toBeNull()
})

test('a connection that breaks is made again, from where it was; only what stays broken is a trouble', async () => {
  const pigeon = createPigeon()
  const from: (Cursor | null)[] = []
  pigeon.receivers = [
    {
      mode: 'stream',
      name: 'wire',
      async run(cursor, sink, signal) {
        from.push(cursor)
        if (from.length === 1) {
          await sink.emit(inbound(t.accounts.sms, '+1', 'one'), { upTo: 1 })
          await t.settled()
        }
        if (from.length < 3) throw new Error('connection lost')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    },
  ]
  const host = await startHost(pigeon)
  await vi.waitFor(() => expect(from.slice(0, 2)).toEqual([null, { upTo: 1 }]), patient)
  await vi.waitFor(() => expect(from).toHaveLength(3), patient)
  expect(complaints.filter((complaint) => complaint === 'Account trouble')).toHaveLength(1)
  // Ends the connection that is open: else this would hang.
  await host.stop()
})

test('a giant page goes as a file and the message stays small', async () => {
  const pigeon = createPigeon()
  await startHost(pigeon)
  const text = 'x'.repeat(1_500_000)
  await pigeon.sink?.emit(inbound(t.accounts.sms, '+1', text, { html: `<p>${text}</p>` }))
  await t.settled()
  const message = await t.db.kysely.selectFrom('messages').selectAll().executeTakeFirstOrThrow()
  expect(message.html).toBeNull()
  expect(message.text).toHaveLength(200_000)
  const files = await t.db.kysely.selectFrom('attachments').select(['name', 'size', 'state']).orderBy('name').execute()
  expect(files).toEqual([
    { name: 'message.html', size: 1_500_007, state: 'stored' },
    { name: 'message.txt', size: 1_500_000, state: 'stored' },
  ])
})

test('wrong settings are told in the account’s health; mended ones start it', async () => {
  const pigeon = createPigeon()
  const [account] = accounts as [HostAccount]
  accounts = [{ ...account, config: { loft: '' } }]
  const host = await startHost(pigeon)
  await vi.waitFor(async () => expect(await health()).toMatchObject({ state: 'misconfigured' }), patient)
  expect((await health()).detail).toContain('Say which loft.')
  accounts = [{ ...account, version: '2' }]
  await host.reload()
  expect(pigeon.starts).toEqual(['north'])
})

test('changed settings restart the account, the same ones do not, a disabled one stops', async () => {
  const pigeon = createPigeon()
  const host = await startHost(pigeon)
  await host.reload()
  expect(pigeon.starts).toEqual(['north'])
  const [account] = accounts as [HostAccount]
  accounts = [{ ...account, config: { loft: 'south' }, version: '2' }]
  t.nats.bus.signal('accounts.changed', {})
  await vi.waitFor(() => expect(pigeon.starts).toEqual(['north', 'south']), patient)
  expect(pigeon.stops).toBe(1)
  accounts = [{ ...account, enabled: false, version: '3' }]
  await host.reload()
  expect(pigeon.stops).toBe(2)
})

test('an account that cannot start says so in its health', async () => {
  const pigeon = createPigeon()
  const create = pigeon.channel.create
  pigeon.channel.create = (config, context) => ({
    ...create(config, context),
    start: () => Promise.reject(new Error('no loft there')),
  })
  await startHost(pigeon)
  await vi.waitFor(async () => expect((await health()).detail).toContain('no loft there'), { timeout: 3_000 })
})
