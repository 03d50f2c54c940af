import { createHash, randomInt } from 'node:crypto'
import type { Db } from './db.ts'
import type { AccountId, AgentId, Role, TeamId } from './model.ts'
import type { Sandbox, SandboxAccount, SignIn } from './sandbox-process.ts'

type Outcome<T> = { ok: true; value: T } | { ok: false; problem: unknown }

/** What of the administration is needed here. */
interface Administration {
  teams: { create(input: { name: string; memberIds?: string[] }): Promise<Outcome<TeamId>> }
  labels: { create(input: { name: string; color: string }): Promise<Outcome<string>> }
  agents: {
    create(input: {
      email: string
      name: string
      password: string
      role: Role
      capacity?: number
      teamIds?: string[]
    }): Promise<Outcome<AgentId>>
    update(id: AgentId, change: { password?: string; teamIds?: string[] }): Promise<Outcome<void>>
  }
  accounts: {
    create(input: {
      channel: string
      name: string
      config: Record<string, unknown>
      teamId?: string | null
      sandbox?: boolean
    }): Promise<Outcome<AccountId>>
    update(id: AccountId, change: { config?: Record<string, unknown> }): Promise<Outcome<void>>
  }
}

export interface SandboxSetup {
  administration: Administration
  db: Pick<Db, 'kysely'>
  sandbox: Sandbox
  /** Shown to whoever started the hub; passwords are said here and nowhere else. */
  print(line: string): void
}

/** Kept in `settings`: how far the set-up came, and which accounts are the sandbox's own. */
interface Progress {
  phase: 'begun' | 'done' | 'accounts only'
  accounts: Record<string, { id: AccountId; fingerprint: string }>
}

const SETTING = 'sandbox'
const TEAM = 'Front desk'

const PEOPLE: { name: string; email: string; role: Role; capacity: number }[] = [
  { name: 'Alex Kim', email: 'admin@example.com', role: 'administrator', capacity: 8 },
  { name: 'Mia Chen', email: 'mia@example.com', role: 'agent', capacity: 8 },
  { name: 'Tom Berg', email: 'tom@example.com', role: 'agent', capacity: 8 },
]

const LABELS = [
  { name: 'Order', color: '#2f6fb0' },
  { name: 'Return', color: '#b35c00' },
  { name: 'Invoice 发票', color: '#6b4fc1' },
  { name: 'Praise', color: '#17714a' },
]

/**
 * Makes everything a newcomer needs to play on an empty database, and on every start sees to it that the sandbox's
 * accounts are there with the settings the remote parties have now. May be killed anywhere and run again.
 */
export async function setUpSandbox(setup: SandboxSetup): Promise<void> {
  const progress = (await readProgress(setup.db)) ?? {
    phase: (await isFresh(setup.db)) ? 'begun' : 'accounts only',
    accounts: {},
  }
  await keepProgress(setup.db, progress)
  const teamId = progress.phase === 'begun' ? await ensureTeam(setup) : await teamNamed(setup.db, TEAM)
  const sync = () => syncAccounts(setup, progress, teamId)
  await sync()
  if (progress.phase === 'begun') {
    await ensureLabels(setup)
    await ensurePeople(setup, teamId)
    progress.phase = 'done'
    await keepProgress(setup.db, progress)
  }
  setup.sandbox.tellSignIns(await signIns(setup.db))
  setup.sandbox.onAccounts(() => void sync().catch((error) => setup.print(`The sandbox's accounts: ${String(error)}`)))
}

const readProgress = async (db: SandboxSetup['db']): Promise<Progress | null> => {
  const row = await db.kysely.selectFrom('settings').select('value').where('key', '=', SETTING).executeTakeFirst()
  return row ? (JSON.parse(row.value) as Progress) : null
}

