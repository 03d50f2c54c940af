import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Audience, EventEnvelope } from '../../../src/bus.ts'
import { EVENTS_SUBJECT } from '../../../src/bus.ts'
import { announceTyping } from '../../../src/http/typing.ts'
import type { AgentId, TeamId } from '../../../src/model.ts'
import type { LiveEvent } from '../../../src/views.ts'
import { type HttpHub, type Person, startHttpHub } from '../../support/http-hub.ts'

interface Heard {
  id: string | null
  event: LiveEvent
}

interface Stream {
  heard: Heard[]
  position: string
  ended: boolean
  close(): void
}

let hub: HttpHub
let admin: Person
beforeAll(async () => {
  hub = await startHttpHub('sqlite')
  admin = await hub.person('administrator')
})
afterAll(() => hub.close())

const readInto = async (stream: Stream, body: ReadableStream<Uint8Array>) => {
  let rest = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1] ?? null
      if (id) stream.position = id
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data) stream.heard.push({ id, event: JSON.parse(data) as LiveEvent })
    }
  }
}

const listen = async (person: Person, lastEventId?: string): Promise<Stream> => {
  const abort = new AbortController()
  const response = await fetch(`${hub.url}/api/v1/events`, {
    headers: {
      authorization: `Bearer ${person.token}`,
      ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
    },
    signal: abort.signal,
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const stream: Stream = { heard: [], position: '', ended: false, close: () => abort.abort() }
  readInto(stream, response.body as ReadableStream<Uint8Array>).then(
    () => {
      stream.ended = true
    },
    () => {
      stream.ended = true
    },
  )
  return stream
}

const staff: Audience = { kind: 'staff' }
const contact = (contactId: string): LiveEvent => ({ type: 'contact.changed', contactId, joinedInto: null })
const publish = (...items: EventEnvelope['items']) =>
  hub.bus.publish(EVENTS_SUBJECT, JSON.stringify({ v: 1, items } satisfies EventEnvelope))
const say = (id: string, audience: Audience = staff) => publish({ audience, event: contact(id) })

const contactsOf = (stream: Stream): string[] =>
  stream.heard.flatMap(({ event }) => (event.type === 'contact.changed' ? [event.contactId] : []))

const untilHeard = (stream: Stream, id: string) => vi.waitFor(() => expect(contactsOf(stream)).toContain(id))

test('everybody hears what happens, in order, with the position to resume from', async () => {
  const streams = await Promise.all([listen(admin), listen(admin)])
  for (const id of ['one', 'two', 'three']) await say(id)
  for (const stream of streams) {
    await untilHeard(stream, 'three')
    expect(contactsOf(stream)).toEqual(['one', 'two', 'three'])
    expect(stream.heard.every(({ id }) => id !== null)).toBe(true)
    stream.close()
  }
})

test('who comes back hears what was missed, from the very event, and nothing twice', async () => {
  const first = await listen(admin)
  await publish(...['a', 'b', 'c'].map((id) => ({ audience: staff, event: contact(id) })))
  await untilHeard(first, 'c')
  const afterA = first.heard.find(({ event }) => event.type === 'contact.changed' && event.contactId === 'a')?.id
  const afterC = first.position
  first.close()
  expect(afterA).toMatch(/^\d+\.0$/)
  expect(afterC).toMatch(/^\d+$/)
  await say('d')

  const middle = await listen(admin, afterA ?? '')
  await untilHeard(middle, 'd')
  expect(contactsOf(middle)).toEqual(['b', 'c', 'd'])
  middle.close()

  const end = await listen(admin, afterC)
  await say('e')
  await untilHeard(end, 'e')
  expect(contactsOf(end)).toEqual(['d', 'e'])
  end.close()
})

test.each(['999999999', 'nonsense', '0'])(
  'a position that is not known (%s) means: fetch everything again',
  async (id) => {
    const known = id === '0'
    const stream = await listen(admin, id)
    if (known) await vi.waitFor(() => expect(stream.heard.length).toBeGreaterThan(0))
    else await vi.waitFor(() => expect(stream.heard[0]?.event).toEqual({ type: 'reset' }))
    stream.close()
  },
)

describe('rights', () => {
  const conversation = (teamId: string | null, assigneeId: string | null): Audience => ({
    kind: 'conversation',
    teamId,
    assigneeId,
    accountId: 'acc',
  })

  test('an agent hears of their teams, of what is theirs and of no team; a marketer of no conversation', async () => {
    const made = await hub.ask(admin, 'POST', '/api/v1/teams', { name: 'Harbour' })
    const { id: team } = (await made.json()) as { id: TeamId }
    const agent = await hub.person('agent', { teamIds: [team] })
    const marketer = await hub.person('marketer')
    const [a, m, all] = await Promise.all([listen(agent), listen(marketer), listen(admin)])
    await say('other team', conversation('other', null))
    await say('own team', conversation(team, null))
    await say('assigned', conversation('other', agent.id))
    await say('no team', conversation(null, null))
    await say('administrators', { kind: 'administrators' })
    await publish(
      { audience: conversation('other', null), event: contact('mixed hidden') },
      { audience: staff, event: contact('mixed shown') },
    )
    await untilHeard(all, 'mixed shown')
    await untilHeard(a, 'mixed shown')
    await untilHeard(m, 'mixed shown')
    expect(contactsOf(a)).toEqual(['own team', 'assigned', 'no team', 'mixed shown'])
    expect(contactsOf(m)).toEqual(['mixed shown'])
    expect(contactsOf(all)).toHaveLength(7)
    for (const stream of [a, m, all]) stream.close()
  })

  test('what is missed is given by the same rights', async () => {
    const agent = await hub.person('agent')
    const before = await listen(agent)
    await say('seen')
    await untilHeard(before, 'seen')
    before.close()
    await say('hidden', conversation('other', null))
    await say('shown')
    const after = await listen(agent, before.position)
    await untilHeard(after, 'shown')
    expect(contactsOf(after)).toEqual(['shown'])
    after.close()
  })

  test('who joins a team hears of it from then on, without a new connection', async () => {
    const made = await hub.ask(admin, 'POST', '/api/v1/teams', { name: 'Late shift' })
    const { id: team } = (await made.json()) as { id: TeamId }
    const agent = await hub.person('agent')
    const stream = await listen(agent)
    await hub.ask(admin, 'PATCH', `/api/v1/agents/${agent.id}`, { teamIds: [team] })
    await vi.waitFor(async () => {
      await say('late', conversation(team, null))
      expect(contactsOf(stream)).toContain('late')
    })
    stream.close()
  })

  test('a disabled agent is cut off', async () => {
    const agent = await hub.person('agent')
    const stream = await listen(agent)
    await hub.ask(admin, 'PATCH', `/api/v1/agents/${agent.id}`, { disabled: true })
    await vi.waitFor(() => expect(stream.ended).toBe(true))
  })
})

test('typing is heard by those who see the conversation, and moves no position', async () => {
  const agent = await hub.person('agent')
  const marketer = await hub.person('marketer')
  const { id } = await hub.conversation()
  const [a, m] = await Promise.all([listen(agent), listen(marketer)])
  const response = await hub.ask(admin, 'POST', `/api/v1/conversations/${id}/typing`, { on: true })
  expect(response.status).toBe(204)
  await vi.waitFor(() => expect(a.heard.some(({ event }) => event.type === 'typing')).toBe(true))
  const typed = a.heard.find(({ event }) => event.type === 'typing')
  expect(typed).toEqual({
    id: null,
    event: { type: 'typing', conversationId: id, who: 'agent', agentId: admin.id, on: true },
  })
  expect(hub.typed).toContainEqual({ conversation: id, on: true })
  await say('after')
  await untilHeard(m, 'after')
  expect(m.heard.some(({ event }) => event.type === 'typing')).toBe(false)
  announceTyping(
    hub.bus,
    { id, team_id: null, assignee_id: null, account_id: 'x' as never },
    { who: 'customer', agentId: null, on: false },
  )
  await vi.waitFor(() => expect(a.heard.filter(({ event }) => event.type === 'typing')).toHaveLength(2))
  a.close()
  m.close()
})

test('an agent is connected while an inbox is open', async () => {
  const agent = await hub.person('agent')
  const connected = async () => {
    const row = await hub.db.kysely
      .selectFrom('agents')
      .select('connected')
      .where('id', '=', agent.id as AgentId)
      .executeTakeFirstOrThrow()
    return row.connected
  }
  expect(await connected()).toBe(0)
  const stream = await listen(agent)
  await vi.waitFor(async () => expect(await connected()).toBe(1))
  stream.close()
})

test('a client that takes nothing is cut off, the others hear on', async () => {
  const streams = async () => {
    const text = await (await fetch(`${hub.url}/metrics`)).text()
    return Number(/^onethread_event_streams (\d+)$/m.exec(text)?.[1])
  }
  await vi.waitFor(async () => expect(await streams()).toBe(0))
  const good = await listen(admin)
  const { hostname, port } = new URL(hub.url)
  const deaf = net.connect({ host: hostname, port: Number(port) })
  deaf.on('error', () => {})
  deaf.pause()
  deaf.write(`GET /api/v1/events HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${admin.token}\r\n\r\n`)
  await vi.waitFor(async () => expect(await streams()).toBe(2))
  const long = 'x'.repeat(100_000)
  await vi.waitFor(
    async () => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => say(`${i}${long}`)))
      expect(await streams()).toBe(1)
    },
    { timeout: 20_000, interval: 10 },
  )
  await say('still here')
  await untilHeard(good, 'still here')
  deaf.destroy()
  good.close()
})
