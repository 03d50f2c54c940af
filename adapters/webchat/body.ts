import * as v from 'valibot'
import { Problem } from './problem.ts'

/** Large enough for 100,000 characters in any script, so that a message that is too long gets the limit as its answer. */
const MAX_JSON_BYTES = 1024 * 1024

const tooLarge = (maxBytes: number) =>
  new Problem(413, 'too_large', `At most ${Math.floor(maxBytes / 1024 / 1024)} MB.`, { extra: { maxBytes } })

/** The whole body, or a 413 as soon as it is known to be larger. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The server holds a body to its Content-Length: then it is read at once, which costs a fifth of reading by pieces. */
async function readText(request: Request, maxBytes: number): Promise<string> {
  const length = request.headers.get('content-length')
  if (length === null || Number(length) > maxBytes) return new TextDecoder().decode(await readBytes(request, maxBytes))
  return request.text()
}

export async function readJson<T>(
  request: Request,
  schema: v.BaseSchema<unknown, T, v.BaseIssue<unknown>>,
): Promise<T> {
  const text = await readText(request, MAX_JSON_BYTES)
  const parsed = v.safeParse(schema, parse(text))
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  throw new Problem(400, 'bad_request', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem(400, 'bad_request', 'The body is not JSON.')
  }
}
