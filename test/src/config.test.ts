import { describe, expect, it } from 'vitest'
import { type Config, parseConfig, publicUrlOf } from '../../src/config.ts'

const configOf = (env: Record<string, string>): Config => {
  const result = parseConfig(env)
  if (!result.ok) throw new Error(result.problems.join('\n'))
  return result.config
}

const problemsOf = (env: Record<string, string>): string[] => {
  const result = parseConfig(env)
  return result.ok ? [] : result.problems
}

describe('configuration', () => {
  it('runs on one machine with no variable set', () => {
    expect(configOf({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      publicUrlGiven: false,
      dataDir: './data',
      databaseUrl: null,
      natsUrls: null,
      roles: new Set(['api', 'worker', 'channels', 'campaigns']),
      logLevel: 'info',
      admin: null,
      sandbox: true,
      production: false,
      secretKey: null,
      natsServer: 'nats-server',
    })
  })

  it('takes every variable', () => {
    const config = configOf({
      PORT: '8080',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://chat.example.com/',
      DATA_DIR: '/var/lib/hub',
      DATABASE_URL: 'postgres://u:p@db/hub',
      NATS_URL: 'nats://a:4222, nats://b:4222',
      ROLES: 'api, worker',
      LOG_LEVEL: 'WARN',
      ADMIN_EMAIL: 'Admin@Example.com',
      ADMIN_PASSWORD: 'ten letters',
      SECRET_KEY: 'ab'.repeat(32),
      NATS_SERVER: '/opt/nats-server',
    })
    expect(config.publicUrl).toBe('https://chat.example.com')
    expect(config.natsUrls).toEqual(['nats://a:4222', 'nats://b:4222'])
    expect(config.roles).toEqual(new Set(['api', 'worker']))
    expect(config.logLevel).toBe('warn')
    expect(config.admin).toEqual({ email: 'admin@example.com', password: 'ten letters' })
    expect(config.secretKey).toHaveLength(32)
    expect(config.natsServer).toBe('/opt/nats-server')
  })

  it.each([
    ['a port that is none', { PORT: '70000' }, /^PORT: "70000" is not a port; give /],
    ['a port with words', { PORT: 'http' }, /^PORT: "http" /],
    ['a host with a scheme', { HOST: 'http://x' }, /^HOST: "http:\/\/x" .*without port or scheme/],
    ['a public address that is no web address', { PUBLIC_URL: 'chat' }, /^PUBLIC_URL: "chat" .*https:\/\//],
    ['a database of another kind', { DATABASE_URL: 'mysql://u:secret@db/x' }, /^DATABASE_URL: .*PostgreSQL/],
    ['a broken NATS list', { NATS_URL: 'nats://a:4222,b' }, /^NATS_URL: .*nats:\/\/a:4222/],
    ['an unknown role', { ROLES: 'api,cook' }, /^ROLES: "cook" is not a role; give some of api,worker/],
    ['an unknown level', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL: "loud" .*info/],
    ['a bad address', { ADMIN_EMAIL: 'me', ADMIN_PASSWORD: 'ten letters' }, /^ADMIN_EMAIL: "me" /],
    ['a short password', { ADMIN_EMAIL: 'a@b.co', ADMIN_PASSWORD: 'short' }, /^ADMIN_PASSWORD: .*at least 10/],
    ['an address without a password', { ADMIN_EMAIL: 'a@b.co' }, /^ADMIN_PASSWORD: it is missing/],
    ['a password without an address', { ADMIN_PASSWORD: 'ten letters' }, /^ADMIN_EMAIL: it is missing/],
    ['a sandbox that is neither on nor off', { SANDBOX: 'maybe' }, /^SANDBOX: "maybe" .*on, off or auto/],
    ['a short key', { SECRET_KEY: 'abcd' }, /^SECRET_KEY: .*32 bytes/],
  ])('says in one line what is wrong with %s', (_, env, line) => {
    const problems = problemsOf(env as Record<string, string>)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(line)
    expect(problems[0]).not.toContain('\n')
  })

  it('names all wrong variables at once and shows no secret', () => {
    const problems = problemsOf({
      PORT: 'x',
      ROLES: 'x',
      DATABASE_URL: 'mysql://u:hunter2@db/x',
      SECRET_KEY: 'hunter2',
      ADMIN_EMAIL: 'a@b.co',
      ADMIN_PASSWORD: 'hunter2',
    })
    expect(problems.map((line) => line.split(':')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'ROLES',
      'ADMIN_PASSWORD',
      'SECRET_KEY',
    ])
    expect(problems.join('\n')).not.toContain('hunter2')
  })

  it('treats an empty variable as absent', () => {
    expect(configOf({ PORT: '', DATABASE_URL: ' ', ADMIN_PASSWORD: '' }).port).toBe(3000)
  })

  it.each([
    [{}, true],
    [{ HOST: 'localhost' }, true],
    [{ HOST: '::1' }, true],
    [{ NODE_ENV: 'production' }, false],
    [{ HOST: '0.0.0.0' }, false],
    [{ HOST: '203.0.113.5' }, false],
    [{ HOST: '0.0.0.0', SANDBOX: 'on' }, true],
    [{ SANDBOX: '0' }, false],
  ])('plays with sandbox channels only where no stranger comes: %j → %s', (env, on) => {
    expect(configOf(env as Record<string, string>).sandbox).toBe(on)
  })

  it('knows both spellings of a key', () => {
    const bytes = Buffer.alloc(32, 7)
    expect(configOf({ SECRET_KEY: bytes.toString('hex') }).secretKey).toEqual(bytes)
    expect(configOf({ SECRET_KEY: bytes.toString('base64') }).secretKey).toEqual(bytes)
    expect(configOf({ SECRET_KEY: bytes.toString('base64url') }).secretKey).toEqual(bytes)
  })

  it('prints an address a browser can open, with the port that was really taken', () => {
    expect(publicUrlOf(configOf({ PORT: '0' }), 4711)).toBe('http://127.0.0.1:4711')
    expect(publicUrlOf(configOf({ HOST: '0.0.0.0' }), 3000)).toBe('http://localhost:3000')
    expect(publicUrlOf(configOf({ HOST: '::1' }), 3000)).toBe('http://[::1]:3000')
    expect(publicUrlOf(configOf({ PUBLIC_URL: 'https://a.example/' }), 3000)).toBe('https://a.example')
  })
})
