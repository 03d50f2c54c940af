import { request } from 'node:http'
import { micros } from './worker.ts'

/** Every message says its run, its number and when it was sent, so that whoever sees it knows how long it took. */
export const markedText = (run: number, index: number, sentAt: number): string =>
  `b${run}:${index}:${sentAt}: my parcel should have come on Monday, can you look where it is? Thank you!`

const MARK = /"text":"b(\d+):(\d+):(\d+):/g

export interface Seen {
  /** Microseconds from sent to seen, by message number. */
  took: Map<number, number>
  lastAt: number
}

/** The event stream of one inbox, watched for marked messages. */
export interface Watch {
  begin(run: number): void
  /** Resolves when that many of the run were seen; rejects when none came for a while. */
  until(count: number): Promise<Seen>
  close(): void
}

const SILENCE_MS = 20_000

export const openWatch = (given: { origin: string; cookie: string }): Promise<Watch> =>
  new Promise((resolve, reject) => {
    let run = 0
    let seen: Seen = { took: new Map(), lastAt: 0 }
    let wanted: { count: number; done(): void } | null = null
    let rest = ''
    let heardAt = Date.now()
    const read = (text: string) => {
      const at = micros()
      for (const [, ofRun, index, sentAt] of text.matchAll(MARK)) {
        if (Number(ofRun) !== run || seen.took.has(Number(index))) continue
        seen.took.set(Number(index), at - Number(sentAt))
        seen.lastAt = at
        heardAt = Date.now()
      }
      if (wanted && seen.took.size >= wanted.count) wanted.done()
    }
    const outgoing = request(`${given.origin}/api/v1/events`, { headers: { cookie: given.cookie } }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`events: ${response.statusCode}`))
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        const text = rest + chunk
        const end = text.lastIndexOf('\n\n') + 1
        rest = text.slice(end)
        read(text.slice(0, end))
      })
      resolve({
        begin(next) {
          run = next
          seen = { took: new Map(), lastAt: 0 }
        },
        until: (count) =>
          new Promise((done, failed) => {
            heardAt = Date.now()
            const silence = setInterval(() => {
              if (Date.now() - heardAt < SILENCE_MS) return
              clearInterval(silence)
              failed(new Error(`only ${seen.took.size} of ${count} messages were seen`))
            }, 1000)
            wanted = {
              count,
              done() {
                clearInterval(silence)
                wanted = null
                done(seen)
              },
            }
            if (seen.took.size >= count) wanted.done()
          }),
        close: () => void outgoing.destroy(),
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
