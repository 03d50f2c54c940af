import { isIPv6 } from 'node:net'
import * as v from 'valibot'

/** What this process does. Every node can do everything; several nodes may share the work. */
export const HUB_ROLES = ['api', 'worker', 'channels', 'campaigns'] as const
export type HubRole = (typeof HUB_ROLES)[number]

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The environment, checked once. Everything behind `parseConfig` trusts it. */
export interface Config {
  /** 0 = any free port. */
  port: number
  host: string
  /** No trailing slash. When PUBLIC_URL was not given it is made of HOST and PORT (see `publicUrlOf`). */
  publicUrl: string
  publicUrlGiven: boolean
  /** As given; relative to the working directory. */
  dataDir: string
  /** `postgres://…`, or null for SQLite in `dataDir`. */
  databaseUrl: string | null
  /** Servers of a cluster, or null for a nats-server child of our own. */
  natsUrls: string[] | null
  roles: ReadonlySet<HubRole>
  logLevel: LogLevel
  /** Creates the first administrator on an empty database. */
  admin: { email: string; password: string } | null
  sandbox: boolean
  production: boolean
  /** 32 bytes; null = the key file in `dataDir`. */
  secretKey: Uint8Array | null
  /** The nats-server program: a path, or a name looked up on PATH. */
  natsServer: string
}

export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] }

const MIN_PASSWORD = 10

const trimmed = v.pipe(v.string(), v.trim())

const shown = (value: unknown): string => JSON.stringify(value)

/** A check whose message shows the wrong value. Secrets use a fixed message instead. */
const fits = <T>(accepts: (value: T) => boolean, wrong: (value: T) => string) =>
  v.check<T, (issue: v.CheckIssue<T>) => string>(accepts, (issue) => wrong(issue.input))

const urlWith = (protocols: string[], text: string): boolean =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol)

const port = v.pipe(
  trimmed,
  fits(
    (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535,
    (text) => `${shown(text)} is not a port; give a whole number from 1 to 65535 (0 takes any free port).`,
  ),
  v.transform(Number),
)

const host = v.pipe(
  trimmed,
  fits(
    (text) => isIPv6(text) || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text),
    (text) =>
      `${shown(text)} is not an address to listen on; give an IP address or a host name without port or scheme.`,
  ),
)

const publicUrl = v.pipe(
  trimmed,
  fits(
    (text) => urlWith(['http:', 'https:'], text) && !/[?#]/.test(text),
    (text) => `${shown(text)} is not a web address; give one like https://chat.example.com.`,
  ),
  v.transform((text) => text.replace(/\/+$/, '')),
)

const databaseUrl = v.pipe(
  trimmed,
  fits(
    (text) => urlWith(['postgres:', 'postgresql:'], text) && new URL(text).hostname !== '',
    () =>
      'this is not a PostgreSQL address; give one like postgres://user:password@host:5432/name, or leave it out for SQLite.',
  ),
)

const natsUrls = v.pipe(
  trimmed,
  v.transform((text) => text.split(',').map((part) => part.trim())),
  fits(
    (urls) => urls.every((url) => urlWith(['nats:', 'tls:'], url)),
    () => 'this is not a list of NATS servers; give addresses like nats://a:4222,nats://b:4222, or leave it out.',
  ),
)

const isHubRole = (text: string): text is HubRole => HUB_ROLES.some((role) => role === text)

const roles = v.pipe(
  trimmed,
  v.transform((text) => text.split(',').map((part) => part.trim())),
  fits(
    (parts) => parts.every(isHubRole),
    (parts) => `${shown(parts.find((part) => !isHubRole(part)))} is not a role; give some of ${HUB_ROLES.join(',')}.`,
  ),
  v.transform((parts) => new Set(parts.filter(isHubRole))),
)

const logLevel = v.pipe(
  trimmed,
  v.toLowerCase(),
  v.picklist(LOG_LEVELS, (issue) => `${shown(issue.input)} is not a level; give one of ${LOG_LEVELS.join(', ')}.`),
)

const adminEmail = v.pipe(
  trimmed,
  v.email((issue) => `${shown(issue.input)} is not an email address; give one like admin@example.com.`),
  v.toLowerCase(),
)

const adminPassword = v.pipe(
  v.string(),
  v.minLength(MIN_PASSWORD, `the password is too short; give at least ${MIN_PASSWORD} characters.`),
)

const ON = ['1', 'on', 'true', 'yes']
const OFF = ['0', 'off', 'false', 'no']

const switchValue = v.pipe(
  trimmed,
  v.toLowerCase(),
  fits(
    (text) => [...ON, ...OFF, 'auto'].includes(text),
    (text) => `${shown(text)} is neither on nor off; give on, off or auto.`,
  ),
  v.transform((text) => (text === 'auto' ? null : ON.includes(text))),
)

/** 32 bytes as 64 hex digits or as base64 (44 characters, either alphabet). */
const keyBytes = (text: string): Uint8Array | null => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null
  return Buffer.from(text, 'base64')
}

