import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HubClient } from './hub-client.ts'

/** The hub as people run it: `src/main.ts` in a process of its own, which can be killed and started again. */

const MAIN = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const READY = /Onethread is ready: (\S+)/
const START_PATIENCE_MS = 60_000

export const ADMIN = { email: 'admin@hub.test', password: 'correct horse battery' }

/** The surroundings of a hub: nothing of the tests' own environment but what a program needs to run. */
export const hubEnvironment = (over: Record<string, string>): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? os.tmpdir(),
  ...(process.env.NATS_SERVER ? { NATS_SERVER: process.env.NATS_SERVER } : {}),
  SANDBOX: 'off',
  PORT: '0',
  LOG_LEVEL: 'info',
  ...over,
})

export interface Ended {
  code: number | null
  out: string
  complaints: string
}

/** Starts the program and waits for its end: for starts that must fail. */
export const runMain = async (over: Record<string, string>): Promise<Ended> => {
  const child = spawn(process.execPath, [MAIN], { env: hubEnvironment(over), stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let complaints = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, complaints }
}

export class RunningHub {
  readonly dataDir: string
  readonly log: string[] = []
  url = ''
  admin!: HubClient
  readonly #over: Record<string, string>
  #child: ChildProcess | null = null

  private constructor(dataDir: string, over: Record<string, string>) {
    this.dataDir = dataDir
    this.#over = over
  }

  static async start(over: Record<string, string> = {}): Promise<RunningHub> {
    const hub = new RunningHub(await mkdtemp(path.join(os.tmpdir(), 'onethread-hub-')), over)
    await hub.launch()
    hub.admin = await hub.signIn(ADMIN.email, ADMIN.password)
    return hub
  }

  get port(): string {
    return new URL(this.url).port
  }

  signIn(email: string, password: string): Promise<HubClient> {
    return HubClient.signIn(this.url, email, password)
  }

  /** Starts it on the same data, and on the same port when it had one. */
  async launch(): Promise<void> {
    const child = spawn(process.execPath, [MAIN], {
      env: hubEnvironment({
        DATA_DIR: this.dataDir,
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        ...this.#over,
        ...(this.url === '' ? {} : { PORT: this.port }),
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const read = (chunk: Buffer) => this.log.push(...chunk.toString().trimEnd().split('\n'))
    child.stderr?.on('data', read)
    const ready = new Promise<string>((resolve, reject) => {
      const patience = setTimeout(() => reject(this.#failure('was not ready in time')), START_PATIENCE_MS)
      child.stdout?.on('data', (chunk: Buffer) => {
        read(chunk)
        const url = READY.exec(chunk.toString())?.[1]
        if (url) resolve(url)
      })
      child.once('close', (code, signal) => reject(this.#failure(`ended with ${code ?? signal} before it was ready`)))
      child.once('close', () => clearTimeout(patience))
      void patience.unref()
    })
    this.url = await ready
  }

  #failure(what: string): Error {
    return new Error(`The hub ${what}:\n${this.log.slice(-20).join('\n')}`)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** SIGKILL: nothing is finished, nothing is closed. */
  async kill(): Promise<void> {
    if (!this.running || !this.#child) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  /** SIGTERM, as an operator or a service manager stops it. */
  async stop(): Promise<{ code: number | null; ms: number }> {
    if (!this.running || !this.#child) return { code: this.#child?.exitCode ?? null, ms: 0 }
    const startedAt = Date.now()
    const ended = once(this.#child, 'exit') as Promise<[number | null]>
    this.#child.kill('SIGTERM')
    const [code] = await ended
    return { code, ms: Date.now() - startedAt }
  }

  async natsPid(): Promise<number | null> {
    try {
      const record = await readFile(path.join(this.dataDir, 'nats', 'nats-server.pid'), 'utf8')
      return (JSON.parse(record) as { pid: number }).pid
    } catch {
      return null
    }
  }

  /** SIGKILL for the hub's own nats-server; the hub starts it again. False when none ran. */
  async killNats(): Promise<boolean> {
    const pid = await this.natsPid()
    if (pid === null) return false
    try {
      process.kill(pid, 'SIGKILL')
      return true
    } catch {
      return false
    }
  }

  /** Resolves when the hub says that all its parts are well. */
  async ready(): Promise<void> {
    for (;;) {
      const response = await fetch(`${this.url}/readyz`).catch(() => null)
      if (response?.ok) return
      await delay(50)
    }
  }

  async close(): Promise<void> {
    await this.stop()
    // A hub that was killed last leaves its server behind.
    const pid = await this.natsPid()
    if (pid !== null) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It is gone.
      }
    }
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
