import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  durabilityOf,
  type NatsServer,
  NatsServerError,
  type NatsServerOptions,
  parseVersion,
  startNatsServer,
} from '../../src/nats-server.ts'

const binary = process.env.NATS_SERVER ?? 'nats-server'

let dataDir: string
let logged: string[]
const running = new Set<NatsServer>()
const connections = new Set<NatsConnection>()
const hubs = new Set<ChildProcess>()

const record = (_: object, message: string) => void logged.push(message)
const log = { debug: () => {}, info: record, warn: record, error: record }

async function start(more: Partial<NatsServerOptions> = {}): Promise<NatsServer> {
  const server = await startNatsServer({ binary, dataDir, log, ...more })
  running.add(server)
  return server
}

async function client(server: NatsServer): Promise<NatsConnection> {
  const connection = await connect({ servers: server.url, token: server.token, reconnectTimeWait: 50 })
  connections.add(connection)
  return connection
}

/** A killed process that nobody reaped yet (state Z) is dead. */
const isAlive = (pid: number): boolean => {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
  return state !== '' && !state.startsWith('Z')
}

async function store(connection: NatsConnection, texts: string[]): Promise<void> {
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: 'KEPT', subjects: ['kept.>'] })
  for (const text of texts) await jetstream(connection).publish('kept.x', text)
}

const storedCount = async (connection: NatsConnection): Promise<number> =>
  (await (await jetstreamManager(connection)).streams.info('KEPT')).state.messages

async function reconnected(connection: NatsConnection): Promise<void> {
  for await (const status of connection.status()) if (status.type === 'reconnect') return
}

/** A hub in a process of its own, that can be killed. */
async function startHub(): Promise<{ hub: ChildProcess; serverPid: number }> {
  const source = new URL('../../src/nats-server.ts', import.meta.url).href
  const script = `
    import { startNatsServer } from ${JSON.stringify(source)}
    const quiet = () => {}
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
    const server = await startNatsServer({ binary: ${JSON.stringify(binary)}, dataDir: ${JSON.stringify(dataDir)}, log })
    console.log(server.pid)
    setInterval(quiet, 60_000)
  `
  const hub = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  hubs.add(hub)
  const serverPid = await new Promise<number>((done) => hub.stdout?.once('data', (chunk) => done(Number(chunk))))
  return { hub, serverPid }
}

async function kill(hub: ChildProcess): Promise<void> {
  const gone = new Promise((done) => hub.once('exit', done))
  hub.kill('SIGKILL')
  await gone
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'onethread-nats-'))
  logged = []
})

afterEach(async () => {
  for (const connection of connections) await connection.close()
  for (const server of running) await server.stop()
  for (const hub of hubs) if (hub.exitCode === null && hub.signalCode === null) await kill(hub)
  connections.clear()
  running.clear()
  hubs.clear()
  await rm(dataDir, { recursive: true, force: true })
})

