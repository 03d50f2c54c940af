import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an SMS provider's wire needs to answer, and nothing else: it takes every message and tells when it came. */
export interface Recorder {
  origin: string
  config: Record<string, unknown>
  close(): void
}

const sid = (prefix: string): string => prefix + randomBytes(16).toString('hex')

export const startRecorder = (onMessage: (body: string) => void): Promise<Recorder> => {
  const accountSid = sid('AC')
  const from = '+12025550100'
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = (status: number, body: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      if (!request.url?.includes('/Messages.json'))
        return answer(200, { sid: accountSid, status: 'active', type: 'Full', friendly_name: 'Bench' })
      if (request.method !== 'POST') return answer(200, { messages: [], next_page_uri: null })
      const form = new URLSearchParams(Buffer.concat(chunks).toString())
      onMessage(form.get('Body') ?? '')
      return answer(201, {
        sid: sid('SM'),
        account_sid: accountSid,
        from,
        to: form.get('To'),
        body: form.get('Body'),
        status: 'queued',
        num_segments: '1',
        num_media: '0',
        direction: 'outbound-api',
      })
    })
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const config = { accountSid, authToken: randomBytes(16).toString('hex'), from, apiBaseUrl: origin }
      resolve({ origin, config: { ...config, segmentsPerSecond: 10_000 }, close: () => server.close() })
    }),
  )
}
