import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listening {
  origin: string
  close(): Promise<void>
}

/** `port` 0 takes any; rejects with EADDRINUSE when it is taken. */
export async function listen(onRequest: RequestListener, port = 0): Promise<Listening> {
  const server: Server = createServer(onRequest)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

export function answerJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** An error as Twilio words it; the codes are of its "Error and Warning Dictionary". */
export function answerError(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
  headers = {},
): void {
  const body = { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }
  answerJson(response, status, body, headers)
}
