import * as v from 'valibot'
import { cleanText, idText, shortList } from '../route.ts'

/** Longest text the API takes. What a channel takes is told by its capabilities and checked when it is sent. */
export const MAX_TEXT = 500_000
const MAX_ATTACHMENTS = 20

export const messageText = cleanText(MAX_TEXT)

/** One line: a subject becomes a mail header. */
export const subjectText = v.pipe(
  cleanText(500),
  v.transform((text) => text.replace(/\s+/g, ' ').trim()),
)

export const attachmentIds = shortList(idText, MAX_ATTACHMENTS, 'files')
