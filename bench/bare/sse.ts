import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '../worker.ts'

/**
 * The barest fan-out: every event is written to every open response, as it is. Events that are there together are
 * written in one turn of the event loop, so that Node joins their writes, as it does for the hub's.
 */

const open = new Set<ServerResponse>()
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
  response.write(': welcome\n\n')
  open.add(response)
  response.once('close', () => open.delete(response))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))

serve(
  {
    port: () => (server.address() as AddressInfo).port,
    emit({ text, times }: { text: string; times: number }) {
      const chunk = Buffer.from(text)
      for (let index = 0; index < times; index++) for (const response of open) response.write(chunk)
    },
  },
  () => server.closeAllConnections(),
)