const secretKey = v.pipe(
  trimmed,
  fits(
    (text) => keyBytes(text) !== null,
    () => 'the key is not 32 bytes in base64 or hex; make one by: openssl rand -base64 32',
  ),
  v.transform(keyBytes),
)

const environment = v.object({
  PORT: v.optional(port, '3000'),
  HOST: v.optional(host, '127.0.0.1'),
  PUBLIC_URL: v.optional(publicUrl),
  DATA_DIR: v.optional(v.string(), './data'),
  DATABASE_URL: v.optional(databaseUrl),
  NATS_URL: v.optional(natsUrls),
  ROLES: v.optional(roles, HUB_ROLES.join(',')),
  LOG_LEVEL: v.optional(logLevel, 'info'),
  ADMIN_EMAIL: v.optional(adminEmail),
  ADMIN_PASSWORD: v.optional(adminPassword),
  SANDBOX: v.optional(switchValue, 'auto'),
  SECRET_KEY: v.optional(secretKey),
  NATS_SERVER: v.optional(v.string(), 'nats-server'),
  NODE_ENV: v.optional(v.string(), ''),
})
type Environment = v.InferOutput<typeof environment>

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i

/** Whether others than this machine can reach that address. `0.0.0.0`, `::` and unknown names count as reachable. */
const isPublic = (address: string): boolean => !LOOPBACK.test(address)

const hostOfUrl = (address: string): string => {
  if (address === '0.0.0.0' || address === '::') return 'localhost'
  return isIPv6(address) ? `[${address}]` : address
}

/** The address people open, once the real port is known (PORT may be 0). */
export const publicUrlOf = (
  config: Pick<Config, 'publicUrl' | 'publicUrlGiven' | 'host'>,
  listening: number,
): string => (config.publicUrlGiven ? config.publicUrl : `http://${hostOfUrl(config.host)}:${listening}`)

/** An empty variable is an absent one: `docker run -e NAME=` and compose files make them. */
const withoutEmpty = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || value.trim() === '' ? [] : [[name, value]])),
  )

const adminProblem = (given: Record<string, string>): string | null => {
  if ('ADMIN_EMAIL' in given === 'ADMIN_PASSWORD' in given) return null
  return 'ADMIN_EMAIL' in given
    ? 'ADMIN_PASSWORD: it is missing beside ADMIN_EMAIL; give both or none.'
    : 'ADMIN_EMAIL: it is missing beside ADMIN_PASSWORD; give both or none.'
}

const configOf = (values: Environment): Config => {
  const production = values.NODE_ENV === 'production'
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL ?? `http://${hostOfUrl(values.HOST)}:${values.PORT}`,
    publicUrlGiven: values.PUBLIC_URL !== undefined,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    natsUrls: values.NATS_URL ?? null,
    roles: values.ROLES,
    logLevel: values.LOG_LEVEL,
    admin:
      values.ADMIN_EMAIL === undefined || values.ADMIN_PASSWORD === undefined
        ? null
        : { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD },
    sandbox: values.SANDBOX ?? !(production || isPublic(values.HOST)),
    production,
    secretKey: values.SECRET_KEY ?? null,
    natsServer: values.NATS_SERVER,
  }
}

/**
 * Reads the environment. Wrong values come back as plain lines, one per variable, each naming the variable, what is
 * wrong and what is right; none of them shows a secret.
 */
export function parseConfig(env: Record<string, string | undefined>): ConfigResult {
  const given = withoutEmpty(env)
  const parsed = v.safeParse(environment, given, { abortPipeEarly: true })
  const problems = (parsed.issues ?? []).map((issue) => `${v.getDotPath(issue)}: ${issue.message}`)
  const unpaired = adminProblem(given)
  if (unpaired !== null) problems.push(unpaired)
  return parsed.success && problems.length === 0
    ? { ok: true, config: configOf(parsed.output) }
    : { ok: false, problems }
}
