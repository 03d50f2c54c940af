import * as v from 'valibot'
import { findConversation } from '../../../conversations/views/conversations.ts'
import { readMessage, readMessages } from '../../../conversations/views/messages.ts'
import type { AccountId, ConversationId, IdentityId } from '../../model.ts'
import { eventView, messageView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import { orMissing, orRefuse, refuse } from '../problem.ts'
import { type DefineRoute, idText, limitQuery } from '../route.ts'
import { attachmentIds, messageText, subjectText } from './message-fields.ts'

const TAG = 'Messages'

const sendBody = v.object({
  kind: v.pipe(v.picklist(['reply', 'note']), v.description('A note stays among colleagues.')),
  text: messageText,
  subject: v.optional(subjectText),
  identityId: v.optional(v.pipe(idText, v.description('Which way it goes; absent = the way the customer wrote last.'))),
  accountId: v.optional(idText),
  attachmentIds: v.optional(attachmentIds, []),
  clientId: v.optional(
    v.pipe(v.string(), v.maxLength(100), v.description('Your id of it: the same again is the same message.')),
  ),
})

const pageView = v.object({
  items: v.array(messageView),
  events: v.array(eventView),
  nextBefore: v.pipe(v.nullable(v.number()), v.description('`before` of the page of older ones.')),
})

export const defineMessages = (define: DefineRoute, deps: HttpDeps): void => {
  const db = deps.db.kysely

  define('GET', '/api/v1/conversations/:id/messages', {
    tag: TAG,
    summary: 'Read messages and what happened between them',
    description: 'The newest page first; each page oldest first.',
    query: v.object({
      before: v.optional(v.pipe(v.string(), v.digits(), v.transform(Number), v.safeInteger('too large'))),
      limit: limitQuery(100, 50),
    }),
    answer: pageView,
    async handle({ viewer, id, query }) {
      const row = orMissing(await findConversation(db, viewer, id), 'conversation')
      return readMessages(db, row.id, { before: query.before ?? null, limit: query.limit })
    },
  })

  define('POST', '/api/v1/conversations/:id/messages', {
    tag: TAG,
    summary: 'Reply, or leave a note',
    body: sendBody,
    status: 201,
    keyField: 'clientId',
    knowsKey: true,
    answer: messageView,
    async handle({ viewer, id, body, request }) {
      if (body.text.trim() === '' && body.attachmentIds.length === 0)
        refuse(422, 'empty_message', 'There is nothing to send: write something or attach a file.')
      if ((body.identityId === undefined) !== (body.accountId === undefined))
        refuse(400, 'half_a_way', 'Give identityId and accountId together, or neither to answer as the customer wrote.')
      const conversation = id as ConversationId
      const messageId = orRefuse(
        body.kind === 'note'
          ? await deps.commands.note(viewer, conversation, {
              text: body.text,
              attachmentIds: body.attachmentIds,
              request,
            })
          : await deps.commands.reply(viewer, conversation, {
              text: body.text,
              subject: body.subject,
              identityId: body.identityId as IdentityId | undefined,
              accountId: body.accountId as AccountId | undefined,
              attachmentIds: body.attachmentIds,
              request,
            }),
      )
      return orMissing(await readMessage(db, messageId), 'message')
    },
  })
}
