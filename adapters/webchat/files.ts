import * as v from 'valibot'
import type { MediaId, MediaRef } from '../../src/model.ts'
import { readBytes } from './body.ts'
import { MAX_FILE_BYTES } from './config.ts'
import type { Limits, VisitorCall } from './endpoint.ts'
import { acceptedTypeOf, rasterTypeOf } from './file-type.ts'
import { json, Problem, tooMany } from './problem.ts'
import { sign, unsign } from './signed.ts'

const ticket = v.object({
  for: v.string(),
  id: v.pipe(
    v.string(),
    v.transform((id) => id as MediaId),
  ),
  name: v.string(),
  mimeType: v.string(),
  size: v.number(),
})

/** Keeps an upload and answers a ticket: the signed word that this visitor may put that file into a message. */
export async function upload({ request, context, visitor }: VisitorCall, limits: Limits): Promise<Response> {
  const wait = limits.files.take(visitor.address, context.now())
  if (wait > 0) throw tooMany(wait)
  const name = fileNameOf(request.headers.get('x-file-name'))
  const content = await readBytes(request, MAX_FILE_BYTES)
  if (content.byteLength === 0) throw new Problem(400, 'empty_file', 'The file is empty.')
  const mimeType = acceptedTypeOf(name, content)
  if (!mimeType)
    throw new Problem(
      415,
      'file_type',
      'This kind of file is not taken. Send a picture, PDF, office document, text or zip.',
    )
  const kept = await context.media.put(content, { name, mimeType, maxBytes: MAX_FILE_BYTES })
  if (kept.state !== 'stored') throw new Problem(422, 'file_not_kept', 'The file could not be kept.')
  const file = { id: kept.id, name, mimeType, size: kept.size }
  return json({ ...file, ticket: sign(context.secret, 'file', { for: visitor.address, ...file }) }, 201)
}

export function fileOfTicket({ context, visitor }: VisitorCall, signed: string): MediaRef {
  const parsed = v.safeParse(ticket, unsign(context.secret, 'file', signed))
  if (!parsed.success || parsed.output.for !== visitor.address)
    throw new Problem(403, 'not_your_file', 'This file was not uploaded in this session. Attach it again.')
  const { id, name, mimeType, size } = parsed.output
  return { state: 'stored', id, name, mimeType, size }
}

/** A file of the visitor's own thread, or one they have just uploaded (`?ticket=`). */
export async function download(call: VisitorCall, id: string): Promise<Response> {
  const media = id as MediaId
  if (!(await mayRead(call, media)))
    throw new Problem(404, 'no_such_file', 'There is no such file in this conversation.')
  const content = await call.context.media.read(media)
  const picture = rasterTypeOf(content)
  return new Response(Buffer.from(content), {
    headers: {
      'content-type': picture ?? 'application/octet-stream',
      'content-disposition': picture ? 'inline' : 'attachment',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      // The name is the hash of the content: it never changes. Only for the one who may read it.
      'cache-control': 'private, max-age=31536000, immutable',
      vary: 'authorization',
    },
  })
}

async function mayRead(call: VisitorCall, id: MediaId): Promise<boolean> {
  const signed = call.url.searchParams.get('ticket')
  if (signed) {
    const file = fileOfTicket(call, signed)
    return file.state === 'stored' && file.id === id
  }
  return call.context.mayRead(call.visitor.address, id)
}

function fileNameOf(header: string | null): string {
  const name = decode(header ?? '')
    // Format characters (\p{Cf}) turn writing around: `fdp.exe` would be read as `exe.pdf`.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\]/gu, '_')
    .trim()
    .slice(-200)
    .toWellFormed()
  return name || 'file'
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
