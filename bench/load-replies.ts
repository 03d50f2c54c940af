import { setTimeout as pause } from 'node:timers/promises'
import { spreadOf } from './figures.ts'
import { openConnections, postBytes } from './http-connection.ts'
import { startRecorder } from './twilio-recorder.ts'
import { micros, serve } from './worker.ts'

/** Worker: agents who answer by the API, and the provider that is called for it. */

const PATIENCE_MS = 20_000

const took = new Map<string, number>()
const recorder = await startRecorder((body) => {
  const at = micros()
  const sentAt = Number(body.split(':')[2])
  if (Number.isFinite(sentAt)) took.set(body, at - sentAt)
})

interface Replies {
  count: number
  everyMs: number
}

const text = (index: number): string => `r:${index}:${micros()}: we have found it and it comes tomorrow before noon.`

/** Sends one text after the other at a fixed pace, then waits until the provider had them all. */
const paced = async ({ count, everyMs }: Replies, send: (index: number) => void) => {
  took.clear()
  for (let index = 0; index < count; index++) {
    send(index)
    await pause(everyMs)
  }
  const until = Date.now() + PATIENCE_MS
  while (took.size < count) {
    if (Date.now() > until) throw new Error(`the provider was called for ${took.size} of ${count} replies`)
    await pause(20)
  }
  return spreadOf([...took.values()].map((us) => us / 1000))
}

serve({
  config: () => recorder.config,

  async replies(given: Replies & { origin: string; cookie: string; conversations: string[] }) {
    let broken: Error | null = null
    const onBroken = (error: Error) => {
      broken = error
    }
    const to = new URL(given.origin)
    const connections = await openConnections(Number(to.port), 128, onBroken)
    const headers = { cookie: given.cookie, 'x-onethread': '1' }
    const spread = await paced(given, (index) => {
      if (broken) throw broken
      const connection = connections.find((each) => each.free)
      if (!connection) throw new Error('no reply was answered for a while')
      const url = new URL(
        `/api/v1/conversations/${given.conversations[index % given.conversations.length]}/messages`,
        to,
      )
      const body = JSON.stringify({ kind: 'reply', text: text(index) })
      connection.request(postBytes(url, headers, body), (status, answer) => {
        if (status !== 201) broken = new Error(`reply: ${status} ${answer}`)
      })
    })
    for (const connection of connections) connection.close()
    return spread
  },

  /** The same texts straight to the provider. */
  async straight(given: Replies) {
    const url = new URL('/2010-04-01/Accounts/AC/Messages.json', recorder.origin)
    const connections = await openConnections(Number(url.port), 4, () => {})
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const spread = await paced(given, (index) => {
      const body = new URLSearchParams({ To: '+12025550111', Body: text(index) }).toString()
      connections.find((each) => each.free)?.request(postBytes(url, headers, body), () => {})
    })
    for (const connection of connections) connection.close()
    return spread
  },
})
