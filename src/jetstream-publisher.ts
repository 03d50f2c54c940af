import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node'
import type { Millis } from './model.ts'

/**
 * Publishes to JetStream and waits for its acknowledgements, for many messages at once: what one turn of the event loop
 * publishes goes out in one write, in the order in which it was asked for, and one subscription takes all answers. (The
 * client library's `publish` makes a write, a timer and three stack traces for each message.)
 *
 * What was on its way when the connection broke is sent again at once, not after the time limit. A repeat is harmless:
 * the database knows what it has, the gate sends a delivery once, events carry ids.
 */
export interface Publisher {
  /** Resolves once JetStream has it. */
  publish(subject: string, payload: string): Promise<void>
  stop(): void
}

interface Waiting {
  subject: string
  payload: string
  /** On the monotonic clock. */
  since: Millis
  /** JetStream was not there: it is asked again with the next sweep. */
  refused: boolean
  resolve(): void
  reject(error: Error): void
}

interface Ack {
  stream?: string
  error?: { description?: string; err_code?: number }
}

const SWEEP_MS: Millis = 250
const NO_RESPONDERS = 503

const problemOf = (message: Msg): string | null => {
  const ack = message.json<Ack>()
  if (ack.error) return ack.error.description ?? `JetStream error ${ack.error.err_code}`
  return ack.stream ? null : 'JetStream gave an answer that is none'
}

export const createPublisher = (
  connection: NatsConnection,
  options: { timeoutMs: Millis; onReconnect: (listener: () => void) => () => void },
): Publisher => {
  const inbox = createInbox()
  /** By the token of their reply subject, oldest first. */
  const waiting = new Map<string, Waiting>()
  let turn: Waiting[] = []
  let next = 0

  const settle = (token: string, problem: string | null) => {
    const one = waiting.get(token)
    waiting.delete(token)
    if (problem === null) one?.resolve()
    else one?.reject(new Error(`${one.subject} was not stored: ${problem}`))
  }

  const send = (token: string, one: Waiting) => {
    one.refused = false
    try {
      connection.publish(one.subject, one.payload, { reply: `${inbox}.${token}` })
    } catch (error) {
      settle(token, error instanceof Error ? error.message : String(error))
    }
  }

  const answered = (message: Msg) => {
    const token = message.subject.slice(inbox.length + 1)
    const one = waiting.get(token)
    if (!one) return
    if (message.headers?.code === NO_RESPONDERS) one.refused = true
    else settle(token, problemOf(message))
  }

  const subscription = connection.subscribe(`${inbox}.*`, {
    callback(error, message) {
      if (!error) answered(message)
    },
  })

  const flush = () => {
    const batch = turn
    turn = []
    for (const one of batch) {
      const token = (next++).toString(36)
      waiting.set(token, one)
      send(token, one)
    }
  }

  const sweep = setInterval(() => {
    const before = performance.now() - options.timeoutMs
    for (const [token, one] of waiting) {
      if (one.since < before) settle(token, `no answer in ${options.timeoutMs / 1000} s`)
      else if (one.refused) send(token, one)
    }
  }, SWEEP_MS)
  sweep.unref()

  const off = options.onReconnect(() => {
    for (const [token, one] of waiting) send(token, one)
  })

  return {
    publish: (subject, payload) =>
      new Promise((resolve, reject) => {
        if (turn.length === 0) setImmediate(flush)
        turn.push({ subject, payload, since: performance.now(), refused: false, resolve, reject })
      }),
    stop() {
      off()
      clearInterval(sweep)
      subscription.unsubscribe()
      for (const token of [...waiting.keys()]) settle(token, 'the connection was closed')
    },
  }
}