describe('our nats-server', () => {
  it('serves JetStream on loopback to who knows the token', async () => {
    const server = await start()
    expect(server.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/)
    const connection = await client(server)
    await store(connection, ['a'])
    expect(await storedCount(connection)).toBe(1)
  })

  it('refuses a client without the token or with a wrong one', async () => {
    const server = await start()
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i)
    await expect(connect({ servers: server.url, token: 'guess', reconnect: false })).rejects.toThrow(/authorization/i)
  })

  it('keeps the token out of sight of other users of the machine', async () => {
    const server = await start()
    expect((await stat(join(dataDir, 'nats', 'nats-server.conf'))).mode & 0o777).toBe(0o600)
    if (process.platform === 'linux')
      expect(await readFile(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(server.token)
  })

  it('takes a message of the size of a large webhook', async () => {
    const connection = await client(await start())
    await store(connection, ['x'.repeat(5 * 1024 * 1024)])
    expect(await storedCount(connection)).toBe(1)
  })

  it('comes back on the same port with its data after it was killed, and clients find it again', async () => {
    const ends: unknown[] = []
    const server = await start({ onExit: (end) => ends.push(end.signal) })
    const connection = await client(server)
    await store(connection, ['a', 'b', 'c'])
    const killed = server.pid
    const { url } = server
    const back = new Promise<void>((done) => server.onRestart(done))
    const foundAgain = reconnected(connection)
    process.kill(killed, 'SIGKILL')
    await Promise.all([back, foundAgain])
    expect(server.pid).not.toBe(killed)
    expect(server.url).toBe(url)
    expect(ends).toEqual(['SIGKILL'])
    expect(await storedCount(connection)).toBe(3)
  })

  it('says so when another program took its port meanwhile, and comes back once the port is free', async () => {
    const thief = createServer((socket) => socket.end())
    let port = 0
    let robbed = false
    const rob = () => {
      if (!robbed) thief.listen(port, '127.0.0.1')
      robbed = true
    }
    // The port is free from the server's end to its restart: that is when the thief comes.
    const server = await start({ onExit: rob })
    port = Number(new URL(server.url).port)
    const back = new Promise<void>((done) => server.onRestart(done))
    process.kill(server.pid, 'SIGKILL')
    await vi.waitFor(() => expect(logged.join('\n')).toContain(`port ${port} was taken`), { timeout: 10_000 })
    await new Promise((done) => thief.close(done))
    await back
    await store(await client(server), ['a'])
  })

  it('ends for good when the hub stops it', async () => {
    const server = await start()
    const { pid } = server
    await server.stop()
    expect(isAlive(pid)).toBe(false)
    await expect(stat(join(dataDir, 'nats', 'nats-server.pid'))).rejects.toThrow()
  })

  it('stops also while it is being started again', async () => {
    const server = await start()
    const ended = new Promise<void>((done) => server.onRestart(done))
    process.kill(server.pid, 'SIGKILL')
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
    await expect(Promise.race([ended.then(() => 'restarted'), Promise.resolve('stopped')])).resolves.toBe('stopped')
  })

  it('replaces what a killed hub left behind and finds its data', async () => {
    const first = await start()
    await store(await client(first), ['a', 'b'])
    for (const connection of connections) await connection.close()
    await first.stop()
    const { hub, serverPid } = await startHub()
    await kill(hub)
    const server = await start()
    expect(isAlive(serverPid)).toBe(false)
    expect(server.pid).not.toBe(serverPid)
    expect(logged).toContain('ended the nats-server that a killed hub left behind')
    expect(await storedCount(await client(server))).toBe(2)
  })

  it('leaves the server of a living hub alone', async () => {
    const { hub, serverPid } = await startHub()
    await expect(start()).rejects.toThrow(`Another hub (process ${hub.pid}) runs in this DATA_DIR`)
    expect(isAlive(serverPid)).toBe(true)
    hub.kill('SIGKILL')
    await vi.waitFor(() => expect(hub.signalCode).toBe('SIGKILL'))
    await start()
  })

  it('does not end an unrelated process that has the old process id by now', async () => {
    const bystander = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 60_000)'])
    hubs.add(bystander)
    await (await start()).stop()
    await writeFile(join(dataDir, 'nats', 'nats-server.pid'), JSON.stringify({ pid: bystander.pid, hubPid: 1 }))
    await start()
    expect(bystander.signalCode).toBeNull()
  })

  it('says what to do when the program is missing or is another one', async () => {
    await expect(start({ binary: '/nowhere/nats-server' })).rejects.toThrow(/not found .*NATS_SERVER/)
    await expect(start({ binary: process.execPath })).rejects.toThrow(NatsServerError)
  })

  it('says what to do, with the last words of the server, when it does not come up', async () => {
    const fake = join(dataDir, 'nats-server')
    const script =
      '#!/bin/sh\n[ "$1" = --version ] && echo "nats-server: v2.12.15" && exit\necho "[FTL] out of luck" >&2\nexit 1\n'
    await writeFile(fake, script, { mode: 0o755 })
    await expect(start({ binary: fake })).rejects.toThrow(/did not come up.*NATS_URL[^\n]*\n.*\[FTL\] out of luck/)
  })

  it('says what to do when DATA_DIR cannot be written', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    await expect(start({ dataDir: file })).rejects.toThrow(/^DATA_DIR cannot be written/)
  })

  it('says so too when only its file there cannot be written', async () => {
    await mkdir(join(dataDir, 'nats', 'nats-server.conf'), { recursive: true })
    await expect(start()).rejects.toThrow(/^DATA_DIR cannot be written \(EISDIR/)
  })

  it('warns where a power cut can cost acknowledged messages', async () => {
    const server = await start()
    const warned = logged.some((line) => line.includes('two minutes'))
    expect(warned).toBe(server.durability === 'interval')
    const config = await readFile(join(dataDir, 'nats', 'nats-server.conf'), 'utf8')
    expect(config.includes('sync_interval: always')).toBe(server.durability === 'always')
  })
})

describe('versions of nats-server', () => {
  it.each([
    ['nats-server: v2.9.10', 'interval'],
    ['nats-server: v2.10.22', 'interval'],
    ['nats-server: v2.10.23', 'always'],
    ['nats-server: v2.11.0-RC.1', 'always'],
    ['nats-server: v3.0.0', 'always'],
  ])('%s syncs: %s', (output, durability) => {
    expect(durabilityOf(parseVersion(output) ?? [])).toBe(durability)
  })
})
