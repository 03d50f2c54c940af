import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { markedText, openWatch, type Watch } from './marks.ts'
import { micros, serve } from './worker.ts'

/** Worker: mail servers that hand over mails by SMTP, each over one connection, with pipelining (RFC 2920). */

const MAIL_BYTES = 1500
const SENDERS = 500
const LIFE = randomBytes(6).toString('hex')

let watch: Watch | null = null

const mail = (run: number, index: number, to: string): string => {
  const sender = index % SENDERS
  const head = [
    `From: Customer ${sender} <customer${sender}@example.com>`,
    `To: Support <${to}>`,
    `Subject: Where is my order ${sender}?`,
    `Date: ${new Date().toUTCString()}`,
    `Message-ID: <${LIFE}.${run}.${index}@example.com>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 7bit',
    '',
    markedText(run, index, micros()),
    '',
  ].join('\r\n')
  const line = 'I have looked at the tracking page again and nothing has moved since last week.\r\n'
  return (head + line.repeat(20)).slice(0, MAIL_BYTES - 2).concat('\r\n')
}

/** Hands over mails until `next` has no more. */
const connection = (port: number, to: string, next: () => { raw: string; sender: number } | null): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.setTimeout(30_000, () => socket.destroy(new Error('SMTP: no answer')))
    let buffer = ''
    /** Final lines (`250 …`, not `250-…`) still to come before the next step. */
    let expected = 1
    let step: () => void = hello
    socket.on('data', (chunk: string) => {
      buffer += chunk
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end)
        buffer = buffer.slice(end + 2)
        if (line[3] === '-') continue
        if (!/^[23]/.test(line)) return socket.destroy(new Error(`SMTP: ${line}`))
        if (--expected === 0) step()
      }
    })
    socket.once('error', reject)
    socket.once('close', () => resolve())
    let current: { raw: string; sender: number } | null = null
    function say(text: string, answers: number, then: () => void) {
      expected = answers
      step = then
      socket.write(text)
    }
    function hello() {
      say('EHLO mail.example.com\r\n', 1, envelope)
    }
    function envelope() {
      current = next()
      if (!current) return say('QUIT\r\n', 1, () => socket.end())
      const from = `customer${current.sender}@example.com`
      return say(`MAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`, 3, content)
    }
    function content() {
      say(`${current?.raw}.\r\n`, 1, envelope)
    }
  })

serve({
  async watch(given: { origin: string; cookie: string }) {
    watch?.close()
    watch = await openWatch(given)
  },
  async send(given: { port: number; to: string; run: number; mails: number; connections: number; seen: boolean }) {
    watch?.begin(given.run)
    let index = 0
    const next = () => {
      if (index >= given.mails) return null
      const raw = mail(given.run, index, given.to)
      return { raw, sender: index++ % SENDERS }
    }
    const startedAt = micros()
    await Promise.all(Array.from({ length: given.connections }, () => connection(given.port, given.to, next)))
    const lastAt = given.seen && watch ? (await watch.until(given.mails)).lastAt : micros()
    return { perSecond: given.mails / ((lastAt - startedAt) / 1e6) }
  },
})
