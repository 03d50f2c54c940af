import { afterEach, describe, expect, it } from 'vitest'
import type { Sandbox, SandboxAccount, SignIn } from '../../src/sandbox-process.ts'
import { setUpSandbox } from '../../src/sandbox-setup.ts'
import { DIALECTS } from '../support/databases.ts'
import { type HttpHub, startHttpHub } from '../support/http-hub.ts'

let hub: HttpHub
afterEach(() => hub.close())

/** The side of the sandbox that the set-up sees. */
function remote(accounts: SandboxAccount[]) {
  const attached: Record<string, string> = {}
  const listeners = new Set<() => void>()
  let signIns: SignIn[] = []
  const sandbox: Sandbox = {
    accounts,
    processId: null,
    origin: null,
    attach: (key, id) => {
      attached[key] = id
    },
    tellSignIns: (people) => {
      signIns = people
    },
    handle: async () => new Response(),
    onAccounts: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: async () => {},
  }
  return { sandbox, attached, signIns: () => signIns, tell: () => [...listeners].map((listener) => listener()) }
}

const loft = (key: string, place: string): SandboxAccount => ({
  key,
  channel: 'pigeon',
  name: `Loft ${key}`,
  config: { loft: place, whistle: 'very secret' },
})

const rows = () => hub.db.kysely.selectFrom('accounts').selectAll().orderBy('created_at').execute()
const agents = () => hub.db.kysely.selectFrom('agents').select(['email', 'role', 'capacity']).orderBy('email').execute()

const passwordIn = (printed: string[], email: string): string =>
  new RegExp(`${email}\\s+(\\S+)`).exec(printed.join('\n'))?.[1] ?? ''

describe.each(DIALECTS)('setting up the sandbox on %s', (dialect) => {
  const start = async (change: Partial<Parameters<typeof setUpSandbox>[0]> = {}, accounts = [loft('a', 'North')]) => {
    const printed: string[] = []
    const far = remote(accounts)
    const run = () =>
      setUpSandbox({
        administration: hub.deps.administration,
        db: hub.db,
        sandbox: far.sandbox,
        print: (line) => void printed.push(line),
        ...change,
      })
    return { ...far, printed, run }
  }

  it('gives a newcomer people to sign in as, a team, labels and an account per channel', async () => {
    hub = await startHttpHub(dialect)
    const first = await start()
    await first.run()
    const [account] = await rows()
    expect(account).toMatchObject({ name: 'Loft a', channel: 'pigeon', sandbox: 1, enabled: 1 })
    expect(account?.config).not.toContain('very secret')
    const team = await hub.db.kysely.selectFrom('teams').selectAll().executeTakeFirstOrThrow()
    expect(team.name).toBe('Front desk')
    expect(account?.team_id).toBe(team.id)
    expect(await agents()).toEqual([
      { email: 'admin@example.com', role: 'administrator', capacity: 8 },
      { email: 'mia@example.com', role: 'agent', capacity: 8 },
      { email: 'tom@example.com', role: 'agent', capacity: 8 },
    ])
    expect(await hub.db.kysely.selectFrom('team_members').selectAll().execute()).toHaveLength(3)
    expect((await hub.db.kysely.selectFrom('labels').selectAll().execute()).length).toBeGreaterThan(2)
    expect(first.attached).toEqual({ a: account?.id })
    expect(first.signIns().map(({ name }) => name)).toEqual(['Alex Kim', 'Mia Chen', 'Tom Berg'])
    const mia = await hub.db.kysely
      .selectFrom('agents')
      .select('id')
      .where('email', '=', 'mia@example.com')
      .executeTakeFirstOrThrow()
    const password = passwordIn(first.printed, 'mia@example.com')
    expect(password).toMatch(/^[a-z]{6}-[a-z]{6}-[a-z]{6}$/)
    expect(await hub.auth.checkPassword(mia.id, password)).toBe(true)
  })

  it('makes nothing twice, and says passwords only once', async () => {
    hub = await startHttpHub(dialect)
    await (await start()).run()
    const before = await rows()
    const second = await start()
    await second.run()
    expect(second.printed).toEqual([])
    expect(await rows()).toEqual(before)
    expect(await agents()).toHaveLength(3)
    expect(second.attached).toEqual({ a: before[0]?.id })
  })

  it('goes on where a start that was killed had ended, with passwords that are known', async () => {
    hub = await startHttpHub(dialect)
    const broken = await start({
      administration: {
        ...hub.deps.administration,
        agents: {
          ...hub.deps.administration.agents,
          create: async (input) => {
            if (input.email === 'tom@example.com') throw new Error('killed')
            return hub.deps.administration.agents.create(input)
          },
        },
      },
    })
    await expect(broken.run()).rejects.toThrow('killed')
    const again = await start()
    await again.run()
    expect(await agents()).toHaveLength(3)
    expect(await rows()).toHaveLength(1)
    const mia = await hub.db.kysely
      .selectFrom('agents')
      .select('id')
      .where('email', '=', 'mia@example.com')
      .executeTakeFirstOrThrow()
    expect(await hub.auth.checkPassword(mia.id, passwordIn(again.printed, 'mia@example.com'))).toBe(true)
  })

  it('adopts an account that was made but not written down', async () => {
    hub = await startHttpHub(dialect)
    const broken = await start({
      sandbox: {
        ...remote([loft('a', 'North')]).sandbox,
        attach: () => {
          throw new Error('killed')
        },
      },
    })
    await expect(broken.run()).rejects.toThrow('killed')
    await hub.db.kysely
      .updateTable('settings')
      .set({ value: JSON.stringify({ phase: 'begun', accounts: {} }) })
      .where('key', '=', 'sandbox')
      .execute()
    const again = await start()
    await again.run()
    expect(await rows()).toHaveLength(1)
  })

  it('follows a remote party that moved, and leaves alone what people changed otherwise', async () => {
    hub = await startHttpHub(dialect)
    const first = await start()
    await first.run()
    const [account] = await rows()
    if (!account) throw new Error('no account')
    await hub.deps.administration.accounts.update(account.id, { name: 'My loft' })
    hub.accountsChanged.length = 0
    await (await start()).run()
    expect(hub.accountsChanged).toEqual([])
    await (await start({}, [loft('a', 'South')])).run()
    expect(hub.accountsChanged).toEqual([account.id])
    const [moved] = await rows()
    expect(moved?.name).toBe('My loft')
    expect(JSON.parse(moved?.config ?? '')).toMatchObject({ loft: 'South' })
  })

  it('makes no people on a hub that somebody already works with', async () => {
    hub = await startHttpHub(dialect)
    await hub.person('administrator')
    await hub.person('agent')
    const late = await start()
    await late.run()
    expect(late.printed).toEqual([])
    expect((await agents()).map(({ email }) => email)).not.toContain('mia@example.com')
    expect(await rows()).toHaveLength(1)
  })

  it('makes no second administrator beside the one of the environment', async () => {
    hub = await startHttpHub(dialect)
    await hub.person('administrator')
    const first = await start()
    await first.run()
    expect((await agents()).map(({ email }) => email)).not.toContain('admin@example.com')
    expect(await agents()).toHaveLength(3)
  })
})
