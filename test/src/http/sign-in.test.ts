import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DIALECTS } from '../../support/databases.ts'
import { type HttpHub, PASSWORD, type Person, startHttpHub } from '../../support/http-hub.ts'

describe.each(DIALECTS)('sign-in on %s', (dialect) => {
  let hub: HttpHub
  let admin: Person
  const own = { 'x-onethread': '1' }

  beforeAll(async () => {
    hub = await startHttpHub(dialect)
    admin = await hub.person('administrator')
  })
  afterAll(() => hub.close())

  const signIn = (email: string, password: string, headers: Record<string, string> = own) =>
    hub.ask(null, 'POST', '/api/auth/sign-in/email', { email, password }, headers)

  const cookieOf = (response: Response): string =>
    response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ')

  const signedIn = async (person: Person): Promise<string> => {
    const response = await signIn(person.email, PASSWORD)
    expect(response.status).toBe(200)
    return cookieOf(response)
  }

  test('gives a session cookie that scripts cannot read and other sites cannot send', async () => {
    const response = await signIn(admin.email.toUpperCase(), PASSWORD)
    expect(response.status).toBe(200)
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^onethread\.session_token=/)
    expect(cookie).toMatch(/HttpOnly/i)
    expect(cookie).toMatch(/SameSite=Lax/i)
    const me = await hub.ask(null, 'GET', '/api/v1/me', undefined, { cookie: cookieOf(response) })
    expect(await me.json()).toMatchObject({
      agent: { id: admin.id, email: admin.email, role: 'administrator', language: null },
      sandbox: true,
      version: '1.2.3',
    })
  })

  test('says the same of a wrong password and of an unknown address', async () => {
    const agent = await hub.person('agent')
    const wrong = await signIn(agent.email, 'not the password')
    const unknown = await signIn('nobody@example.com', 'not the password')
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect(await wrong.json()).toEqual(await unknown.json())
  })

  test('has to wait after too many wrong passwords, even with the right one', async () => {
    const agent = await hub.person('agent')
    for (let i = 0; i < 10; i++) expect((await signIn(agent.email, 'wrong password')).status).toBe(401)
    const response = await signIn(agent.email, PASSWORD)
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await signIn(admin.email, PASSWORD)).status).toBe(200)
  })

  test('by cookie, what changes something needs the header and no foreign origin', async () => {
    const cookie = await signedIn(admin)
    const patch = (headers: Record<string, string>) =>
      hub.ask(null, 'PATCH', '/api/v1/me', { name: 'New name' }, { cookie, ...headers })
    expect((await patch({})).status).toBe(403)
    expect((await patch({ ...own, origin: 'https://evil.example' })).status).toBe(403)
    expect((await patch({ ...own, origin: 'null' })).status).toBe(403)
    expect((await patch({ ...own, origin: hub.url })).status).toBe(200)
    expect((await patch({ ...own, origin: 'http://hub.test' })).status).toBe(200)
    expect((await signIn(admin.email, PASSWORD, {})).status).toBe(403)
  })

  test('ends by signing out', async () => {
    const cookie = await signedIn(admin)
    expect((await hub.ask(null, 'POST', '/api/auth/sign-out', {}, { cookie, ...own })).status).toBe(200)
    expect((await hub.ask(null, 'GET', '/api/v1/me', undefined, { cookie })).status).toBe(401)
  })

  test('a disabled agent is out at once, by cookie and by token, and cannot come back', async () => {
    const agent = await hub.person('agent')
    const cookie = await signedIn(agent)
    const me = () => hub.ask(null, 'GET', '/api/v1/me', undefined, { cookie })
    expect((await me()).status).toBe(200)
    expect((await hub.ask(agent, 'GET', '/api/v1/me')).status).toBe(200)
    expect((await hub.ask(admin, 'PATCH', `/api/v1/agents/${agent.id}`, { disabled: true })).status).toBe(200)
    expect((await me()).status).toBe(401)
    expect((await hub.ask(agent, 'GET', '/api/v1/me')).status).toBe(401)
    expect((await signIn(agent.email, PASSWORD)).status).toBe(403)
  })

  test('a new password ends the other sessions and keeps this one', async () => {
    const agent = await hub.person('agent')
    const [here, there] = [await signedIn(agent), await signedIn(agent)]
    const change = (current: string, next: string) =>
      hub.ask(null, 'POST', '/api/v1/me/password', { current, next }, { cookie: here, ...own })
    expect((await change(PASSWORD, 'short')).status).toBe(400)
    expect((await change('not it', 'a new long password')).status).toBe(403)
    const changed = await change(PASSWORD, 'a new long password')
    expect(changed.status).toBe(204)
    const me = (cookie: string) => hub.ask(null, 'GET', '/api/v1/me', undefined, { cookie })
    expect((await me(there)).status).toBe(401)
    expect((await me(cookieOf(changed))).status).toBe(200)
    expect((await signIn(agent.email, 'a new long password')).status).toBe(200)
  })

  test('a token is shown once, acts as its agent and is gone when revoked', async () => {
    const agent = await hub.person('agent')
    const other = await hub.person('agent')
    const made = await hub.ask(agent, 'POST', '/api/v1/tokens', { name: 'Robot' })
    expect(made.status).toBe(201)
    const { id, token } = (await made.json()) as { id: string; token: string }
    expect(token).toMatch(/^ot_/)
    const robot = { ...agent, token }
    expect(((await (await hub.ask(robot, 'GET', '/api/v1/me')).json()) as { agent: unknown }).agent).toMatchObject({
      id: agent.id,
    })
    const listed = await (await hub.ask(agent, 'GET', '/api/v1/tokens')).text()
    expect(listed).toContain(id)
    expect(listed).not.toContain(token)
    expect((await hub.ask(other, 'DELETE', `/api/v1/tokens/${id}`)).status).toBe(404)
    expect((await hub.ask(agent, 'DELETE', `/api/v1/tokens/${id}`)).status).toBe(204)
    expect((await hub.ask(robot, 'GET', '/api/v1/me')).status).toBe(401)
    expect((await hub.ask({ ...agent, token: 'ot_nonsense' }, 'GET', '/api/v1/me')).status).toBe(401)
  })

  test('tokens of others are for administrators', async () => {
    const agent = await hub.person('agent')
    expect((await hub.ask(agent, 'GET', '/api/v1/tokens?all=true')).status).toBe(403)
    const all = (await (await hub.ask(admin, 'GET', '/api/v1/tokens?all=true')).json()) as {
      items: { agentId: string; id: string }[]
    }
    const theirs = all.items.find((token) => token.agentId === agent.id)
    expect((await hub.ask(admin, 'DELETE', `/api/v1/tokens/${theirs?.id}`)).status).toBe(204)
    expect((await hub.ask(agent, 'GET', '/api/v1/me')).status).toBe(401)
  })
})
