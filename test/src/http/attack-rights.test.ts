import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../src/ids.ts'
import type { TeamId } from '../../../src/model.ts'
import { DIALECTS } from '../../support/databases.ts'
import { type HttpHub, type Person, startHttpHub } from '../../support/http-hub.ts'

/** Ids of others, and two hands at the same thing at once. */
describe.each(DIALECTS)('what belongs to others on %s', (dialect) => {
  let hub: HttpHub
  let supervisor: Person
  const team = async (name: string): Promise<TeamId> => {
    const id = newId<TeamId>()
    await hub.db.kysely
      .insertInto('teams')
      .values({ id, name: `${name} ${id}`, created_at: 0 })
      .execute()
    return id
  }
  beforeAll(async () => {
    hub = await startHttpHub(dialect)
    supervisor = await hub.person('supervisor')
  })
  afterAll(() => hub.close())

  const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T
  const upload = (person: Person) =>
    json<{ id: string }>(hub.ask(person, 'POST', '/api/v1/attachments?name=a.png', new Uint8Array([1, 2, 3])))

  test('parting two contacts needs the right to read both threads', async () => {
    const [teamA, teamB] = [await team('A'), await team('B')]
    const agent = await hub.person('agent', { teamIds: [teamB] })
    const winner = await hub.conversation({ teamId: teamA, text: 'of A alone' })
    const loser = await hub.conversation({ teamId: teamB })
    const join = await json<{ id: string }>(
      hub.ask(supervisor, 'POST', `/api/v1/contacts/${winner.contactId}/join`, { contactId: loser.contactId }),
    )
    await hub.ask(supervisor, 'PATCH', `/api/v1/conversations/${winner.id}`, { status: 'resolved' })
    expect((await hub.ask(agent, 'POST', `/api/v1/joins/${join.id}/undo`)).status).toBe(403)
    expect((await hub.ask(supervisor, 'POST', `/api/v1/joins/${join.id}/undo`)).status).toBe(204)
  })

  test('two contacts joined crosswise at once are joined once', async () => {
    const [one, two] = [await hub.conversation(), await hub.conversation()]
    const answers = await Promise.all([
      hub.ask(supervisor, 'POST', `/api/v1/contacts/${one.contactId}/join`, { contactId: two.contactId }),
      hub.ask(supervisor, 'POST', `/api/v1/contacts/${two.contactId}/join`, { contactId: one.contactId }),
    ])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 404])
    const [first, second] = await Promise.all(
      [one, two].map(({ contactId }) =>
        json<{ id: string }>(hub.ask(supervisor, 'GET', `/api/v1/contacts/${contactId}`)),
      ),
    )
    expect(first?.id).toBe(second?.id)
  })

  test('one upload named in two messages at once goes with one of them', async () => {
    const { id } = await hub.conversation()
    const file = await upload(supervisor)
    const note = (text: string) =>
      hub.ask(supervisor, 'POST', `/api/v1/conversations/${id}/messages`, {
        kind: 'note',
        text,
        attachmentIds: [file.id],
      })
    const answers = await Promise.all([note('one'), note('two'), note('three')])
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 422, 422])
    const page = await json<{ items: { attachments: unknown[] }[] }>(
      hub.ask(supervisor, 'GET', `/api/v1/conversations/${id}/messages`),
    )
    expect(page.items.filter((message) => message.attachments.length > 0)).toHaveLength(1)
    expect(page.items).toHaveLength(2)
  })

  test('nobody sends, or reads, what another agent uploaded', async () => {
    const [mine, other] = [await hub.person('agent'), await hub.person('administrator')]
    const { id } = await hub.conversation()
    const file = await upload(mine)
    const note = { kind: 'note', text: 'x', attachmentIds: [file.id] }
    expect((await hub.ask(other, 'POST', `/api/v1/conversations/${id}/messages`, note)).status).toBe(422)
    expect((await hub.ask(other, 'GET', `/api/v1/attachments/${file.id}`)).status).toBe(404)
  })

  test('a first message to a contact that is not there, or was joined away, is refused', async () => {
    const { accountId, contactId } = await hub.conversation()
    const other = await hub.conversation()
    await hub.ask(supervisor, 'POST', `/api/v1/contacts/${other.contactId}/join`, { contactId })
    for (const contact of ['nobody', contactId]) {
      const start = { accountId, contactId: contact, address: `loft-${newId()}`, text: 'hi' }
      expect((await hub.ask(supervisor, 'POST', '/api/v1/conversations', start)).status).toBe(404)
    }
  })

  test('half a way to the customer is refused, not answered by another channel', async () => {
    const { id, identityId } = await hub.conversation()
    const reply = { kind: 'reply', text: 'hi', identityId }
    expect((await hub.ask(supervisor, 'POST', `/api/v1/conversations/${id}/messages`, reply)).status).toBe(400)
  })

  test('who becomes a marketer gives back what they held', async () => {
    const admin = await hub.person('administrator')
    const agent = await hub.person('agent')
    const { id } = await hub.conversation({ assigneeId: agent.id })
    expect((await hub.ask(admin, 'PATCH', `/api/v1/agents/${agent.id}`, { role: 'marketer' })).status).toBe(200)
    const row = await json<{ assigneeId: string | null }>(hub.ask(admin, 'GET', `/api/v1/conversations/${id}`))
    expect(row.assigneeId).toBeNull()
  })

  test('a setting that looks like a sealed secret stops no account', async () => {
    const admin = await hub.person('administrator')
    const config = { loft: 'north', whistle: 'shh', extra: { sealed: 'v1.AAAA' } }
    const made = await json<{ id: string; config: unknown }>(
      hub.ask(admin, 'POST', '/api/v1/accounts', { channel: 'pigeon', name: 'Odd', config }),
    )
    expect(JSON.stringify(made.config)).not.toContain('shh')
    const change = await hub.ask(admin, 'PATCH', `/api/v1/accounts/${made.id}`, { config: { loft: 'south' } })
    expect(change.status).toBe(200)
  })

  test('an account that once carried a message stays, though its address was heard elsewhere since', async () => {
    const admin = await hub.person('administrator')
    const [old, now] = [await hub.conversation(), await hub.conversation()]
    const moved = { account_id: now.accountId }
    await hub.db.kysely.updateTable('identities').set(moved).where('id', '=', old.identityId).execute()
    await hub.db.kysely.updateTable('conversations').set(moved).where('id', '=', old.id).execute()
    expect((await hub.ask(admin, 'DELETE', `/api/v1/accounts/${old.accountId}`)).status).toBe(409)
  })
})
