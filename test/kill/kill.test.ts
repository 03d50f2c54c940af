import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { RunningHub } from '../support/running-hub.ts'
import { type Chance, chance } from './chance.ts'
import { openDatabaseOf, type Stored, threadOf, violations } from './findings.ts'
import { agentsAnswer, customersWrite, openStorm, openThreads, type Storm } from './storm.ts'

const THREADS = 100
const INBOUND = 2000
const OUTBOUND = 500
/** How often each of the two is killed; set higher for a long run. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 4)
const SEED = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 1e9))
const MINUTE_MS = 60_000

type Blow = 'hub' | 'hub while it starts' | 'nats-server' | 'both'

let hub: RunningHub | null = null
let storm: Storm | null = null
let stored: Stored | null = null

afterEach(async () => {
  stored?.close()
  await storm?.close()
  await hub?.close()
})

const blowsOf = (random: Chance): { at: number; what: Blow }[] => {
  const total = INBOUND + OUTBOUND
  const kinds: Blow[] = ['hub', 'hub while it starts', 'both']
  const what = [
    ...Array.from({ length: ROUNDS }, (_, n) => kinds[n % kinds.length] as Blow),
    ...Array.from({ length: ROUNDS }, (): Blow => 'nats-server'),
  ]
  return what
    .map((one) => ({ at: random.between(Math.ceil(total * 0.1), Math.floor(total * 0.9)), what: one }))
    .sort((a, b) => a.at - b.at)
}

const untilProgress = (of: Storm, at: number): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (of.progress() >= at) resolve()
    }
    of.onProgress(look)
    look()
  })

/** Resolves with how long the hub took to be there again. */
const strike = async (on: RunningHub, blow: Blow, random: Chance): Promise<number> => {
  await delay(random.between(0, 40))
  if (blow === 'nats-server') {
    await on.killNats()
    return 0
  }
  if (blow === 'both') await on.killNats()
  await on.kill()
  if (blow === 'hub while it starts') {
    const launching = on.launch().catch(() => {})
    await delay(random.between(100, 1500))
    await on.kill()
    await launching
  }
  const startedAt = Date.now()
  await on.launch()
  return Date.now() - startedAt
}

test(
  'killed again and again in the middle of it, the hub loses nothing and doubles nothing',
  async () => {
    const random = chance(SEED)
    const blows = blowsOf(random)
    process.stdout.write(`kill test: seed ${SEED} (KILL_SEED=${SEED} plays it again)\n`)
    const running = await RunningHub.start({ LOG_LEVEL: 'warn' })
    hub = running
    const over = await openStorm(running, THREADS)
    storm = over
    await openThreads(running, over)

    let slowestStart = 0
    const startedAt = Date.now()
    const kill = async () => {
      for (const { at, what } of blows) {
        await untilProgress(over, at)
        slowestStart = Math.max(slowestStart, await strike(running, what, random))
      }
    }
    await Promise.all([customersWrite(over, INBOUND / THREADS), agentsAnswer(running.admin, over, OUTBOUND), kill()])
    const wroteMs = Date.now() - startedAt

    const database = openDatabaseOf(running.dataDir)
    stored = database
    await running.ready()
    await vi
      .waitFor(
        () => {
          expect(database.unsettled()).toBe(0)
          expect(database.inbound()).toBeGreaterThanOrEqual(over.acknowledged.size)
          expect(database.outbox()).toBe(0)
        },
        { timeout: MINUTE_MS, interval: 100 },
      )
      .catch(() => {})
    const states = database.deliveries().map(({ state }) => state)
    const count = (state: string) => states.filter((one) => one === state).length
    const unknown = Object.entries(over.peers).map(([name, peer]) => {
      const own = new Set(over.threads.filter((thread) => thread.peer === peer).map((thread) => thread.name))
      const rows = database.deliveries().filter((row) => row.state === 'unknown' && own.has(threadOf(row.text)))
      return `${rows.length} ${name}`
    })
    const wrong = violations(over, database)
    process.stdout.write(
      `kill test: ${over.acknowledged.size} of ${INBOUND} in acknowledged, ${database.inbound()} stored; ${over.replies.size} of ${OUTBOUND} replies acknowledged, ${states.length} deliveries, ${count('unknown')} unknown (${unknown.join(', ')}); ${ROUNDS} kills of the hub, ${ROUNDS} of nats-server; ${Math.round((INBOUND + OUTBOUND) / (wroteMs / 1000))}/s over ${(wroteMs / 1000).toFixed(1)} s, slowest start ${(slowestStart / 1000).toFixed(1)} s, settled after ${((Date.now() - startedAt) / 1000).toFixed(1)} s; ${wrong.length} wrong\n`,
    )
    if (wrong.length > 0) process.stdout.write(`${running.log.slice(-60).join('\n')}\n`)
    expect(wrong).toEqual([])
    expect([...over.refused]).toEqual([])
    expect(over.replies.size).toBe(OUTBOUND)
  },
  (2 + ROUNDS) * MINUTE_MS,
)
