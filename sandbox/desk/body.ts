import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import { DEVICES } from './people.ts'

/** Ten pictures of a phone, in base64. */
const MAX_BODY_BYTES = 40 * 1024 * 1024

const text = (max: number) => v.pipe(v.string(), v.maxLength(max))
const device = v.picklist(DEVICES)
const customer = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200))

export const sayBody = v.pipe(
  v.object({
    device,
    customer,
    clientId: text(60),
    text: text(100_000),
    subject: v.optional(text(500)),
    media: v.optional(
      v.pipe(
        v.array(v.object({ name: text(200), mimeType: text(100), base64: v.pipe(v.string(), v.base64()) })),
        v.maxLength(10),
      ),
      [],
    ),
    samples: v.optional(v.array(text(20)), []),
    /** Id of the mail on the screen that is answered; null for a new one. */
    answers: v.optional(v.nullable(text(500))),
  }),
  v.check(
    ({ text, media, samples, subject }) =>
      text.trim() !== '' || media.length + samples.length > 0 || subject !== undefined,
    'There is nothing to send.',
  ),
)

export const messageBody = v.object({ device, customer, id: text(500) })
export const customerBody = v.object({ device, customer })
export const emptyBody = v.object({})

/** Why something is not done, in words for people. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}

/** The body as `schema` wants it; throws a Refusal. */
export async function readBody<T>(request: IncomingMessage, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new Refusal(413, 'That is more than 40 MB: send less at once.')
    chunks.push(chunk)
  }
  let given: unknown
  try {
    given = JSON.parse(Buffer.concat(chunks).toString() || '{}')
  } catch {
    throw new Refusal(400, 'The body is not JSON.')
  }
  const parsed = v.safeParse(schema, given)
  if (parsed.success) return parsed.output
  throw new Refusal(400, parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`).join('; '))
}
