import { connect, type Socket } from 'node:net'

/**
 * One keep-alive HTTP/1.1 connection with one request at a time, written as bytes: node:http's client would cost the
 * load process more than the server that it is to load.
 */
export interface HttpConnection {
  readonly free: boolean
  request(bytes: Buffer, done: (status: number, body: string) => void): void
  close(): void
}

const END_OF_HEAD = '\r\n\r\n'
const END_OF_CHUNKS = '0\r\n\r\n'

/** The length of the whole response when it is all there, else null. */
const wholeLength = (text: string): number | null => {
  const head = text.indexOf(END_OF_HEAD)
  if (head < 0) return null
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1]
  if (length !== undefined) {
    const whole = head + END_OF_HEAD.length + Number(length)
    return text.length >= whole ? whole : null
  }
  return text.endsWith(END_OF_CHUNKS) ? text.length : null
}

export const openConnection = (port: number, onBroken: (error: Error) => void): Promise<HttpConnection> =>
  new Promise((resolve, reject) => {
    let waiting: ((status: number, body: string) => void) | null = null
    let text = ''
    let closed = false
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      const whole = wholeLength(text)
      if (whole === null) return
      const response = text.slice(0, whole)
      text = text.slice(whole)
      const done = waiting
      waiting = null
      done?.(Number(response.slice(9, 12)), response.slice(response.indexOf(END_OF_HEAD) + 4))
    })
    socket.on('error', (error) => {
      reject(error)
      onBroken(error)
    })
    socket.on('close', () => {
      if (!closed) onBroken(new Error('the server closed a connection'))
    })
    socket.once('connect', () =>
      resolve({
        get free() {
          return waiting === null
        },
        request(bytes, done) {
          waiting = done
          socket.write(bytes)
        },
        close() {
          closed = true
          socket.destroy()
        },
      }),
    )
  })

export const openConnections = (
  port: number,
  count: number,
  onBroken: (error: Error) => void,
): Promise<HttpConnection[]> => Promise.all(Array.from({ length: count }, () => openConnection(port, onBroken)))

/** A POST of JSON as bytes. */
export const postBytes = (url: URL, headers: Record<string, string>, body: string): Buffer => {
  const lines = Object.entries({
    host: url.host,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}
