/** The answer that makes a provider send the same once more: nothing is lost by it. */
export const comeAgain = (title: string, detail: string): Response =>
  Response.json(
    { type: 'about:blank', title, status: 503, detail },
    { status: 503, headers: { 'content-type': 'application/problem+json', 'retry-after': '2' } },
  )
