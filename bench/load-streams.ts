import { connect, type Socket } from 'node:net'
import { serve, tell } from './worker.ts'

/**
 * Worker: many clients of an event stream. Each event holds the byte 0x7e (~) exactly once, which is counted in what
 * arrives, however it was cut on the way.
 */

const MARK = 0x7e
const TELL_EVERY_MS = 5

interface Client {
  socket: Socket
  events: number
}

let clients: Client[] = []
let told = 0
let failure: string | null = null

const countMarks = (bytes: Buffer): number => {
  let count = 0
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) count++
  return count
}

/** Resolves when the response's head has come. All clients share one buffer to read into. */
const open = (given: { port: number; path: string }, cookie: string | undefined, shared: Buffer): Promise<Client> =>
  new Promise((resolve, reject) => {
    let begun = false
    const client: Client = {
      events: 0,
      socket: connect({
        port: given.port,
        host: '127.0.0.1',
        onread: {
          buffer: shared,
          callback(length, buffer) {
            const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length)
            if (!begun) {
              begun = true
              if (!bytes.toString('latin1', 0, 12).endsWith('200')) reject(new Error(bytes.toString('latin1', 0, 200)))
              resolve(client)
            }
            client.events += countMarks(bytes)
            return true
          },
        },
      }),
    }
    client.socket.once('error', reject)
    client.socket.on('close', () => {
      if (clients.includes(client)) failure = 'the server closed a stream'
    })
    client.socket.write(
      `GET ${given.path} HTTP/1.1\r\nhost: 127.0.0.1:${given.port}\r\naccept: text/event-stream\r\ncookie: ${cookie}\r\n\r\n`,
    )
  })

setInterval(() => {
  if (clients.length === 0) return
  const least = clients.reduce((smallest, { events }) => Math.min(smallest, events), Number.POSITIVE_INFINITY)
  if (least !== told || failure) tell({ least, failure })
  told = least
}, TELL_EVERY_MS)

serve({
  async open(given: { port: number; path: string; cookies: string[]; count: number }) {
    const shared = Buffer.allocUnsafe(256 * 1024)
    const opened: Client[] = []
    while (opened.length < given.count) {
      const some = Math.min(50, given.count - opened.length)
      const cookieOf = (index: number) => given.cookies[(opened.length + index) % given.cookies.length]
      const more = Array.from({ length: some }, (_, index) => open(given, cookieOf(index), shared))
      opened.push(...(await Promise.all(more)))
    }
    clients = opened
    for (const client of clients) client.events = 0
    told = 0
  },
  reset() {
    for (const client of clients) client.events = 0
    told = 0
  },
  close() {
    const gone = clients
    clients = []
    for (const { socket } of gone) socket.destroy()
  },
})
