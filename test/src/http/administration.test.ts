import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { AccountId } from '../../../src/model.ts'
import { openSettings } from '../../../src/secrets.ts'
import type { AccountView, AgentView, LabelView, TeamView } from '../../../src/views.ts'
import { DIALECTS } from '../../support/databases.ts'
import { type HttpHub, PASSWORD, type Person, startHttpHub } from '../../support/http-hub.ts'

describe.each(DIALECTS)('administration over HTTP on %s', (dialect) => {
  let hub: HttpHub
  let admin: Person
  let supervisor: Person

  beforeAll(async () => {
    hub = await startHttpHub(dialect)
    admin = await hub.person('administrator')
    supervisor = await hub.person('supervisor')
  })
  afterAll(() => hub.close())

  const ask = async <T>(person: Person, method: string, path: string, body?: unknown, status = 200): Promise<T> => {
    const response = await hub.ask(person, method, `/api/v1${path}`, body)
    const text = await response.text()
    expect(response.status, text).toBe(status)
    return (text ? JSON.parse(text) : undefined) as T
  }

  describe('accounts', () => {
    const create = (config: unknown, status = 201) =>
      ask<AccountView>(admin, 'POST', '/accounts', { channel: 'pigeon', name: 'Loft', config }, status)

    const storedConfig = async (id: string): Promise<string> => {
      const row = await hub.db.kysely
        .selectFrom('accounts')
        .select('config')
        .where('id', '=', id as AccountId)
        .executeTakeFirstOrThrow()
      return row.config
    }

    test('keep secrets sealed: the API only says that they are set', async () => {
      const account = await create({ loft: 'roof', whistle: 'hush-hush' })
      expect(account.config).toEqual({ loft: 'roof', whistle: { set: true } })
      expect(account.hookUrl).toBe(`http://hub.test/hooks/${account.id}`)
      expect(account.glyph).toBe('chat')
      const stored = await storedConfig(account.id)
      expect(stored).not.toContain('hush-hush')
      expect(openSettings(hub.secrets, account.id, stored)).toEqual({ loft: 'roof', whistle: 'hush-hush' })
      expect(hub.accountsChanged).toContain(account.id)
      for (const person of [admin, supervisor]) {
        const list = await ask<{ items: AccountView[] }>(person, 'GET', '/accounts')
        expect(JSON.stringify(list)).not.toContain('hush-hush')
        expect(list.items.find(({ id }) => id === account.id)?.config).toBeDefined()
      }
    })

    test('keep the settings that a change does not name', async () => {
      const { id } = await create({ loft: 'roof', whistle: 'old' })
      const patch = (config: unknown) => ask<AccountView>(admin, 'PATCH', `/accounts/${id}`, { config })
      const open = async () => openSettings(hub.secrets, id, await storedConfig(id))
      await patch({ loft: 'tower' })
      expect(await open()).toEqual({ loft: 'tower', whistle: 'old' })
      await patch({ loft: 'tower', whistle: { set: true } })
      expect(await open()).toEqual({ loft: 'tower', whistle: 'old' })
      await patch({ whistle: 'new' })
      expect(await open()).toEqual({ loft: 'tower', whistle: 'new' })
      await ask(admin, 'PATCH', `/accounts/${id}`, { config: { whistle: null } }, 422)
      expect(await open()).toEqual({ loft: 'tower', whistle: 'new' })
    })

    test('with wrong settings, an unknown channel or team are refused with what to do', async () => {
      const problem = (await create({ loft: 'roof' }, 422)) as unknown as { code: string; detail: string }
      expect(problem).toMatchObject({ code: 'invalid_settings' })
      expect(problem.detail).toContain('loft and whistle are needed')
      await ask(admin, 'POST', '/accounts', { channel: 'owl', name: 'x', config: {} }, 422)
      const config = { loft: 'a', whistle: 'b' }
      await ask(admin, 'POST', '/accounts', { channel: 'pigeon', name: 'x', config, teamId: 'none' }, 422)
    })

    test('are named, not shown, to agents and marketers', async () => {
      const account = await create({ loft: 'roof', whistle: 'w' })
      for (const role of ['agent', 'marketer'] as const) {
        const person = await hub.person(role)
        const list = await ask<{ items: object[] }>(person, 'GET', '/accounts')
        expect(list.items).toContainEqual({ id: account.id, channel: 'pigeon', glyph: 'chat', name: 'Loft' })
        await ask(person, 'GET', `/accounts/${account.id}`, undefined, 403)
      }
    })

    test('go away while nobody wrote to them; else they are switched off', async () => {
      const unused = await create({ loft: 'roof', whistle: 'w' })
      await ask(admin, 'DELETE', `/accounts/${unused.id}`, undefined, 204)
      await ask(admin, 'GET', `/accounts/${unused.id}`, undefined, 404)
      const { accountId } = await hub.conversation()
      const problem = await ask<{ detail: string }>(admin, 'DELETE', `/accounts/${accountId}`, undefined, 409)
      expect(problem.detail).toContain('"enabled": false')
      const off = await ask<AccountView>(admin, 'PATCH', `/accounts/${accountId}`, { enabled: false })
      expect(off).toMatchObject({ enabled: false, health: { state: 'down' } })
      await ask(admin, 'POST', `/accounts/${accountId}/logout`, undefined, 409)
    })
  })

  describe('agents', () => {
    const input = (email: string) => ({ email, name: 'Kim', password: PASSWORD, role: 'agent' })

    test('are added with a password, by which they sign in, once per address', async () => {
      const agent = await ask<AgentView>(admin, 'POST', '/agents', input('Kim@Example.com'), 201)
      expect(agent).toMatchObject({ email: 'kim@example.com', role: 'agent', load: 0, disabled: false })
      const body = { email: 'kim@example.com', password: PASSWORD }
      const signed = await hub.ask(null, 'POST', '/api/auth/sign-in/email', body, { 'x-onethread': '1' })
      expect(signed.status).toBe(200)
      await ask(admin, 'POST', '/agents', input('kim@example.com'), 409)
      await ask(admin, 'POST', '/agents', { ...input('a@b.example'), password: 'short' }, 400)
      await ask(admin, 'POST', '/agents', { ...input('a@b.example'), teamIds: ['none'] }, 422)
    })

    test('the last administrator stays one', async () => {
      await ask(admin, 'PATCH', `/agents/${admin.id}`, { role: 'agent' }, 409)
      await ask(admin, 'PATCH', `/agents/${admin.id}`, { disabled: true }, 409)
      const second = await hub.person('administrator')
      await ask<AgentView>(second, 'PATCH', `/agents/${admin.id}`, { role: 'supervisor' })
      await ask(second, 'PATCH', `/agents/${second.id}`, { disabled: true }, 409)
      await ask<AgentView>(second, 'PATCH', `/agents/${admin.id}`, { role: 'administrator' })
      await ask<AgentView>(admin, 'PATCH', `/agents/${second.id}`, { disabled: true })
    })

    test('carry the load of their open conversations', async () => {
      const agent = await hub.person('agent')
      await hub.conversation({ assigneeId: agent.id })
      await hub.conversation({ assigneeId: agent.id })
      const list = await ask<{ items: AgentView[] }>(agent, 'GET', '/agents')
      expect(list.items.find(({ id }) => id === agent.id)?.load).toBe(2)
    })

    test('change their own name, language and availability', async () => {
      const agent = await hub.person('agent')
      const change = { name: '小明', language: 'zh-CN', availability: 'away' }
      const me = await ask<{ agent: object }>(agent, 'PATCH', '/me', change)
      expect(me.agent).toMatchObject(change)
      expect((await ask<{ agent: object }>(agent, 'GET', '/me')).agent).toMatchObject(change)
    })

    test('the first administrator is made on an empty database only', async () => {
      const { agents } = hub.deps.administration
      expect(await agents.ensureFirstAdministrator('late@example.com', PASSWORD)).toBeNull()
    })
  })

  test('teams have members, unique names, and stay while something belongs to them', async () => {
    const agent = await hub.person('agent')
    const team = await ask<TeamView>(supervisor, 'POST', '/teams', { name: 'Desk', memberIds: [agent.id] }, 201)
    expect(team.memberIds).toEqual([agent.id])
    await ask(supervisor, 'POST', '/teams', { name: 'Desk' }, 409)
    await ask(supervisor, 'PATCH', `/teams/${team.id}`, { memberIds: ['none'] }, 422)
    const changed = await ask<TeamView>(supervisor, 'PATCH', `/teams/${team.id}`, { name: 'Front desk', memberIds: [] })
    expect(changed).toEqual({ id: team.id, name: 'Front desk', memberIds: [] })
    await hub.conversation({ teamId: team.id as never })
    await ask(supervisor, 'DELETE', `/teams/${team.id}`, undefined, 409)
    const empty = await ask<TeamView>(supervisor, 'POST', '/teams', { name: 'Empty' }, 201)
    await ask(supervisor, 'DELETE', `/teams/${empty.id}`, undefined, 204)
    await ask(supervisor, 'DELETE', `/teams/${empty.id}`, undefined, 404)
  })

  test('labels have unique names and colours', async () => {
    const label = await ask<LabelView>(supervisor, 'POST', '/labels', { name: 'VIP', color: '#4457d9' }, 201)
    await ask(supervisor, 'POST', '/labels', { name: 'VIP', color: '#4457d9' }, 409)
    await ask(supervisor, 'POST', '/labels', { name: 'x', color: 'red; }' }, 400)
    expect(await ask(supervisor, 'PATCH', `/labels/${label.id}`, { name: 'Very important' })).toEqual({
      ...label,
      name: 'Very important',
    })
    await ask(supervisor, 'DELETE', `/labels/${label.id}`, undefined, 204)
    await ask(supervisor, 'PATCH', `/labels/${label.id}`, { name: 'gone' }, 404)
  })

  test('dead letters are listed newest first, page by page', async () => {
    for (const [index, id] of ['d1', 'd2', 'd3'].entries())
      await hub.db.kysely
        .insertInto('dead_letters')
        .values({
          id,
          account_id: null,
          stage: 'ingest',
          payload: '{}',
          error: 'broken',
          created_at: 1000 + index,
          replayed_at: null,
        })
        .execute()
    const page = await ask<{ items: { id: string }[]; nextCursor: string }>(admin, 'GET', '/dead-letters?limit=2')
    expect(page.items.map(({ id }) => id)).toEqual(['d3', 'd2'])
    const next = await ask<{ items: { id: string }[]; nextCursor: null }>(
      admin,
      'GET',
      `/dead-letters?limit=2&cursor=${page.nextCursor}`,
    )
    expect(next.items.map(({ id }) => id)).toEqual(['d1'])
    expect(next.nextCursor).toBeNull()
  })

  test('what is set up is announced to everybody', async () => {
    const seen: string[] = []
    const follow = await hub.bus.followEvents(null, (_, envelope) => {
      seen.push(...envelope.items.map(({ event }) => ('what' in event ? event.what : event.type)))
    })
    await ask(admin, 'POST', '/labels', { name: 'Announced', color: '#000000' }, 201)
    await ask(admin, 'POST', '/teams', { name: 'Announced' }, 201)
    await ask(admin, 'POST', '/accounts', { channel: 'pigeon', name: 'A', config: { loft: 'l', whistle: 'w' } }, 201)
    await vi.waitFor(() => expect(seen).toEqual(expect.arrayContaining(['labels', 'teams', 'account.changed'])))
    await follow.stop()
  })
})
