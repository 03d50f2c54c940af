import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** The hub as an operator runs it, in its own process; spoken to only by HTTP. */
export interface HubProcess {
  origin: string
  pid: number
  /** Of its nats-server. */
  natsPid: number
  /** Milliseconds from spawn to ready. */
  startedInMs: number
  /** Of the administrator's session. */
  cookie: string
  api<T>(method: string, path: string, body?: object): Promise<T>
  stop(): Promise<void>
}

const MAIN = path.join(import.meta.dirname, '..', 'src', 'main.ts')
const ADMIN = { email: 'bench@example.com', password: 'bench-bench-bench' }
const START_LIMIT_MS = 60_000

const environment = (dataDir: string) => ({
  ...process.env,
  DATA_DIR: dataDir,
  PORT: '0',
  HOST: '127.0.0.1',
  SANDBOX: 'off',
  LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
})

/** Resolves with the address that the hub prints once it is ready. */
const untilReady = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    const late = setTimeout(
      () => reject(new Error(`the hub was not ready in ${START_LIMIT_MS / 1000} s`)),
      START_LIMIT_MS,
    )
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const url = /Onethread is ready: (\S+)/.exec(said)?.[1]
      if (!url) return
      clearTimeout(late)
      resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`the hub ended with ${code}: ${said}`)))
  })

export const signIn = async (origin: string, who: { email: string; password: string }): Promise<string> => {
  const response = await fetch(`${origin}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-onethread': '1' },
    body: JSON.stringify({ email: who.email, password: who.password }),
  })
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

export interface HubOptions {
  dataDir: string
  /** More arguments for Node, such as those of its profiler. */
  nodeArgs?: string[]
  /** False for one that is only started and stopped. */
  signIn?: boolean
}

export const startHub = async (options: HubOptions): Promise<HubProcess> => {
  const { dataDir, nodeArgs = [] } = options
  const from = performance.now()
  const child = spawn(process.execPath, [...nodeArgs, MAIN], {
    env: environment(dataDir),
    stdio: ['ignore', 'pipe', process.env.LOG_LEVEL ? 'inherit' : 'ignore'],
  })
  const endWithUs = () => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const origin = await untilReady(child)
  const startedInMs = performance.now() - from
  const record = await readFile(path.join(dataDir, 'nats', 'nats-server.pid'), 'utf8')
  const cookie = options.signIn === false ? '' : await signIn(origin, ADMIN)
  return {
    origin,
    pid: child.pid ?? 0,
    natsPid: Number((JSON.parse(record) as { pid: number }).pid),
    startedInMs,
    cookie,
    async api<T>(method: string, where: string, body?: object): Promise<T> {
      const response = await fetch(`${origin}/api/v1${where}`, {
        method,
        headers: { cookie, 'x-onethread': '1', 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`)
      return (response.status === 204 ? undefined : await response.json()) as T
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      process.off('exit', endWithUs)
    },
  }
}
