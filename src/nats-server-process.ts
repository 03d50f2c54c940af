import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { delimiter } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** The nats-server program itself: its configuration, one run of it, and whether it serves. */

const STOP_TIMEOUT_MS = 10_000
const KEPT_LINES = 20
/** Webhook bodies travel on the bus. */
const MAX_PAYLOAD = '8MB'
/** Places where packages put the server and where a user's PATH does not always look. */
const MORE_PATHS = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']

/** The surroundings in which the program is looked up and run. */
export const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [process.env.PATH ?? '', ...MORE_PATHS].join(delimiter),
})

export interface NatsServerLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done, failed) => probe.once('error', failed).listen(0, '127.0.0.1', done))
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

export interface ServerSettings {
  serverName: string
  port: number
  token: string
  folder: string
  durability: 'always' | 'interval'
}

/** nats-server reads its own format; strings as JSON are valid in it. */
export const configText = ({ serverName, port, token, folder, durability }: ServerSettings): string => `
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
export interface Run {
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
export function run(binary: string, configFile: string, log: NatsServerLog): Run {
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
export async function untilReady(
  of: Run,
  server: { port: number; serverName: string },
  timeoutMs: number,
  stopping?: AbortSignal,
): Promise<boolean> {
  const giveUpAt = Date.now() + timeoutMs
  while (stopping?.aborted !== true && isRunning(of) && of.child.pid !== undefined && Date.now() < giveUpAt) {
    if (await answers(server.port, server.serverName)) return true
    await wait(20)
  }
  return false
}

export const portIsTaken = (lines: string[]): boolean => lines.some((line) => line.includes('address already in use'))

export async function terminate(of: Run): Promise<void> {
  if (isRunning(of)) of.child.kill('SIGTERM')
  const late = setTimeout(() => of.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await of.ended
  clearTimeout(late)
}
