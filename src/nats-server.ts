import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stopLeftover } from './nats-server-leftover.ts'
import { programOutput } from './program-output.ts'

/**
 * A nats-server child of our own: JetStream on loopback, kept running on one port for as long as the hub lives, so that
 * clients find it again after it died.
 */
export interface NatsServer {
  /** `nats://127.0.0.1:<port>`; the same over restarts. */
  readonly url: string
  readonly token: string
  /** Of the process that runs now; changes with a restart. */
  readonly pid: number
  readonly version: string
  /**
   * `always`: an acknowledged message is on disk. `interval`: a power cut loses up to two minutes of acknowledged
   * messages (nats-server before 2.10.23 has no sync that can be trusted on every write).
   */
  readonly durability: 'always' | 'interval'
  /** Called after each unwanted end, once the server accepts clients again. Returns the unsubscribe. */
  onRestart(listener: () => void): () => void
  /** Ends the server and resolves when its data is closed. */
  stop(): Promise<void>
}

export interface NatsServerLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface NatsServerOptions {
  /** Path, or a name looked up on PATH. */
  binary: string
  /** The hub's DATA_DIR; the server lives in `nats/` inside it. */
  dataDir: string
  log: NatsServerLog
  /** Called at once when the server ended by itself; it is being restarted. */
  onExit?: (end: { code: number | null; signal: string | null; lastLines: string[] }) => void
  /** How long the first start may take. Milliseconds, default 10,000. */
  readyTimeoutMs?: number
}

/** Says what to do, in its first line; the server's last lines follow where they help. */
export class NatsServerError extends Error {
  override name = 'NatsServerError'
}

/** First version whose `sync_interval: always` holds on a single node (release notes of nats-server 2.10.23). */
const SYNC_ALWAYS_SINCE = [2, 10, 23]
const READY_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 10_000
const BACKOFF_MS = { first: 100, most: 5_000 }
/** A server that ran that long was well: the next restart begins without delay again. */
const WELL_AFTER_MS = 30_000
const KEPT_LINES = 20
/** Webhook bodies travel on the bus. */
const MAX_PAYLOAD = '8MB'
/** Places where packages put the server and where a user's PATH does not always look. */
const MORE_PATHS = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [process.env.PATH ?? '', ...MORE_PATHS].join(delimiter),
})

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

/** `nats-server: v2.10.27` → [2, 10, 27] */
export const parseVersion = (output: string): number[] | null => {
  const match = /v(\d+)\.(\d+)\.(\d+)/.exec(output)
  return match === null ? null : match.slice(1, 4).map(Number)
}

export const durabilityOf = (version: number[]): NatsServer['durability'] => {
  for (const [place, least] of SYNC_ALWAYS_SINCE.entries()) {
    const part = version[place] ?? 0
    if (part !== least) return part > least ? 'always' : 'interval'
  }
  return 'always'
}

async function versionOf(binary: string): Promise<number[]> {
  const answer = await programOutput(binary, ['--version'], { env: environment(), timeout: 10_000 }).catch(
    (error: unknown) => {
      throw new NatsServerError(
        codeOf(error) === 'ENOENT'
          ? `nats-server was not found (${binary}): install it (apt-get install nats-server, brew install nats-server) or set NATS_SERVER to its path.`
          : `${binary} does not run as nats-server (${codeOf(error)}): set NATS_SERVER to the path of one that does.`,
      )
    },
  )
  const version = parseVersion(answer)
  if (version === null) throw new NatsServerError(`${binary} is not nats-server: set NATS_SERVER to its path.`)
  return version
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done, failed) => probe.once('error', failed).listen(0, '127.0.0.1', done))
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

interface Settings {
  serverName: string
  port: number
  token: string
  folder: string
  durability: NatsServer['durability']
}

