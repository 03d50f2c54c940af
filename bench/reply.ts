import { type Figure, figure, median, type Spread } from './figures.ts'
import { openWebchat, untilAnswers } from './inbound.ts'
import type { Bench } from './main.ts'

/** (b) An agent's reply by the API → the provider is called, while customers write. */

const CUSTOMERS = 20
const REPLIES = 300
const EVERY_MS = 30
const INBOUND_PER_SECOND = 500
const ROUNDS = 3
const VISITORS = 500

export const measureReply = async (bench: Bench): Promise<Figure[]> => {
  const hub = await bench.hub()
  const hook = await openWebchat(hub)
  const agents = bench.worker('load-replies.ts')
  const visitors = bench.worker('load-posts.ts')
  const account = await hub.api<{ id: string }>('POST', '/accounts', {
    channel: 'sms',
    name: 'Phone',
    config: await agents.call<Record<string, unknown>>('config'),
  })
  await untilAnswers(hook)
  await visitors.call('sessions', { hook, count: VISITORS })
  await visitors.call('watch', { origin: hub.origin, cookie: hub.cookie })
  const conversations: string[] = []
  for (let index = 0; index < CUSTOMERS; index++) {
    const started = await hub.api<{ conversation: { id: string } }>('POST', '/conversations', {
      accountId: account.id,
      address: `+1202555${String(2000 + index)}`,
      text: 'Hello, this is about your order.',
    })
    conversations.push(started.conversation.id)
  }
  const url = `${hook}/messages`
  let run = 1
  const steady = (seconds: number) =>
    visitors.call<{ perSecond: number; ms: Spread }>('steady', {
      url,
      run: run++,
      perSecond: INBOUND_PER_SECOND,
      seconds,
      seen: true,
    })
  const given = { count: REPLIES, everyMs: EVERY_MS }
  await steady(3)
  const spreads: Spread[] = []
  const straight: Spread[] = []
  const inbound: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    bench.say(`reply: round ${round + 1} of ${ROUNDS}`)
    const writing = steady((REPLIES * EVERY_MS) / 1000 + 1)
    const replying = agents.call<Spread>('replies', { ...given, origin: hub.origin, cookie: hub.cookie, conversations })
    const [written, replied] = await Promise.all([writing, replying])
    spreads.push(replied)
    inbound.push(written.perSecond)
    straight.push(await agents.call<Spread>('straight', given))
  }
  const times = (pick: (spread: Spread) => number) => ({
    value: median(spreads.map(pick)),
    limit: median(straight.map(pick)),
    unit: 'ms',
    lessIsBetter: true,
  })
  const what = `agent's reply to provider called, p99 with ${Math.round(median(inbound))} inbound/s`
  return [
    figure({ id: 'reply', ...times((spread) => spread.p99), goal: 30, goalOf: 'most', what }),
    figure({ id: 'reply.p50', ...times((spread) => spread.p50), what: 'the same, p50' }),
  ]
}
