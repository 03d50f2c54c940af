import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunningHub, runMain } from '../../support/running-hub.ts'

/** Each start that cannot go well ends at once, with a line that says what to do, and leaves nothing running. */

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'onethread-wrong-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

const failing = async (over: Record<string, string>) => {
  const { code, out, complaints } = await runMain({ LOG_LEVEL: 'error', DATA_DIR: path.join(folder, 'data'), ...over })
  expect(out).toBe('')
  return { code, lines: linesOf(complaints) }
}

describe('a wrong start', () => {
  test('wrong variables: one line each, code 2, before anything is made', async () => {
    const { code, lines } = await failing({
      PORT: '99999',
      LOG_LEVEL: 'loud',
      ADMIN_EMAIL: 'me@hub.test',
      ROLES: 'cook',
    })
    expect(code).toBe(2)
    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual(['ADMIN_PASSWORD', 'LOG_LEVEL', 'PORT', 'ROLES'])
    expect(await readdir(folder)).toEqual([])
  })

  test('a port that somebody else has', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { code, lines } = await failing({ PORT: String(port) })
    other.close()
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [`Port ${port} is in use: stop what uses it, or set PORT to another.`],
    })
  })

  test('a DATA_DIR that is a file, or lies below one', async () => {
    const file = path.join(folder, 'file')
    await writeFile(file, 'not a folder')
    for (const dir of [file, path.join(file, 'below')]) {
      const { code, lines } = await failing({ DATA_DIR: dir })
      expect(code).toBe(1)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain(`DATA_DIR ${dir} cannot be used`)
    }
  })

  test('a database that is none', async () => {
    await writeFile(path.join(folder, 'hub.db'), 'this was a shopping list'.repeat(100))
    const { code, lines } = await failing({ DATA_DIR: folder })
    expect(code).toBe(1)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('could not be opened')
  })

  test('a nats-server that is not there, or is something else', async () => {
    const missing = await failing({ NATS_SERVER: path.join(folder, 'nats-server') })
    expect(missing.code).toBe(1)
    expect(missing.lines).toHaveLength(1)
    expect(missing.lines[0]).toContain('nats-server was not found')
    const other = await failing({ NATS_SERVER: '/bin/echo' })
    expect(other.code).toBe(1)
    expect(other.lines).toHaveLength(1)
    expect(other.lines[0]).toContain('is not nats-server')
  })

  test('servers elsewhere that do not answer', async () => {
    const nats = await failing({ NATS_URL: 'nats://127.0.0.1:1' })
    expect(nats.code).toBe(1)
    expect(nats.lines).toHaveLength(1)
    expect(nats.lines[0]).toContain('check NATS_URL')
    const database = await failing({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' })
    expect(database.code).toBe(1)
    expect(database.lines).toHaveLength(1)
    expect(database.lines[0]).toContain('check DATABASE_URL')
  })

  test('a second hub on the same data; the first is not disturbed', async () => {
    const hub = await RunningHub.start()
    try {
      const { code, lines } = await failing({ DATA_DIR: hub.dataDir })
      expect(code).toBe(1)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain(`Another hub (process ${hub.pid}) runs in this DATA_DIR`)
      await hub.ready()
      expect(await hub.stop()).toMatchObject({ code: 0 })
    } finally {
      await hub.close()
    }
  })
})
