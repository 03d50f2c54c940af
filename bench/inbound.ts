import { type Figure, figure, median, type Spread } from './figures.ts'
import type { HubProcess } from './hub-process.ts'
import type { Bench } from './main.ts'
import { residentMb } from './memory.ts'

/** (a) A visitor's POST → durable → stored → seen by an inbox. */

const VISITORS = 500
const MESSAGES = 12_000
const ROUNDS = 3
/** Share of the sustained rate at which times are taken: a queue at its very limit grows without end. */
const SHARE = 0.9
const STEADY_S = 6
const WARM_UP = 3000

interface Saturated {
  startedAt: number
  answeredAt: number
  lastAt: number
}

const perSecond = (run: Saturated, messages: number): number => messages / ((run.lastAt - run.startedAt) / 1e6)

/** A webchat account of a team with one agent, so that new conversations are given out as in real life. */
export const openWebchat = async (hub: HubProcess): Promise<string> => {
  const me = await hub.api<{ items: { id: string }[] }>('GET', '/agents')
  const team = await hub.api<{ id: string }>('POST', '/teams', {
    name: 'Bench',
    memberIds: me.items.map((agent) => agent.id),
  })
  const account = await hub.api<{ hookUrl: string }>('POST', '/accounts', {
    channel: 'webchat',
    name: 'Website',
    teamId: team.id,
    config: { allowedOrigins: ['*'], messagesPerMinute: 1_000_000 },
  })
  return account.hookUrl
}

/** The account runs a moment after it was made. */
export const untilAnswers = async (hook: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    const response = await fetch(`${hook}/session`, { method: 'POST', body: '{}' })
    await response.arrayBuffer()
    if (response.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${hook} does not answer`)
}

export const measureInbound = async (bench: Bench): Promise<Figure[]> => {
  const hub = await bench.hub()
  const hook = await openWebchat(hub)
  await untilAnswers(hook)
  const load = bench.worker('load-posts.ts')
  const bare = bench.worker('bare/inbound.ts')
  const bareUrl = `http://127.0.0.1:${await bare.call<number>('port')}/messages`
  const url = `${hook}/messages`
  await load.call('sessions', { hook, count: VISITORS })
  await load.call('watch', { origin: hub.origin, cookie: hub.cookie })
  let run = 1

  bench.say('inbound: first messages of new visitors')
  const first = await load.call<Saturated>('saturate', { url, run: run++, messages: VISITORS, seen: true })

  const ours = async (messages: number) =>
    perSecond(await load.call<Saturated>('saturate', { url, run: run++, messages, seen: true }), messages)
  const theirs = async (messages: number) => {
    await bare.call('begin')
    const sent = await load.call<Saturated>('saturate', { url: bareUrl, run: run++, messages, seen: false })
    const { lastAt } = await bare.call<{ lastAt: number }>('stored', messages)
    return perSecond({ ...sent, lastAt }, messages)
  }
  await ours(WARM_UP)
  await theirs(WARM_UP)
  const rounds: { ours: number; bare: number }[] = []
  let peakMb = 0
  for (let round = 0; round < ROUNDS; round++) {
    bench.say(`inbound: round ${round + 1} of ${ROUNDS}`)
    const sampling = setInterval(() => {
      peakMb = Math.max(peakMb, residentMb([hub.pid, hub.natsPid]))
    }, 200)
    const reached = await ours(MESSAGES)
    clearInterval(sampling)
    rounds.push({ ours: reached, bare: await theirs(MESSAGES) })
  }
  const value = median(rounds.map((each) => each.ours))
  const limit = median(rounds.map((each) => each.bare))

  const rate = value * SHARE
  const steadies: Spread[] = []
  const bareSteadies: Spread[] = []
  for (let round = 0; round < ROUNDS; round++) {
    bench.say(`inbound: ${Math.round(rate)} messages/s, round ${round + 1} of ${ROUNDS}`)
    const given = { perSecond: rate, seconds: STEADY_S }
    const steady = await load.call<{ ms: Spread }>('steady', { ...given, url, run: run++, seen: true })
    steadies.push(steady.ms)
    await bare.call('begin')
    const sent = await load.call<{ total: number }>('steady', { ...given, url: bareUrl, run: run++, seen: false })
    bareSteadies.push((await bare.call<{ ms: Spread }>('stored', sent.total)).ms)
  }
  const atRate = `at ${Math.round(rate)} messages/s`
  const times = (pick: (spread: Spread) => number) => ({
    value: median(steadies.map(pick)),
    limit: median(bareSteadies.map(pick)),
    unit: 'ms',
    lessIsBetter: true,
  })
  bench.peakMb = peakMb
  return [
    figure({
      id: 'inbound',
      value,
      limit,
      unit: 'messages/s',
      goal: 0.7,
      goalOf: 'ratio',
      what: 'website message accepted, stored, seen on SSE; sustained',
    }),
    figure({ id: 'inbound.p50', ...times((spread) => spread.p50), what: `POST sent to seen on SSE, ${atRate}` }),
    figure({
      id: 'inbound.p99',
      ...times((spread) => spread.p99),
      goal: 60,
      goalOf: 'most',
      what: `POST sent to seen on SSE, ${atRate}`,
    }),
    figure({
      id: 'inbound.first',
      value: perSecond(first, VISITORS),
      unit: 'messages/s',
      what: 'first messages: each makes a contact and a conversation',
    }),
  ]
}
