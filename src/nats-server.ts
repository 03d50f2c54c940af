import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stopLeftover } from './nats-server-leftover.ts'
import {
  configText,
  environment,
  freePort,
  type NatsServerLog,
  portIsTaken,
  type Run,
  run,
  type ServerSettings,
  terminate,
  untilReady,
} from './nats-server-process.ts'
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
const BACKOFF_MS = { first: 100, most: 5_000 }
/** A server that ran that long was well: the next restart begins without delay again. */
const WELL_AFTER_MS = 30_000
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

const didNotComeUp = (lines: string[], timeoutMs: number): NatsServerError => {
  const text = lines.join('\n')
  const advice = /no space left|disk.*full/i.test(text)
    ? 'nats-server could not start: the disk of DATA_DIR is full; make room there.'
    : /permission denied|read-only/i.test(text)
      ? 'nats-server could not start: DATA_DIR is not writable; correct its rights or set another DATA_DIR.'
      : `nats-server did not come up within ${timeoutMs / 1000} s: see its last lines, or set NATS_URL to a server that runs.`
  return new NatsServerError([advice, ...lines.map((line) => `  ${line}`)].join('\n'))
}

const refuseDataDir =
  (path: string) =>
  (error: unknown): never => {
    throw new NatsServerError(
      `DATA_DIR cannot be written (${codeOf(error)} at ${path}): correct its rights, make room or set another DATA_DIR.`,
    )
  }

async function makeFolder(dataDir: string): Promise<string> {
  const folder = resolve(dataDir, 'nats')
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(refuseDataDir(folder))
  return folder
}

/** What stays the same over restarts. */
interface Setting {
  options: NatsServerOptions
  configFile: string
  pidFile: string
  /** Tells our server from any other on the port, without showing the token. */
  serverName: string
  settings: Omit<ServerSettings, 'port' | 'serverName'>
}

async function launch({ options, configFile, pidFile }: Setting): Promise<Run> {
  const started = run(options.binary, configFile, options.log)
  const record = JSON.stringify({ pid: started.child.pid, hubPid: process.pid })
  if (started.child.pid !== undefined)
    await writeFile(pidFile, record, { mode: 0o600 }).catch((error: unknown) =>
      options.log.error({ error: String(error) }, `${pidFile} cannot be written`),
    )
  return started
}

/** The first start finds the port; every later one must take the same. */
async function firstRun(setting: Setting): Promise<{ first: Run; port: number }> {
  const { options, configFile, serverName, settings } = setting
  const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const text = configText({ ...settings, serverName, port })
    await writeFile(configFile, text, { mode: 0o600 }).catch(refuseDataDir(configFile))
    const first = await launch(setting)
    if (await untilReady(first, { port, serverName }, timeoutMs)) return { first, port }
    await terminate(first)
    // Somebody else took the port between our probe and the server's bind.
    if (tries < 3 && portIsTaken(first.lines)) continue
    throw didNotComeUp(first.lines, timeoutMs)
  }
}

/** Keeps one run of the server alive after the other, until it is told to stop. */
function supervise(
  setting: Setting,
  first: Run,
  port: number,
): Pick<NatsServer, 'onRestart' | 'stop'> & { run(): Run } {
  const { options, serverName, pidFile } = setting
  const { log } = options
  const listeners = new Set<() => void>()
  const stopping = new AbortController()
  let current = first
  let backoffMs = BACKOFF_MS.first
  const endWithHub = () => current.child.kill('SIGTERM')
  process.once('exit', endWithHub)

  const report = (): void => {
    const { exitCode: code, signalCode: signal } = current.child
    const lastLines = [...current.lines]
    if (portIsTaken(lastLines))
      log.error({ port }, `port ${port} was taken by another program while nats-server was down; trying again`)
    else log.warn({ code, signal, lastLines }, 'nats-server ended; starting it again')
    options.onExit?.({ code, signal, lastLines })
  }

  const restart = async (): Promise<void> => {
    if (Date.now() - current.startedAt > WELL_AFTER_MS) backoffMs = BACKOFF_MS.first
    await wait(backoffMs, undefined, { signal: stopping.signal })
    backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most)
    current = await launch(setting)
    // A large store takes its time to recover: wait for as long as the process lives.
    if (!(await untilReady(current, { port, serverName }, Number.POSITIVE_INFINITY, stopping.signal))) return
    log.info({ pid: current.child.pid }, 'nats-server runs again')
    for (const listener of listeners) listener()
  }

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await current.ended
      if (stopping.signal.aborted) return
      report()
      await restart()
    }
  }
  const watching = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ error: String(error) }, 'nats-server is no longer watched')
  })

  return {
    run: () => current,
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

/** Two servers on one store would destroy it. */
async function makeRoom(files: { pidFile: string; configFile: string }, log: NatsServerLog): Promise<void> {
  const leftover = await stopLeftover(files)
  if (leftover.state === 'in_use')
    throw new NatsServerError(
      `Another hub (process ${leftover.hubPid}) runs in this DATA_DIR: stop it or set another DATA_DIR.`,
    )
  if (leftover.state === 'stopped')
    log.warn({ pid: leftover.pid }, 'ended the nats-server that a killed hub left behind')
}

/**
 * Starts the server and watches it. What is left of a killed hub in the same `dataDir` is ended first. Rejects with a
 * NatsServerError that says what to do.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const numbers = await versionOf(options.binary)
  const version = numbers.join('.')
  const durability = durabilityOf(numbers)
  const folder = await makeFolder(options.dataDir)
  const files = { configFile: join(folder, 'nats-server.conf'), pidFile: join(folder, 'nats-server.pid') }
  await makeRoom(files, options.log)
  if (durability === 'interval')
    options.log.warn(
      { version },
      `nats-server ${version} may lose up to two minutes of acknowledged messages in a power cut; 2.10.23 or newer does not`,
    )
  const token = randomBytes(32).toString('hex')
  const serverName = `onethread-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`
  const setting: Setting = { ...files, options, serverName, settings: { token, folder, durability } }
  const { first, port } = await firstRun(setting)
  const supervised = supervise(setting, first, port)
  return {
    url: `nats://127.0.0.1:${port}`,
    token,
    version,
    durability,
    get pid() {
      return supervised.run().child.pid ?? 0
    },
    onRestart: supervised.onRestart,
    stop: supervised.stop,
  }
}
