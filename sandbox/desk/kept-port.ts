/** Starts something on the port it had before, or on any when that one is taken now. */
export async function onKeptPort<T>(kept: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(kept ?? 0)
  } catch (error) {
    if (!kept || (error as { code?: unknown }).code !== 'EADDRINUSE') throw error
    return start(0)
  }
}
