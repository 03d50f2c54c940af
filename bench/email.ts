import { createServer } from 'node:net'
import { type Figure, figure, median } from './figures.ts'
import type { HubProcess } from './hub-process.ts'
import type { Bench } from './main.ts'

/** (c) Mails through the SMTP listener, until their conversations are seen by an inbox. */

const MAILS = 3000
const WARM_UP = 500
const CONNECTIONS = 16
const ROUNDS = 3
export const MAILBOX = 'support@example.org'

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Its health says when the listener is there. */
const untilListens = async (hub: HubProcess, account: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    const { health } = await hub.api<{ health: { state: string } }>('GET', `/accounts/${account}`)
    if (health.state === 'ok') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the mail account does not listen')
}

export const measureEmail = async (bench: Bench): Promise<Figure[]> => {
  const hub = await bench.hub()
  const port = await freePort()
  const account = await hub.api<{ id: string }>('POST', '/accounts', {
    channel: 'email',
    name: 'Mail',
    config: { address: MAILBOX, smtpInPort: port, allowInsecure: true },
  })
  await untilListens(hub, account.id)
  const load = bench.worker('load-mails.ts')
  const bare = bench.worker('bare/email.ts')
  const barePort = await bare.call<number>('port')
  await load.call('watch', { origin: hub.origin, cookie: hub.cookie })
  let run = 1
  const send = async (to: number, mails: number) => {
    const given = { port: to, to: MAILBOX, run: run++, mails, connections: CONNECTIONS, seen: to === port }
    return (await load.call<{ perSecond: number }>('send', given)).perSecond
  }
  await send(port, WARM_UP)
  await send(barePort, WARM_UP)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    bench.say(`email: round ${round + 1} of ${ROUNDS}`)
    ours.push(await send(port, MAILS))
    theirs.push(await send(barePort, MAILS))
  }
  return [
    figure({
      id: 'email',
      value: median(ours),
      limit: median(theirs),
      unit: 'mails/s',
      goal: 500,
      goalOf: 'least',
      what: 'mails of 1.5 KB by SMTP, stored, seen on SSE',
    }),
  ]
}