/** nats-server reads its own format; strings as JSON are valid in it. */
const configText = ({ serverName, port, token, folder, durability }: Settings): string => `
server_name: ${JSON.stringify(serverName)}
listen: "127.0.0.1:${port}"
authorization { token: ${JSON.stringify(token)} }
jetstream {
  store_dir: ${JSON.stringify(folder)}
${durability === 'always' ? '  sync_interval: always\n' : ''}}
max_payload: ${MAX_PAYLOAD}
write_deadline: "10s"
`

/** Whether the server of that name, with JetStream up, answers on the port. Every client is first sent `INFO {…}`. */
function answers(port: number, serverName: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 })
    const finish = (yes: boolean) => {
      socket.destroy()
      done(yes)
    }
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (text.includes('\r\n')) finish(text.includes(JSON.stringify(serverName)) && /"jetstream":\s*true/.test(text))
    })
    socket.once('error', () => finish(false))
    socket.once('close', () => finish(false))
    socket.once('timeout', () => finish(false))
  })
}

/** One run of the program. */
interface Run {
  child: ChildProcess
  startedAt: number
  lines: string[]
  /** Resolves when the process is gone. */
  ended: Promise<void>
}

const isRunning = ({ child }: Run): boolean => child.exitCode === null && child.signalCode === null

/** Keeps the newest lines for error messages and hands what the server complains about to our log. */
function readLog(child: ChildProcess, lines: string[], log: NatsServerLog): void {
  let rest = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n')
    rest = parts.pop() ?? ''
    for (const raw of parts) {
      const line = raw.replace(/^\[\d+\] \S+ \S+ /, '').trimEnd()
      if (line === '') continue
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      if (/^\[(ERR|FTL)\]/.test(line)) log.error({ line }, 'nats-server reports an error')
      else if (line.startsWith('[WRN]')) log.warn({ line }, 'nats-server warns')
      else log.debug({ line }, 'nats-server')
    }
  })
}

/** Starts the program in a group of its own: Ctrl-C is for the hub, which still needs the bus while it finishes. */
function run(binary: string, configFile: string, log: NatsServerLog): Run {
  const child = spawn(binary, ['--config', configFile], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const lines: string[] = []
  readLog(child, lines, log)
  const ended = new Promise<void>((done) => {
    child.once('close', () => done())
    child.once('error', (error) => {
      lines.push(error.message)
      done()
    })
  })
  return { child, startedAt: Date.now(), lines, ended }
}

/** True once clients are served; false when the process ended or the time is over. */
async function untilReady(
  of: Run,
  server: { port: number; serverName: string },
  timeoutMs: number,
  stopping: AbortSignal,
): Promise<boolean> {
  const giveUpAt = Date.now() + timeoutMs
  while (!stopping.aborted && isRunning(of) && of.child.pid !== undefined && Date.now() < giveUpAt) {
    if (await answers(server.port, server.serverName)) return true
    await wait(20)
  }
  return false
}

const portIsTaken = (lines: string[]): boolean => lines.some((line) => line.includes('address already in use'))

async function terminate(of: Run): Promise<void> {
  if (isRunning(of)) of.child.kill('SIGTERM')
  const late = setTimeout(() => of.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await of.ended
  clearTimeout(late)
}

const didNotComeUp = (lines: string[], timeoutMs: number): NatsServerError => {
  const text = lines.join('\n')
  const advice = /no space left|disk.*full/i.test(text)
    ? 'nats-server could not start: the disk of DATA_DIR is full; make room there.'
    : /permission denied|read-only/i.test(text)
      ? 'nats-server could not start: DATA_DIR is not writable; correct its rights or set another DATA_DIR.'
      : `nats-server did not come up within ${timeoutMs / 1000} s: see its last lines, or set NATS_URL to a server that runs.`
  return new NatsServerError([advice, ...lines.map((line) => `  ${line}`)].join('\n'))
}

async function makeFolder(dataDir: string): Promise<string> {
  const folder = resolve(dataDir, 'nats')
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new NatsServerError(
      `DATA_DIR cannot be written (${codeOf(error)} at ${folder}): correct its rights, make room or set another DATA_DIR.`,
    )
  })
  return folder
}

