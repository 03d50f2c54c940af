import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'

/** The connection never came up: nothing of the request was read by anybody. */
export class NotConnected extends Error {
  override name = 'NotConnected'
}

/**
 * POSTs over a connection of its own. A pooled one may have been closed by the other side a moment ago, and then
 * nobody can tell whether the request was read; here what fails before the connection stands was certainly not.
 */
export function postOnce(url: string, body: string, signal: AbortSignal): Promise<Response> {
  const encrypted = url.startsWith('https:')
  return new Promise((resolve, reject) => {
    let connected = false
    const request = (encrypted ? httpsRequest : httpRequest)(
      url,
      {
        method: 'POST',
        agent: false,
        signal,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const headers = { 'content-type': response.headers['content-type'] ?? '' }
        text(response).then(
          (said) => resolve(new Response(said, { status: response.statusCode ?? 500, headers })),
          reject,
        )
      },
    )
    request.on('socket', (socket) => {
      socket.once(encrypted ? 'secureConnect' : 'connect', () => {
        connected = true
      })
    })
    request.on('error', (cause) => reject(connected ? cause : new NotConnected('no connection', { cause })))
    request.end(body)
  })
}
