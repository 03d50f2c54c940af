import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '../worker.ts'

/** The barest fan-out: every event is written to every open response, as it is, in a turn of its own. */

const open = new Set<ServerResponse>()
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
  response.write(': welcome\n\n')
  open.add(response)
  response.once('close', () => open.delete(response))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

serve(
  {
    port: () => (server.address() as AddressInfo).port,
    async emit({ text, times }: { text: string; times: number }) {
      const chunk = Buffer.from(text)
      for (let index = 0; index < times; index++) {
        for (const response of open) response.write(chunk)
        await turn()
      }
    },
  },
  () => server.closeAllConnections(),
)
