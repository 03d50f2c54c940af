import * as v from 'valibot'
import { toAttachmentView } from '../../../conversations/present.ts'
import { findAttachment } from '../../../conversations/views/attachments.ts'
import { newId } from '../../ids.ts'
import { DEFAULT_MAX_BYTES } from '../../media.ts'
import type { Row } from '../../schema.ts'
import { attachmentView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import { orMissing, refuse } from '../problem.ts'
import { type DefineRoute, nameText } from '../route.ts'

const TAG = 'Attachments'

/** Types a browser shows without running anything in them. Everything else is downloaded. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/(mp4|webm|ogg|quicktime))$/

const MEGABYTE = 1024 * 1024

const tooLarge = () =>
  refuse(
    413,
    'attachment_too_large',
    `The file is larger than ${DEFAULT_MAX_BYTES / MEGABYTE} MB: send a link, or a smaller file.`,
  )

/** RFC 6266: the name in ASCII for old readers, and as it is. */
export const contentDisposition = (kind: 'inline' | 'attachment', name: string): string => {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

const headersOf = (row: Row<'attachments'>, size: number): Record<string, string> => {
  const shown = SHOWN.test(row.mime_type)
  return {
    'content-type': shown ? row.mime_type : 'application/octet-stream',
    'content-length': String(size),
    'content-disposition': contentDisposition(shown ? 'inline' : 'attachment', row.name),
    'content-security-policy': "default-src 'none'; sandbox",
    // The content of an attachment never changes; who may see it is asked again by every browser.
    'cache-control': 'private, max-age=86400, immutable',
  }
}

export const defineAttachments = (define: DefineRoute, deps: HttpDeps): void => {
  const db = deps.db.kysely

  define('POST', '/api/v1/attachments', {
    tag: TAG,
    summary: 'Upload a file for a message',
    description: 'The body is the file itself, `Content-Type` its type; at most 25 MB. Then name its id in a message.',
    query: v.object({ name: nameText(300) }),
    status: 201,
    keyed: false,
    answer: attachmentView,
    async handle({ c, viewer, query }) {
      if (Number(c.req.header('content-length') ?? 0) > DEFAULT_MAX_BYTES) return tooLarge()
      const { body } = c.req.raw
      if (!body) return refuse(400, 'empty_body', 'The body is empty: send the file itself as the body.')
      const media = await deps.media.put(body as unknown as AsyncIterable<Uint8Array>, {
        name: query.name,
        mimeType: c.req.header('content-type') ?? 'application/octet-stream',
        maxBytes: DEFAULT_MAX_BYTES,
      })
      if (media.state !== 'stored') return tooLarge()
      const row = await db
        .insertInto('attachments')
        .values({
          id: newId(),
          message_id: null,
          media_id: media.id,
          name: media.name,
          mime_type: media.mimeType,
          size: media.size,
          content_id: null,
          state: 'stored',
          remote_ref: null,
          failure: null,
          uploaded_by: viewer.agentId,
          created_at: deps.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return toAttachmentView(row)
    },
  })

  define('GET', '/api/v1/attachments/:id', {
    tag: TAG,
    summary: 'Download a file',
    answer: v.pipe(v.string(), v.description('The file itself, under its own type.')),
    async handle({ c, viewer, id }) {
      const row = orMissing(await findAttachment(db, viewer, id), 'file')
      if (row.state !== 'stored' || row.media_id === null)
        return refuse(409, 'not_stored', row.failure ?? 'The file is still being fetched: try again in a moment.')
      const etag = `"${row.media_id}"`
      if (c.req.header('if-none-match') === etag) return c.body(null, 304)
      const file = await deps.media.open(row.media_id)
      return new Response(file.stream, { headers: { ...headersOf(row, file.size), etag } })
    },
  })
}