/**
 * Starts the server and watches it. What is left of a killed hub in the same `dataDir` is ended first: two servers on
 * one store would destroy it. Rejects with a NatsServerError that says what to do.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const { binary, log, readyTimeoutMs = READY_TIMEOUT_MS } = options
  const version = await versionOf(binary)
  const durability = durabilityOf(version)
  const folder = await makeFolder(options.dataDir)
  const configFile = join(folder, 'nats-server.conf')
  const pidFile = join(folder, 'nats-server.pid')
  const leftover = await stopLeftover({ pidFile, configFile })
  if (leftover.state === 'in_use')
    throw new NatsServerError(
      `Another hub (process ${leftover.hubPid}) runs in this DATA_DIR: stop it or set another DATA_DIR.`,
    )
  if (leftover.state === 'stopped')
    log.warn({ pid: leftover.pid }, 'ended the nats-server that a killed hub left behind')
  if (durability === 'interval')
    log.warn(
      { version: version.join('.') },
      `nats-server ${version.join('.')} may lose up to two minutes of acknowledged messages in a power cut; 2.10.23 or newer does not`,
    )

  const token = randomBytes(32).toString('hex')
  /** Tells our server from any other on the port, without showing the token. */
  const serverName = `onethread-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`
  const listeners = new Set<() => void>()
  const stopping = new AbortController()
  let port = 0
  let backoffMs = BACKOFF_MS.first

  const launch = async (): Promise<Run> => {
    const started = run(binary, configFile, log)
    if (started.child.pid !== undefined)
      await writeFile(pidFile, JSON.stringify({ pid: started.child.pid, hubPid: process.pid }), { mode: 0o600 }).catch(
        (error: unknown) => log.error({ error: String(error) }, `${pidFile} cannot be written`),
      )
    return started
  }

  const first = async (): Promise<Run> => {
    for (let tries = 1; ; tries++) {
      port = await freePort()
      const text = configText({ serverName, port, token, folder, durability })
      await writeFile(configFile, text, { mode: 0o600 })
      const started = await launch()
      if (await untilReady(started, { port, serverName }, readyTimeoutMs, stopping.signal)) return started
      await terminate(started)
      // Somebody else took the port between our probe and the server's bind.
      if (tries < 3 && portIsTaken(started.lines)) continue
      throw didNotComeUp(started.lines, readyTimeoutMs)
    }
  }

  let current = await first()
  const endWithHub = () => current.child.kill('SIGTERM')
  process.once('exit', endWithHub)

  const restart = async (): Promise<void> => {
    if (Date.now() - current.startedAt > WELL_AFTER_MS) backoffMs = BACKOFF_MS.first
    await wait(backoffMs, undefined, { signal: stopping.signal })
    backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most)
    const next = await launch()
    current = next
    // A large store takes its time to recover: wait for as long as the process lives.
    if (!(await untilReady(next, { port, serverName }, Number.POSITIVE_INFINITY, stopping.signal))) return
    log.info({ pid: next.child.pid }, 'nats-server runs again')
    for (const listener of listeners) listener()
  }

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await current.ended
      if (stopping.signal.aborted) return
      const { exitCode: code, signalCode: signal } = current.child
      const lastLines = [...current.lines]
      if (portIsTaken(lastLines))
        log.error({ port }, `port ${port} was taken by another program while nats-server was down; trying again`)
      else log.warn({ code, signal, lastLines }, 'nats-server ended; starting it again')
      options.onExit?.({ code, signal, lastLines })
      await restart()
    }
  }
  const watching = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ error: String(error) }, 'nats-server could not be started again')
  })

  return {
    url: `nats://127.0.0.1:${port}`,
    token,
    version: version.join('.'),
    durability,
    get pid() {
      return current.child.pid ?? 0
    },
    onRestart(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async stop() {
      stopping.abort()
      await terminate(current)
      await watching
      // A restart may have launched one more while we were ending the last.
      await terminate(current)
      process.off('exit', endWithHub)
      await rm(pidFile, { force: true })
    },
  }
}
