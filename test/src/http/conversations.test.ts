import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TeamId } from '../../../src/model.ts'
import type { AttachmentView, ContactView, ConversationView, MessageView, RouteView } from '../../../src/views.ts'
import { DIALECTS } from '../../support/databases.ts'
import { type HttpHub, type Person, startHttpHub } from '../../support/http-hub.ts'
import { PNG } from '../../support/pictures.ts'

interface Page<T> {
  items: T[]
  nextCursor: string | null
}

describe.each(DIALECTS)('conversations over HTTP on %s', (dialect) => {
  let hub: HttpHub
  let admin: Person
  let agent: Person
  let team: TeamId

  beforeAll(async () => {
    hub = await startHttpHub(dialect)
    admin = await hub.person('administrator', { name: 'Ada' })
    const made = await hub.ask(admin, 'POST', '/api/v1/teams', { name: 'North' })
    team = ((await made.json()) as { id: TeamId }).id
    agent = await hub.person('agent', { teamIds: [team] })
  })
  afterAll(() => hub.close())

  const json = async <T>(response: Response, status = 200): Promise<T> => {
    const text = await response.text()
    expect(response.status, text).toBe(status)
    return JSON.parse(text) as T
  }
  const get = async <T>(person: Person, path: string): Promise<T> =>
    json(await hub.ask(person, 'GET', `/api/v1${path}`))
  const post = (person: Person, path: string, body?: unknown, headers?: Record<string, string>) =>
    hub.ask(person, 'POST', `/api/v1${path}`, body, headers)
  const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

  test('an agent sees those of their teams, of no team and their own; what is hidden looks like what is not there', async () => {
    const other = ((await json<{ id: TeamId }>(await post(admin, '/teams', { name: 'South' }), 201)) as { id: TeamId })
      .id
    const [north, south, mine] = [
      await hub.conversation({ teamId: team }),
      await hub.conversation({ teamId: other }),
      await hub.conversation({ teamId: other, assigneeId: agent.id }),
    ]
    const list = await get<Page<ConversationView>>(agent, '/conversations')
    const ids = list.items.map(({ id }) => id)
    expect(ids).toContain(north.id)
    expect(ids).toContain(mine.id)
    expect(ids).not.toContain(south.id)
    for (const path of ['', '/messages', '/routes'])
      expect((await hub.ask(agent, 'GET', `/api/v1/conversations/${south.id}${path}`)).status).toBe(404)
    const note = { kind: 'note', text: 'hi' }
    expect((await post(agent, `/conversations/${south.id}/messages`, note)).status).toBe(404)
    expect((await post(agent, `/conversations/${south.id}/typing`, { on: true })).status).toBe(404)
    expect((await get<ConversationView>(admin, `/conversations/${south.id}`)).id).toBe(south.id)
  })

  test('a reply and a note stand in the thread with their delivery', async () => {
    const { id } = await hub.conversation({ text: 'where is it?' })
    const reply = await json<MessageView>(
      await post(admin, `/conversations/${id}/messages`, { kind: 'reply', text: 'On its way' }),
      201,
    )
    expect(reply).toMatchObject({ direction: 'out', text: 'On its way', authorId: admin.id })
    expect(reply.delivery?.state).toBe('planned')
    await json(await post(admin, `/conversations/${id}/messages`, { kind: 'note', text: 'ask the harbour' }), 201)
    const page = await get<{ items: MessageView[]; nextBefore: number | null }>(admin, `/conversations/${id}/messages`)
    expect(page.items.map(({ text, direction }) => [direction, text])).toEqual([
      ['in', 'where is it?'],
      ['out', 'On its way'],
      ['note', 'ask the harbour'],
    ])
    expect(page.nextBefore).toBeNull()
    const after = await get<ConversationView>(admin, `/conversations/${id}`)
    expect(after.waitingSince).toBeNull()
  })

  test('the same clientId twice is one message; with another text it is refused', async () => {
    const { id } = await hub.conversation()
    const body = { kind: 'reply', text: 'once', clientId: 'client-1' }
    const send = (text: string) => post(admin, `/conversations/${id}/messages`, { ...body, text })
    const first = await json<MessageView>(await send('once'), 201)
    const again = await send('once')
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await json(again, 201)).toEqual(first)
    const changed = await send('twice')
    expect([changed.status, await codeOf(changed)]).toEqual([422, 'key_reused'])
    const page = await get<{ items: MessageView[] }>(admin, `/conversations/${id}/messages`)
    expect(page.items.filter(({ direction }) => direction === 'out')).toHaveLength(1)
  })

  test('requests with one key at once do their work once', async () => {
    const { id } = await hub.conversation()
    const send = () =>
      post(admin, `/conversations/${id}/messages`, { kind: 'note', text: 'x' }, { 'idempotency-key': 'k-1' })
    const answers = await Promise.all([send(), send(), send(), send()])
    for (const { status } of answers) expect([201, 409]).toContain(status)
    expect((await send()).status).toBe(201)
    const page = await get<{ items: MessageView[] }>(admin, `/conversations/${id}/messages`)
    expect(page.items.filter(({ direction }) => direction === 'note')).toHaveLength(1)
  })

  test('a refused request leaves its key free', async () => {
    const { id } = await hub.conversation()
    const send = (text: string) =>
      post(admin, `/conversations/${id}/messages`, { kind: 'note', text }, { 'idempotency-key': 'k-2' })
    expect((await send('  ')).status).toBe(422)
    expect((await send('now with words')).status).toBe(201)
  })

  test('after a crash between the work and its answer, the same key gives the message that was stored', async () => {
    const { id } = await hub.conversation()
    const send = (body: object) => post(admin, `/conversations/${id}/messages`, body, { 'idempotency-key': 'k-3' })
    const forgetAnswer = (result: string | null | undefined) =>
      hub.db.kysely
        .updateTable('idempotency')
        .set({ status: null, body: null, ...(result === undefined ? {} : { result }) })
        .where('key', '=', 'k-3')
        .execute()
    const body = { kind: 'reply', text: 'x' }
    const first = await json<MessageView>(await send(body), 201)
    await forgetAnswer(undefined)
    const again = await send(body)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect((await json<MessageView>(again, 201)).id).toBe(first.id)
    const outOf = async () =>
      (await get<{ items: MessageView[] }>(admin, `/conversations/${id}/messages`)).items.filter(
        ({ direction }) => direction === 'out',
      ).length
    expect(await outOf()).toBe(1)

    await forgetAnswer(null)
    expect((await send(body)).status).toBe(201)
    expect(await outOf()).toBe(2)
  })

  test('other work that was interrupted is not repeated blindly', async () => {
    const send = () => post(admin, '/contacts', { name: 'Nobody twice' }, { 'idempotency-key': 'k-4' })
    expect((await send()).status).toBe(201)
    await hub.db.kysely
      .updateTable('idempotency')
      .set({ status: null, body: null, created_at: Date.now() - 61_000 })
      .where('key', '=', 'k-4')
      .execute()
    const again = await send()
    expect([again.status, await codeOf(again)]).toEqual([409, 'interrupted'])
  })

  test('what does not fit says what and where', async () => {
    const { id } = await hub.conversation()
    const path = `/conversations/${id}/messages`
    const wrong = await post(admin, path, { kind: 'shout', text: 1 })
    expect(wrong.headers.get('content-type')).toBe('application/problem+json')
    const problem = await json<{ code: string; errors: { path: string }[] }>(wrong, 400)
    expect(problem.code).toBe('invalid_body')
    expect(problem.errors.map((error) => error.path)).toEqual(['kind', 'text'])
    expect((await post(admin, path, 'not json {', { 'content-type': 'application/json' })).status).toBe(400)
    const tooLong = await post(admin, path, { kind: 'reply', text: 'x'.repeat(100_000) })
    expect([tooLong.status, await codeOf(tooLong)]).toEqual([413, 'text_too_long'])
    expect((await post(admin, path, { kind: 'note', text: 'x'.repeat(500_001) })).status).toBe(400)
    const huge = await post(admin, path, { kind: 'note', text: 'x'.repeat(5_000_000) })
    expect([huge.status, await codeOf(huge)]).toEqual([413, 'body_too_large'])
    expect((await hub.ask(admin, 'GET', '/api/v1/conversations?limit=1000')).status).toBe(400)
  })

  test('control characters go, emoji and line breaks stay', async () => {
    const { id } = await hub.conversation()
    const body = { kind: 'note', text: 'a\u0000b\u0007\nc 👩‍👩‍👧 \ud800' }
    const note = await json<MessageView>(await post(admin, `/conversations/${id}/messages`, body), 201)
    expect(note.text).toBe('ab\nc 👩‍👩‍👧 \ufffd')
  })

  test('assigning, resolving, labels and reading', async () => {
    const { id } = await hub.conversation({ teamId: team })
    const label = await json<{ id: string }>(await post(admin, '/labels', { name: 'Refund', color: '#aa3311' }), 201)
    const patch = (body: unknown) => hub.ask(admin, 'PATCH', `/api/v1/conversations/${id}`, body)
    const changed = await json<ConversationView>(
      await patch({ assigneeId: agent.id, labelIds: [label.id], priority: 'high' }),
    )
    expect(changed).toMatchObject({ assigneeId: agent.id, labelIds: [label.id], priority: 'high' })
    expect((await post(agent, `/conversations/${id}/read`)).status).toBe(204)
    expect((await get<ConversationView>(agent, `/conversations/${id}`)).unread).toBe(0)
    const resolved = await json<ConversationView>(await patch({ status: 'resolved' }))
    expect(resolved.status).toBe('resolved')
    const found = await get<Page<ConversationView>>(admin, `/conversations?label=${label.id}&status=resolved`)
    expect(found.items.map((item) => item.id)).toEqual([id])
    const page = await get<{ events: { type: string }[] }>(admin, `/conversations/${id}/messages`)
    expect(page.events.map((event) => event.type)).toEqual(expect.arrayContaining(['assigned', 'status']))
  })

  test('a file is uploaded, sent, and read by those who see the conversation only', async () => {
    const { id } = await hub.conversation({ teamId: team })
    const upload = (person: Person, name: string, content: Uint8Array, type: string) =>
      hub.ask(person, 'POST', `/api/v1/attachments?name=${encodeURIComponent(name)}`, content, { 'content-type': type })
    const file = await json<AttachmentView>(await upload(admin, '图.png', PNG, 'image/png'), 201)
    expect(file).toMatchObject({ name: '图.png', mimeType: 'image/png', kind: 'image', size: PNG.byteLength })
    expect((await hub.ask(agent, 'GET', file.url ?? '')).status).toBe(404)
    const sent = await json<MessageView>(
      await post(admin, `/conversations/${id}/messages`, { kind: 'note', text: '', attachmentIds: [file.id] }),
      201,
    )
    expect(sent.attachments.map((attachment) => attachment.id)).toEqual([file.id])
    const got = await hub.ask(agent, 'GET', file.url ?? '')
    expect(got.status).toBe(200)
    expect(got.headers.get('content-type')).toBe('image/png')
    expect(got.headers.get('content-disposition')).toContain(
      'inline; filename="_.png"; filename*=UTF-8\'\'%E5%9B%BE.png',
    )
    expect(got.headers.get('content-security-policy')).toContain('sandbox')
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(PNG)
    const outsider = await hub.person('agent')
    expect((await hub.ask(outsider, 'GET', file.url ?? '')).status).toBe(404)

    const page = Buffer.from('<html><script>alert(1)</script></html>')
    const html = await json<AttachmentView>(await upload(admin, 'x.png', page, 'image/png'), 201)
    const shown = await hub.ask(admin, 'GET', html.url ?? '')
    expect(shown.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(shown.headers.get('content-type')).toBe('application/octet-stream')
  })

  test('a file of more than 25 MB is refused with the limit', async () => {
    const big = new Uint8Array(26 * 1024 * 1024 + 1)
    const response = await hub.ask(admin, 'POST', '/api/v1/attachments?name=big.bin', big, {
      'content-type': 'application/octet-stream',
    })
    expect(response.status).toBe(413)
    expect(((await response.json()) as { detail: string }).detail).toContain('25 MB')
  })

  test('contacts are found, changed, joined and parted', async () => {
    const a = await hub.conversation({ name: 'Li Wei' })
    const b = await hub.conversation({ name: '李伟' })
    const found = await get<Page<ContactView>>(admin, '/contacts?q=LI%20wei')
    expect(found.items.map(({ id }) => id)).toContain(a.contactId)
    const chinese = await get<Page<ContactView>>(admin, `/contacts?q=${encodeURIComponent('李')}`)
    expect(chinese.items.map(({ id }) => id)).toContain(b.contactId)
    const changed = await json<ContactView>(
      await hub.ask(admin, 'PATCH', `/api/v1/contacts/${a.contactId}`, { vipLevel: 2, timeZone: 'Asia/Shanghai' }),
    )
    expect(changed).toMatchObject({ vipLevel: 2, timeZone: 'Asia/Shanghai' })
    expect((await hub.ask(admin, 'PATCH', `/api/v1/contacts/${a.contactId}`, { timeZone: 'Moon/Base' })).status).toBe(
      400,
    )

    const join = await json<{ id: string }>(
      await post(admin, `/contacts/${a.contactId}/join`, { contactId: b.contactId }),
    )
    const joined = await get<ContactView>(admin, `/contacts/${a.contactId}`)
    expect(joined.identities).toHaveLength(2)
    expect(joined.joins).toMatchObject([{ id: join.id, loserId: b.contactId, loserName: '李伟' }])
    expect((await get<ContactView>(admin, `/contacts/${b.contactId}`)).id).toBe(a.contactId)
    const routes = await get<{ items: RouteView[] }>(admin, `/contacts/${a.contactId}/routes`)
    expect(routes.items.map((route) => route.identityId).sort()).toEqual([a.identityId, b.identityId].sort())
    const threads = await get<{ items: ConversationView[] }>(admin, `/contacts/${a.contactId}/conversations`)
    expect(threads.items.length).toBeGreaterThan(0)
    expect((await post(admin, `/joins/${join.id}/undo`)).status).toBe(204)
    expect((await get<ContactView>(admin, `/contacts/${b.contactId}`)).identities).toHaveLength(1)
  })

  test('a conversation is started with a new contact', async () => {
    const { accountId } = await hub.conversation()
    const body = { accountId, address: 'Far Roof', contactName: 'Ana', text: 'hello Ana' }
    const started = await json<{ conversation: ConversationView; message: MessageView }>(
      await post(admin, '/conversations', body),
      201,
    )
    expect(started.conversation).toMatchObject({ contact: { name: 'Ana' }, address: 'far roof' })
    expect(started.message).toMatchObject({ direction: 'out', text: 'hello Ana' })
  })
})