const keepProgress = async (db: SandboxSetup['db'], progress: Progress): Promise<void> => {
  const value = JSON.stringify(progress)
  await db.kysely
    .insertInto('settings')
    .values({ key: SETTING, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

/** Nobody works with it yet: at most the administrator that the environment asked for. */
const isFresh = async (db: SandboxSetup['db']): Promise<boolean> => {
  const agents = await db.kysely.selectFrom('agents').select('id').limit(2).execute()
  const account = await db.kysely.selectFrom('accounts').select('id').limit(1).executeTakeFirst()
  return agents.length < 2 && account === undefined
}

const teamNamed = async (db: SandboxSetup['db'], name: string): Promise<TeamId | null> =>
  (await db.kysely.selectFrom('teams').select('id').where('name', '=', name).executeTakeFirst())?.id ?? null

const wantValue = <T>(outcome: Outcome<T>, what: string): T => {
  if (outcome.ok) return outcome.value
  throw new Error(`${what}: ${JSON.stringify(outcome.problem)}`)
}

const ensureTeam = async ({ db, administration }: SandboxSetup): Promise<TeamId> =>
  (await teamNamed(db, TEAM)) ?? wantValue(await administration.teams.create({ name: TEAM }), 'The team was not made')

const ensureLabels = async ({ db, administration }: SandboxSetup): Promise<void> => {
  const known = new Set((await db.kysely.selectFrom('labels').select('name').execute()).map(({ name }) => name))
  for (const label of LABELS)
    if (!known.has(label.name)) wantValue(await administration.labels.create(label), `The label ${label.name}`)
}

/** Somebody made by a run that ended before it said the password gets another one, which is said. */
const ensurePeople = async ({ db, administration, print }: SandboxSetup, team: TeamId | null): Promise<void> => {
  const teamIds = team === null ? [] : [team]
  const there = await db.kysely.selectFrom('agents').select(['id', 'email', 'role']).execute()
  const ours = new Set(PEOPLE.map(({ email }) => email))
  const hasAdministrator = there.some(({ role, email }) => role === 'administrator' && !ours.has(email))
  const lines: string[] = []
  for (const person of PEOPLE) {
    if (person.role === 'administrator' && hasAdministrator) continue
    const password = readablePassword()
    const known = there.find(({ email }) => email === person.email)
    if (known) wantValue(await administration.agents.update(known.id, { password, teamIds }), person.email)
    else wantValue(await administration.agents.create({ ...person, password, teamIds }), person.email)
    lines.push(`  ${person.role.padEnd(14)} ${person.email.padEnd(19)} ${password}`)
  }
  print(['', 'Sign in to the inbox as one of these (the passwords are shown only now):', ...lines, ''].join('\n'))
}

const CONSONANTS = 'bdfgklmnprstvz'
const VOWELS = 'aeiou'

/** Nine syllables in three words: 55 bits, and can be read aloud over a desk. */
const readablePassword = (): string => {
  const letter = (of: string) => of[randomInt(of.length)] ?? ''
  const word = () => Array.from({ length: 3 }, () => letter(CONSONANTS) + letter(VOWELS)).join('')
  return [word(), word(), word()].join('-')
}

const fingerprintOf = ({ config }: SandboxAccount): string =>
  createHash('sha256').update(JSON.stringify(config)).digest('hex')

/** Changes an account only when the remote party's side changed: what people set otherwise stays. */
const syncAccounts = async (setup: SandboxSetup, progress: Progress, teamId: TeamId | null): Promise<void> => {
  const rows = await setup.db.kysely.selectFrom('accounts').select(['id', 'channel']).where('sandbox', '=', 1).execute()
  for (const wanted of setup.sandbox.accounts) {
    const kept = progress.accounts[wanted.key]
    const fingerprint = fingerprintOf(wanted)
    // An account without an entry was made by a run that ended before it could write it down.
    const row = rows.find(({ id }) => id === kept?.id) ?? rows.find(({ channel }) => channel === wanted.channel)
    const id = row?.id ?? (await createAccount(setup, wanted, teamId))
    if (row && kept?.fingerprint !== fingerprint)
      wantValue(await setup.administration.accounts.update(id, { config: wanted.config }), wanted.name)
    if (kept?.id !== id || kept.fingerprint !== fingerprint) {
      progress.accounts[wanted.key] = { id, fingerprint }
      await keepProgress(setup.db, progress)
    }
    setup.sandbox.attach(wanted.key, id)
  }
}

const createAccount = async (
  { administration }: SandboxSetup,
  { channel, name, config }: SandboxAccount,
  teamId: TeamId | null,
): Promise<AccountId> =>
  wantValue(
    await administration.accounts.create({ channel, name, config, teamId, sandbox: true }),
    `The account ${name} was not made`,
  )

/** Those of the sandbox's people who are still there. */
const signIns = (db: SandboxSetup['db']): Promise<SignIn[]> =>
  db.kysely
    .selectFrom('agents')
    .select(['name', 'email', 'role'])
    .where('disabled_at', 'is', null)
    .where(
      'email',
      'in',
      PEOPLE.map(({ email }) => email),
    )
    .orderBy('created_at')
    .execute()
