import { randomBytes, randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AdapterContext } from '../../adapters/contract.ts'
import { openMediaStore } from '../../src/media.ts'
import type { AccountId, Millis } from '../../src/model.ts'

type LogLevel = keyof AdapterContext['log']

export interface TestContext extends AdapterContext {
  /** What the adapter logged, oldest first. */
  readonly logged: { level: LogLevel; fields: object; message: string }[]
  /** Removes the temporary folder. */
  close(): Promise<void>
}

/**
 * An adapter's surroundings for tests: a real media store in a temporary folder, the real clock, signals and shared
 * values of one process. Everything can be replaced.
 */
export async function testContext(overrides: Partial<AdapterContext> = {}): Promise<TestContext> {
  const dir = await mkdtemp(join(tmpdir(), 'adapter-'))
  const stateDir = join(dir, 'state')
  await mkdir(stateDir)
  const now = overrides.now ?? Date.now
  const account = overrides.account ?? (randomUUID() as AccountId)
  const publicUrl = overrides.publicUrl ?? 'http://127.0.0.1:9'
  const logged: TestContext['logged'] = []
  return {
    account,
    accountName: 'Test account',
    publicUrl,
    hookUrl: `${publicUrl}/hooks/${account}`,
    secret: randomBytes(32),
    stateDir,
    now,
    log: recordingLog(logged),
    media: await openMediaStore(join(dir, 'media')),
    history: async () => [],
    attended: async () => true,
    mayRead: async () => false,
    live: liveBus(),
    shared: sharedValues(now),
    ...overrides,
    logged,
    close: () => rm(dir, { recursive: true, force: true }),
  }
}

function recordingLog(logged: TestContext['logged']): AdapterContext['log'] {
  const at = (level: LogLevel) => (fields: object, message: string) => {
    logged.push({ level, fields, message })
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Data crosses as JSON, as it does between nodes: a test must not pass because two sides share an object. */
export function liveBus(): AdapterContext['live'] {
  const bus = new EventEmitter()
  bus.setMaxListeners(0)
  return {
    publish: (topic, data) => {
      const wire = JSON.stringify(data)
      setImmediate(() => bus.emit(topic, wire))
    },
    subscribe: (topic, onData) => {
      const listener = (wire: string) => onData(JSON.parse(wire))
      bus.on(topic, listener)
      return () => {
        bus.off(topic, listener)
      }
    },
  }
}

/** Like the hub's: while one refresh runs, others wait for it; an expired value is refreshed. */
export function sharedValues(now: () => Millis): AdapterContext['shared'] {
  const values = new Map<string, { value: string; expiresAt: Millis }>()
  const refreshing = new Map<string, Promise<string>>()
  return {
    async get(key, refresh) {
      const known = values.get(key)
      if (known !== undefined && known.expiresAt > now()) return known.value
      const running = refreshing.get(key)
      if (running !== undefined) return running
      const started = refresh()
        .then((fresh) => {
          values.set(key, fresh)
          return fresh.value
        })
        .finally(() => refreshing.delete(key))
      refreshing.set(key, started)
      return started
    },
    async drop(key, value) {
      if (values.get(key)?.value === value) values.delete(key)
    },
  }
}
