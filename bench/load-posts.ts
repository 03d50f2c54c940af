import { randomBytes } from 'node:crypto'
import { spreadOf } from './figures.ts'
import { type HttpConnection, openConnections, postBytes } from './http-connection.ts'
import { markedText, openWatch, type Watch } from './marks.ts'
import { micros, serve } from './worker.ts'

/** Worker: website visitors who write, and one inbox that sees what arrives. */

const CONNECTIONS = 64
/** At a fixed rate nobody waits for a free connection. */
const CONNECTIONS_AT_RATE = 256
const TICK_MS = 2

/** Part of the client ids: this process's messages are new to every server. */
const LIFE = randomBytes(6).toString('hex')
const HEADERS = { origin: '', authorization: '' }

let watch: Watch | null = null
let tokens: string[] = []
let broken: Error | null = null

const onBroken = (error: Error) => {
  broken = error
}

const headersOf = (url: URL, index: number) => ({
  ...HEADERS,
  origin: url.origin,
  authorization: `Bearer ${tokens[index % tokens.length]}`,
})

const post = (connection: HttpConnection, url: URL, run: number, index: number, done: () => void) => {
  const body = JSON.stringify({ clientId: `${LIFE}-${run}-${index}`, text: markedText(run, index, micros()) })
  connection.request(postBytes(url, headersOf(url, index), body), (status, answer) => {
    if (status !== 202) broken = new Error(`POST ${url}: ${status} ${answer}`)
    done()
  })
}

const check = () => {
  if (broken) throw broken
}

interface Run {
  url: string
  run: number
}

/** Every connection posts its next message as soon as the last was answered. */
const saturate = async ({ url, run, messages, seen }: Run & { messages: number; seen: boolean }) => {
  broken = null
  const to = new URL(url)
  const connections = await openConnections(Number(to.port), CONNECTIONS, onBroken)
  watch?.begin(run)
  let next = 0
  const startedAt = micros()
  const worker = (connection: HttpConnection) =>
    new Promise<void>((resolve) => {
      const step = () => {
        if (broken || next >= messages) return resolve()
        post(connection, to, run, next++, step)
      }
      step()
    })
  await Promise.all(connections.map(worker))
  const answeredAt = micros()
  for (const connection of connections) connection.close()
  check()
  const lastAt = seen && watch ? (await watch.until(messages)).lastAt : answeredAt
  return { startedAt, answeredAt, lastAt }
}

/** Posts at a fixed rate, whatever the answers take. */
const steady = async (given: Run & { perSecond: number; seconds: number; seen: boolean }) => {
  broken = null
  const to = new URL(given.url)
  const free = await openConnections(Number(to.port), CONNECTIONS_AT_RATE, onBroken)
  const all = [...free]
  const total = Math.round(given.perSecond * given.seconds)
  watch?.begin(given.run)
  const startedAt = performance.now()
  let sent = 0
  let answered = 0
  await new Promise<void>((resolve) => {
    const finish = () => {
      if ((sent >= total && answered >= total) || broken) {
        clearInterval(timer)
        resolve()
      }
    }
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * given.perSecond))
      while (sent < due) {
        const connection = free.pop()
        if (!connection) return
        post(connection, to, given.run, sent++, () => {
          answered++
          free.push(connection)
          finish()
        })
      }
      finish()
    }, TICK_MS)
  })
  const tookS = (performance.now() - startedAt) / 1000
  for (const connection of all) connection.close()
  check()
  const took = given.seen && watch ? [...(await watch.until(total)).took.values()].map((us) => us / 1000) : []
  return { total, perSecond: total / tookS, ms: spreadOf(took) }
}

const sessions = async ({ hook, count }: { hook: string; count: number }) => {
  const made: string[] = []
  for (let index = 0; index < count; index++) {
    const response = await fetch(`${hook}/session`, { method: 'POST', body: '{}' })
    if (!response.ok) throw new Error(`session: ${response.status} ${await response.text()}`)
    made.push(((await response.json()) as { token: string }).token)
  }
  tokens = made
}

serve({
  sessions,
  async watch(given: { origin: string; cookie: string }) {
    watch?.close()
    watch = await openWatch(given)
  },
  saturate,
  steady,
})
