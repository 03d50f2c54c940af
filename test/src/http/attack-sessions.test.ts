import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DIALECTS } from '../../support/databases.ts'
import { type HttpHub, PASSWORD, type Person, startHttpHub } from '../../support/http-hub.ts'

/** Whoever lost their right to be here is out at once, and passwords cannot be tried without end. */
describe.each(DIALECTS)('sessions under attack on %s', (dialect) => {
  let hub: HttpHub
  let admin: Person
  const own = { 'x-onethread': '1' }
  beforeAll(async () => {
    hub = await startHttpHub(dialect)
    admin = await hub.person('administrator')
  })
  afterAll(() => hub.close())

  const signIn = (email: string, password: string, ip = '203.0.113.1') =>
    hub.ask(null, 'POST', '/api/auth/sign-in/email', { email, password }, { ...own, 'x-forwarded-for': ip })

  /** Resolves when the hub ends the stream. */
  const ended = async (response: Response) => {
    expect(response.status).toBe(200)
    const reader = response.body?.getReader()
    while (reader && !(await reader.read()).done);
  }

  /** Hashing a password takes half a second on a busy machine; whether it is right is not what is tried here. */
  const withWrongPasswords = async (work: () => Promise<void>) => {
    const { signIn, checkPassword } = hub.auth
    hub.auth.signIn = async () => null
    hub.auth.checkPassword = async () => false
    await work()
    Object.assign(hub.auth, { signIn, checkPassword })
  }

  test('many wrong passwords at once are as few tries as one after the other', () =>
    withWrongPasswords(async () => {
      const agent = await hub.person('agent')
      const tries = await Promise.all(Array.from({ length: 25 }, () => signIn(agent.email, 'wrong password')))
      expect(tries.filter((response) => response.status === 401)).toHaveLength(10)
      expect(tries.filter((response) => response.status === 429)).toHaveLength(15)
    }))

  test('an IPv6 network counts as one', () =>
    withWrongPasswords(async () => {
      for (let i = 0; i < 30; i++) await signIn(`nobody-${i}@example.com`, 'wrong password', `2001:db8::${i + 1}`)
      expect((await signIn('nobody@example.com', 'wrong password', '2001:db8::ffff')).status).toBe(429)
      expect((await signIn('nobody@example.com', 'wrong password', '2001:db8:1::1')).status).toBe(401)
    }))

  test('who holds a session cannot try out the password behind it', () =>
    withWrongPasswords(async () => {
      const agent = await hub.person('agent')
      const change = (current: string) =>
        hub.ask(agent, 'POST', '/api/v1/me/password', { current, next: 'a new password' })
      for (let i = 0; i < 10; i++) expect((await change(`guess ${i}`)).status).toBe(403)
      expect((await change(PASSWORD)).status).toBe(429)
    }))

  test('a revoked token’s event stream ends', async () => {
    const agent = await hub.person('agent')
    const stream = ended(await hub.ask(agent, 'GET', '/api/v1/events'))
    const list = (await (await hub.ask(agent, 'GET', '/api/v1/tokens')).json()) as { items: { id: string }[] }
    expect((await hub.ask(admin, 'DELETE', `/api/v1/tokens/${list.items[0]?.id}`)).status).toBe(204)
    await stream
  })

  test('signing out ends the event stream', async () => {
    const agent = await hub.person('agent')
    const cookie = (await signIn(agent.email, PASSWORD)).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const stream = ended(await hub.ask(null, 'GET', '/api/v1/events', undefined, { cookie }))
    expect((await hub.ask(null, 'POST', '/api/auth/sign-out', {}, { cookie, ...own })).status).toBe(200)
    await stream
  })

  test('nobody opens event streams without end', async () => {
    const agent = await hub.person('agent')
    const opened = await Promise.all(Array.from({ length: 100 }, () => hub.ask(agent, 'GET', '/api/v1/events')))
    expect(opened.every((response) => response.status === 200)).toBe(true)
    expect((await hub.ask(agent, 'GET', '/api/v1/events')).status).toBe(429)
    await Promise.all(opened.map((response) => response.body?.cancel()))
    await expect.poll(async () => hub.http.app && (await streams())).toBe(0)
  })

  const streams = async () => {
    const found = await hub.deps.metrics.getSingleMetric('onethread_event_streams')?.get()
    return found?.values[0]?.value ?? 0
  }

  test('two administrators cannot shut each other out at once', async () => {
    const [one, two] = [await hub.person('administrator'), await hub.person('administrator')]
    await hub.ask(one, 'PATCH', `/api/v1/agents/${admin.id}`, { role: 'supervisor' })
    const answers = await Promise.all([
      hub.ask(one, 'PATCH', `/api/v1/agents/${two.id}`, { disabled: true }),
      hub.ask(two, 'PATCH', `/api/v1/agents/${one.id}`, { disabled: true }),
    ])
    expect(answers.map((answer) => answer.status).filter((status) => status === 200)).toHaveLength(1)
    const left = await hub.db.kysely
      .selectFrom('agents')
      .select('id')
      .where('role', '=', 'administrator')
      .where('disabled_at', 'is', null)
      .execute()
    expect(left).toHaveLength(1)
  })
})
