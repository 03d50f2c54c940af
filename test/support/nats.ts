import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Bus, connectBus } from '../../src/bus.ts'
import { type NatsServer, startNatsServer } from '../../src/nats-server.ts'

export interface TestNats {
  server: NatsServer
  bus: Bus
  /** Another connection to the same server. */
  connect(): Promise<Bus>
  close(): Promise<void>
}

/** A real nats-server of the test's own, with a bus on it. */
export const startTestNats = async (): Promise<TestNats> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'onethread-nats-'))
  const server = await startNatsServer({
    binary: process.env.NATS_SERVER ?? 'nats-server',
    dataDir: folder,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const connect = () => connectBus({ servers: [server.url], token: server.token, replicas: 1, name: 'test' })
  const bus = await connect()
  return {
    server,
    bus,
    connect,
    async close() {
      await bus.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
