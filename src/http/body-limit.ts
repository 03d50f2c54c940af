/**
 * The body, which fails as soon as it brings more than `most` bytes. Told apart from other failures by `exceeded`,
 * because whoever reads it may turn its error into one of their own.
 */
export const limitBody = (body: ReadableStream<Uint8Array>, most: number) => {
  let size = 0
  const limit = { stream: body, exceeded: false }
  limit.stream = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength
        limit.exceeded = size > most
        if (limit.exceeded) throw new Error(`The body has more than ${most} bytes.`)
        controller.enqueue(chunk)
      },
    }),
  )
  return limit
}

/** What `fetch` wants to know of a request whose body is a stream. */
export const STREAMED = { duplex: 'half' } as const
