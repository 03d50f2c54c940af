import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import * as v from 'valibot'

/** An account the sandbox wants to be talked to by; `key` stays the same over restarts. */
export interface SandboxAccount {
  key: string
  channel: string
  name: string
  config: Record<string, unknown>
}

/** Who can sign in to the inbox, as the sandbox's page shows it: never a password. */
export interface SignIn {
  name: string
  email: string
  role: string
}

/** The remote parties to play with, in a process of their own. */
export interface Sandbox {
  /** One for each channel, as they are wanted now. */
  readonly accounts: SandboxAccount[]
  /** Of the process that is there now; null between two. */
  readonly processId: number | null
  /** Where that process answers, for the hub alone; null while there is none. */
  readonly origin: string | null
  /** Tells the remote party which account is its own, and so where its webhooks go. */
  attach(key: string, accountId: string): void
  tellSignIns(people: SignIn[]): void
  /** Everything below /sandbox. Event streams stay open as long as the browser's request. */
  handle(request: Request): Promise<Response>
  /** Called when the accounts are others than before, e.g. because a port was taken; returns the unsubscribe. */
  onAccounts(listener: () => void): () => void
  stop(): Promise<void>
}

export interface SandboxOptions {
  dataDir: string
  /** The hub's public address: it stands in webhooks' signatures and says by which names the page may be opened. */
  hubUrl: string
  /** Where the hub is reached from this machine, when that is not its public address. */
  localUrl?: string
  log: Pick<Logger, 'info' | 'warn' | 'error'>
}

const fromProcess = v.variant('type', [
  v.object({
    type: v.literal('ready'),
    port: v.number(),
    accounts: v.array(
      v.object({ key: v.string(), channel: v.string(), name: v.string(), config: v.record(v.string(), v.unknown()) }),
    ),
  }),
  v.object({ type: v.literal('failed'), reason: v.string() }),
])
type Ready = v.InferOutput<typeof fromProcess> & { type: 'ready' }

const PROGRAM = fileURLToPath(new URL('../sandbox/main.ts', import.meta.url))
const START_MS = 30_000
const STOP_MS = 5_000
const RESTART_MS = 1_000

/** Starts the process, and starts it again whenever it dies. Rejects when it does not come up at first. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = new SandboxProcess(options)
  await sandbox.start()
  return sandbox
}

class SandboxProcess implements Sandbox {
  accounts: SandboxAccount[] = []
  origin: string | null = null
  readonly #options: SandboxOptions
  /** Whoever reaches the sandbox's port without it did not come through the hub. */
  readonly #secret = randomBytes(24).toString('base64url')
  readonly #attached = new Map<string, string>()
  readonly #listeners = new Set<() => void>()
  readonly #stopped = new AbortController()
  #signIns: SignIn[] = []
  #child: ChildProcess | null = null

  constructor(options: SandboxOptions) {
    this.#options = options
  }

  get processId(): number | null {
    return this.#child?.pid ?? null
  }

  async start(): Promise<void> {
    const { dataDir, hubUrl, localUrl = hubUrl } = this.#options
    const child = fork(PROGRAM, {
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child = child
    child.on('error', (error) => this.#options.log.error({ err: error }, 'the sandbox could not be started'))
    child.send({ type: 'start', dataDir, hubUrl, localUrl, secret: this.#secret, signIns: this.#signIns })
    const ready = await this.#ready(child).catch((error) => {
      child.kill('SIGKILL')
      throw error
    })
    this.origin = `http://127.0.0.1:${ready.port}`
    for (const [key, accountId] of this.#attached) child.send({ type: 'attach', key, accountId })
    const changed = JSON.stringify(ready.accounts) !== JSON.stringify(this.accounts)
    this.accounts = ready.accounts
    if (changed) for (const listener of this.#listeners) listener()
    child.once('exit', (code, signal) => void this.#restart(code ?? signal))
  }

  attach(key: string, accountId: string): void {
    this.#attached.set(key, accountId)
    this.#tell({ type: 'attach', key, accountId })
  }

  tellSignIns(people: SignIn[]): void {
    this.#signIns = people
    this.#tell({ type: 'signIns', people })
  }

  onAccounts(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async handle(request: Request): Promise<Response> {
    const { host, pathname, search } = new URL(request.url)
    if (this.origin === null) return unavailable()
    const headers = new Headers(request.headers)
    for (const name of HOP_BY_HOP) headers.delete(name)
    headers.set('x-sandbox-secret', this.#secret)
    headers.set('x-sandbox-host', host)
    const signal = AbortSignal.any([request.signal, this.#stopped.signal])
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
    try {
      const response = await fetch(this.origin + pathname + search, {
        method: request.method,
        headers,
        ...(hasBody ? { body: await request.arrayBuffer() } : {}),
        redirect: 'manual',
        signal,
      })
      const answered = new Headers(response.headers)
      for (const name of HOP_BY_HOP) answered.delete(name)
      return new Response(response.body && endingWith(signal, response.body), {
        status: response.status,
        headers: answered,
      })
    } catch {
      return unavailable()
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    if (child.connected) child.disconnect()
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(late)
  }

  #tell(word: object): void {
    if (this.#child?.connected && this.origin !== null) this.#child.send(word)
  }

  #ready(child: ChildProcess): Promise<Ready> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('The sandbox did not come up in 30 seconds.')), START_MS)
      child.once('exit', (code) => {
        clearTimeout(late)
        reject(new Error(`The sandbox ended with ${code} before it was up.`))
      })
      child.on('message', (raw) => {
        const word = v.parse(fromProcess, raw)
        if (word.type === 'failed') return reject(new Error(word.reason))
        clearTimeout(late)
        resolve(word)
      })
    })
  }

  async #restart(ended: unknown): Promise<void> {
    this.origin = null
    while (!this.#stopped.signal.aborted) {
      this.#options.log.warn({ ended }, 'the sandbox ended; it is started again')
      await pause(RESTART_MS, undefined, { signal: this.#stopped.signal }).catch(() => {})
      if (this.#stopped.signal.aborted) return
      const failed = await this.start().then(
        () => null,
        (error: unknown) => error,
      )
      if (failed === null) return
      this.#options.log.error({ err: failed }, 'the sandbox did not start again')
    }
  }
}

/** RFC 9110, 7.6.1; and what fetch fills in itself. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'host',
  'content-length',
  'expect',
  'accept-encoding',
]

/** The same stream; that somebody went away is its end and no failure. */
const endingWith = (signal: AbortSignal, body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        if (signal.aborted) controller.close()
        else controller.error(error)
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

const unavailable = (): Response =>
  Response.json(
    { title: 'The sandbox is away', status: 503, detail: 'The sandbox is starting again: try once more in a moment.' },
    { status: 503, headers: { 'content-type': 'application/problem+json', 'retry-after': '1' } },
  )
