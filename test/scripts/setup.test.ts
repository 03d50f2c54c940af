import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

/** A clone with packages, pages and nats-server in place, so that nothing is fetched. */
let clone: string
const started = new Set<ChildProcess>()

const LOCK_FILE = JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } })

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'onethread-clone-'))
  await cp(join(import.meta.dirname, '../../scripts'), join(clone, 'scripts'), { recursive: true })
  await writeFile(join(clone, 'package-lock.json'), LOCK_FILE)
  await mkdir(join(clone, 'node_modules'))
  await writeFile(join(clone, 'node_modules', '.package-lock.json'), LOCK_FILE)
  await writeFile(join(clone, 'nats-server'), '#!/bin/sh\n')
  await chmod(join(clone, 'nats-server'), 0o755)
  await mkdir(join(clone, 'src'))
})

afterEach(async () => {
  for (const child of started) child.kill('SIGKILL')
  started.clear()
  await rm(clone, { recursive: true, force: true })
})

interface Ended {
  code: number | null
  output: string
}

function begin(
  args: string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended>; seen: () => string } {
  const child = spawn(process.execPath, args, {
    cwd: clone,
    env: { PATH: process.env.PATH, HOME: clone, NATS_SERVER: join(clone, 'nats-server'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.add(child)
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const ended = new Promise<Ended>((done) => child.once('close', (code) => done({ code, output })))
  return { child, ended, seen: () => output }
}

const main = (text: string) => writeFile(join(clone, 'src', 'main.ts'), text)

describe('npm start on a clone', () => {
  it('runs the hub without a word when nothing is to be done, and ends with its exit code', async () => {
    await main(`console.log('hub with', process.env.NATS_SERVER); process.exitCode = 2`)
    const { code, output } = await begin(['scripts/start.mjs']).ended
    expect(output).toBe(`hub with ${join(clone, 'nats-server')}\n`)
    expect(code).toBe(2)
  })

  it('passes SIGTERM on and waits until the hub has finished what is in hand', async () => {
    await main(`process.once('SIGTERM', () => { console.log('finishing'); setTimeout(() => process.exit(0), 50) })
      setInterval(() => {}, 60_000); console.log('up')`)
    const hub = begin(['scripts/start.mjs'])
    await vi.waitFor(() => expect(hub.seen()).toContain('up'), { timeout: 10_000 })
    hub.child.kill('SIGTERM')
    expect(await hub.ended).toEqual({ code: 0, output: 'up\nfinishing\n' })
  })

  it('does so too when the hub needs another Node than the one that runs npm', async () => {
    await main(`let times = 0; process.on('SIGTERM', () => { times++; setTimeout(() => process.exit(times), 50) })
      setInterval(() => {}, 60_000); console.log('up', process.connected)`)
    const script = `import { runInFront } from './scripts/setup/command.mjs'
      process.exitCode = await runInFront(process.execPath, ['src/main.ts'], { ipc: true })`
    const hub = begin(['--input-type=module', '--eval', script])
    await vi.waitFor(() => expect(hub.seen()).toContain('up true'), { timeout: 10_000 })
    hub.child.kill('SIGTERM')
    hub.child.kill('SIGTERM')
    expect((await hub.ended).code).toBe(1)
  })

  it('says in one line what is missing', async () => {
    await main('')
    const { code, output } = await begin(['scripts/start.mjs'], { NATS_SERVER: '/nowhere/nats-server' }).ended
    expect(code).toBe(1)
    expect(output.trim()).toMatch(/^NATS_SERVER: \/nowhere\/nats-server is not a program; [^\n]*$/)
  })

  it('says in one line that the packages cannot be had', async () => {
    await writeFile(join(clone, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: {} }))
    await writeFile(join(clone, 'npm'), '#!/bin/sh\necho "npm error code ENOTFOUND" >&2\nexit 1\n')
    await chmod(join(clone, 'npm'), 0o755)
    const { code, output } = await begin(['scripts/start.mjs'], { PATH: `${clone}:${process.env.PATH}` }).ended
    expect(code).toBe(1)
    expect(output.trim().split('\n').at(-1)).toMatch(
      /^packages could not be installed \(code ENOTFOUND\): check the network/,
    )
  })

  it('builds a page when its sources changed, and only then', async () => {
    const vite = join(clone, 'node_modules', 'vite', 'bin')
    await mkdir(vite, { recursive: true })
    await writeFile(join(vite, 'vite.js'), `require('node:fs').appendFileSync('built', process.argv[3] + '\\n')`)
    await mkdir(join(clone, 'widget'))
    await writeFile(join(clone, 'widget', 'vite.config.ts'), '')
    await main('')
    const built = () => readFile(join(clone, 'built'), 'utf8')
    await begin(['scripts/start.mjs']).ended
    await begin(['scripts/start.mjs']).ended
    expect(await built()).toBe('widget\n')
    await writeFile(join(clone, 'widget', 'app.ts'), 'export {}')
    await begin(['scripts/start.mjs']).ended
    expect(await built()).toBe('widget\nwidget\n')
  })
})

describe('two set-ups of one clone', () => {
  const holding = `import { withLock } from './scripts/setup/lock.mjs'
    await withLock(async () => { console.log('in'); await new Promise((done) => setTimeout(done, 300)); console.log('out') })`
  const inside = ['--input-type=module', '--eval', holding]

  it('take turns', async () => {
    const first = begin(inside)
    await vi.waitFor(() => expect(first.seen()).toContain('in'), { timeout: 10_000 })
    const second = begin(inside)
    await vi.waitFor(() => expect(second.seen()).toContain(`process ${first.child.pid}`), { timeout: 10_000 })
    expect(second.seen()).not.toContain('in\n')
    await first.ended
    expect((await second.ended).output).toContain('out')
    expect(existsSync(join(clone, '.setup-lock'))).toBe(false)
  })

  it('do not wait for one that was killed', async () => {
    const first = begin(inside)
    await vi.waitFor(() => expect(first.seen()).toContain('in'), { timeout: 10_000 })
    first.child.kill('SIGKILL')
    await first.ended
    expect((await begin(inside).ended).code).toBe(0)
  })
})
