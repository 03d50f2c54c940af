const MARK = 'x-hono-already-sent'

/**
 * What a handler returns that has taken over the node response. The server's own constant for it is overlooked when it
 * was made by the server's light Response (@hono/node-server 2.1.8 asks for its mark on native ones only): reading
 * `body` turns it into a native one.
 */
export const alreadySent = (): Response => {
  const response = new Response(null, { headers: { [MARK]: 'true' } })
  return response.body === null ? response : new Response(null)
}
