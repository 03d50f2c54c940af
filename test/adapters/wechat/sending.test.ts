import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Echoes } from '../../../adapters/wechat/echoes.ts'
import { failureOf } from '../../../adapters/wechat/errors.ts'
import { createPace, gapMs } from '../../../adapters/wechat/pacing.ts'
import type { Incoming } from '../../../adapters/wechat/protocol.ts'
import { Spool } from '../../../adapters/wechat/spool.ts'
import type { SendKey } from '../../../src/model.ts'

const own = (id: string, text: string, address = 'li'): Incoming => ({
  id,
  contact: { address, name: '', stable: true },
  self: true,
  text,
  file: null,
  at: 0,
})

describe('own messages that come back', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sends-'))
  })
  afterEach(() => rm(dir, { recursive: true }))
  const open = (now: () => number = () => 0) => new Echoes(new Spool(dir), now)
  const of = (echoes: Echoes, message: Incoming) => echoes.match(message)?.sendKey ?? 'external'
  const key = (name: string) => name as SendKey

  it('belong to the oldest open send of the same words to the same person', async () => {
    const echoes = open()
    const first = echoes.expect(key('a'), 'li', 'hi')
    echoes.expect(key('b'), 'li', 'hi')
    expect(of(echoes, own('1', 'hi', 'wang'))).toBe('external')
    expect(of(echoes, own('2', 'hi'))).toBe('a')
    expect(await first.echo).toBe('2')
    expect(of(echoes, own('3', 'hi'))).toBe('b')
    expect(of(echoes, own('4', 'hi'))).toBe('external')
  })

  it('belong to the same send when they come twice', () => {
    const echoes = open()
    echoes.expect(key('a'), 'li', 'hi')
    expect([of(echoes, own('1', 'hi')), of(echoes, own('1', 'hi'))]).toEqual(['a', 'a'])
  })

  it('belong to nobody when the send was refused, or long ago', () => {
    let now = 0
    const echoes = open(() => now)
    echoes.expect(key('a'), 'li', 'hi').forget()
    expect(of(echoes, own('1', 'hi'))).toBe('external')
    echoes.expect(key('b'), 'li', 'hi')
    now = 3_600_000
    expect(of(echoes, own('2', 'hi'))).toBe('external')
  })

  it('are known after a restart of the hub, each to its own send', () => {
    const before = open()
    before.expect(key('a'), 'li', 'hi')
    before.expect(key('b'), 'li', 'hi')
    before.match(own('1', 'hi'))
    const after = open()
    expect(of(after, own('2', 'hi'))).toBe('b')
    expect(of(after, own('1', 'hi'))).toBe('a')
    expect(of(after, own('3', 'hi'))).toBe('external')
  })

  it('are known by the id that the puppet named', () => {
    const echoes = open()
    echoes.expect(key('a'), 'li', 'as sent').named('7')
    expect(of(echoes, own('7', 'as WeChat changed it'))).toBe('a')
  })
})

describe('the words of puppets', () => {
  it.each([
    ['not logged in', 'retryable'],
    ['14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED', 'retryable'],
    ['ret 1205: 操作太频繁，请稍后再试', 'throttled'],
    ['MockContact.load(): x not exist.', 'permanent'],
    ['对方拒收了您的消息', 'permanent'],
    ['14 UNAVAILABLE: Connection dropped', 'uncertain'],
    ['socket hang up', 'uncertain'],
    ['anything else', 'uncertain'],
  ])('%s is %s', (words, expected) => {
    expect(failureOf(words).class).toBe(expected)
  })
})

describe('the pace of a person', () => {
  it('varies by a third around the rate', () => {
    expect([0, 0.5, 1].map((random) => Math.round(gapMs(60, random)))).toEqual([670, 1000, 1330])
  })

  it('lets the first go at once and the others one after another', async () => {
    const pace = createPace(600)
    const started = performance.now()
    const signal = AbortSignal.timeout(5_000)
    await pace.turn(signal)
    const first = performance.now() - started
    await Promise.all([pace.turn(signal), pace.turn(signal)])
    expect(first).toBeLessThan(50)
    expect(performance.now() - started).toBeGreaterThanOrEqual(130)
  })

  it('gives up at once when the account stops', async () => {
    const pace = createPace(1)
    const stop = new AbortController()
    expect(await pace.turn(stop.signal)).toBe(true)
    const second = pace.turn(stop.signal)
    stop.abort()
    expect(await second).toBe(false)
  })
})

describe('the spool', () => {
  it('keeps events over a restart, in order, without those that were kept or cut short', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'spool-'))
    try {
      const spool = new Spool<{ text: string; bytes?: Uint8Array }>(dir)
      const first = spool.add({ text: '一' })
      spool.add({ text: '二', bytes: new Uint8Array([1, 2]) })
      await writeFile(join(dir, '000000000003.event'), 'half')
      spool.remove(first)
      const after = new Spool<{ text: string }>(dir)
      expect([...after.left()].map(({ event }) => event)).toEqual([{ text: '二', bytes: new Uint8Array([1, 2]) }])
      expect(after.add({ text: '四' })).toBe(4)
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
