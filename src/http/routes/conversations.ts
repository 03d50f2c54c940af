import * as v from 'valibot'
import type { Viewer } from '../../../conversations/viewer.ts'
import {
  countConversations,
  findConversation,
  listConversations,
  readConversation,
} from '../../../conversations/views/conversations.ts'
import { readMessage } from '../../../conversations/views/messages.ts'
import type { AccountId, AgentId, ContactId, ConversationId, DeliveryId, IdentityId, TeamId } from '../../model.ts'
import { CONVERSATION_STATUSES, PRIORITIES } from '../../model.ts'
import { conversationView, messageView, routeView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import { orMissing, orRefuse } from '../problem.ts'
import {
  cursorQuery,
  type DefineRoute,
  idText,
  limitQuery,
  lineText,
  listOf,
  nameText,
  pageOf,
  shortList,
} from '../route.ts'
import { announceTyping } from '../typing.ts'
import { attachmentIds, messageText, subjectText } from './message-fields.ts'

const TAG = 'Conversations'

/** ECMAScript's last date (ECMA-262, Time Values). */
const LAST_DATE = 8.64e15

const listQuery = v.object({
  view: v.optional(v.picklist(['mine', 'unassigned', 'all'])),
  status: v.optional(
    v.pipe(
      v.picklist([...CONVERSATION_STATUSES, 'active']),
      v.description('`active`: open and pending. Absent: every status.'),
    ),
  ),
  assignee: v.optional(idText),
  team: v.optional(idText),
  account: v.optional(idText),
  label: v.optional(idText),
  contact: v.optional(idText),
  q: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200))),
  sort: v.optional(
    v.pipe(v.picklist(['recent', 'waiting']), v.description('Newest message first, or who waits longest first.')),
  ),
  cursor: cursorQuery,
  limit: limitQuery(100, 50),
})

const countsView = v.object({
  mine: v.number(),
  unassigned: v.number(),
  all: v.number(),
  snoozed: v.number(),
  resolved: v.number(),
})

const startBody = v.object({
  identityId: v.optional(v.pipe(idText, v.description('A known identity …'))),
  address: v.optional(v.pipe(lineText(320), v.description('… or an address typed by hand.'))),
  contactId: v.optional(idText),
  contactName: v.optional(nameText(200)),
  accountId: idText,
  text: messageText,
  subject: v.optional(subjectText),
  attachmentIds: v.optional(attachmentIds, []),
  clientId: v.optional(v.pipe(v.string(), v.maxLength(100))),
})

const changeBody = v.object({
  status: v.optional(v.picklist(CONVERSATION_STATUSES)),
  snoozedUntil: v.optional(
    v.pipe(v.number(), v.integer(), v.maxValue(LAST_DATE), v.description('UTC milliseconds; with status `snoozed`.')),
  ),
  priority: v.optional(v.picklist(PRIORITIES)),
  assigneeId: v.optional(v.pipe(v.nullable(idText), v.description('Null gives it back to the queue.'))),
  teamId: v.optional(v.nullable(idText)),
  labelIds: v.optional(shortList(idText, 50, 'labels')),
})

export const defineConversations = (define: DefineRoute, deps: HttpDeps): void => {
  const { commands } = deps
  const db = deps.db.kysely

  const read = async (viewer: Viewer, id: string) => orMissing(await readConversation(db, viewer, id), 'conversation')

  define('GET', '/api/v1/conversations', {
    tag: TAG,
    summary: 'List conversations',
    query: listQuery,
    answer: pageOf(conversationView),
    handle: ({ viewer, query }) => listConversations(db, viewer, query),
  })

  define('GET', '/api/v1/conversations/counts', {
    tag: TAG,
    summary: 'How many there are',
    description: '`mine`, `unassigned` and `all` count the open and pending ones.',
    answer: countsView,
    handle: ({ viewer }) => countConversations(db, viewer),
  })

  define('POST', '/api/v1/conversations', {
    tag: TAG,
    summary: 'Write first',
    body: startBody,
    status: 201,
    keyField: 'clientId',
    knowsKey: true,
    answer: v.object({ conversation: conversationView, message: messageView }),
    async handle({ viewer, body, request }) {
      const { conversationId, messageId } = orRefuse(
        await commands.start(viewer, {
          ...body,
          identityId: body.identityId as IdentityId | undefined,
          contactId: body.contactId as ContactId | undefined,
          accountId: body.accountId as AccountId,
          request,
        }),
      )
      return {
        conversation: await read(viewer, conversationId),
        message: orMissing(await readMessage(db, messageId), 'message'),
      }
    },
  })

  define('GET', '/api/v1/conversations/:id', {
    tag: TAG,
    summary: 'Read a conversation',
    answer: conversationView,
    handle: ({ viewer, id }) => read(viewer, id),
  })

  define('PATCH', '/api/v1/conversations/:id', {
    tag: TAG,
    summary: 'Change status, priority, assignment or labels',
    body: changeBody,
    answer: conversationView,
    async handle({ viewer, id, body }) {
      const before = await read(viewer, id)
      orRefuse(
        await commands.update(viewer, id as ConversationId, {
          ...body,
          assigneeId: body.assigneeId as AgentId | null | undefined,
          teamId: body.teamId as TeamId | null | undefined,
        }),
      )
      // Who gives a conversation away may not see it any more; the answer is then what they asked for.
      return (await readConversation(db, viewer, id)) ?? { ...before, ...body }
    },
  })

  define('POST', '/api/v1/conversations/:id/read', {
    tag: TAG,
    summary: 'Mark as read',
    status: 204,
    async handle({ viewer, id }) {
      orRefuse(await commands.markRead(viewer, id as ConversationId))
    },
  })

  define('POST', '/api/v1/conversations/:id/typing', {
    tag: TAG,
    summary: 'Show that you type',
    description: 'To colleagues, and to the customer where the channel can. Never stored.',
    body: v.object({ on: v.boolean() }),
    status: 204,
    async handle({ viewer, id, body }) {
      const row = orMissing(await findConversation(db, viewer, id), 'conversation')
      announceTyping(deps.bus, row, { who: 'agent', agentId: viewer.agentId, on: body.on })
      deps.adapterPowers
        .typing(row.id, body.on)
        .catch((error: unknown) => deps.log.debug({ error }, 'typing not shown'))
    },
  })

  define('GET', '/api/v1/conversations/:id/routes', {
    tag: TAG,
    summary: 'Ways to reach the customer now, with reasons',
    answer: listOf(routeView),
    async handle({ viewer, id }) {
      const row = orMissing(await findConversation(db, viewer, id), 'conversation')
      return { items: await deps.routesFor({ conversationId: row.id }) }
    },
  })

  define('POST', '/api/v1/deliveries/:id/retry', {
    tag: TAG,
    summary: 'Send a failed or unknown delivery once more',
    status: 200,
    answer: messageView,
    async handle({ viewer, id }) {
      orRefuse(await commands.retryDelivery(viewer, id as DeliveryId))
      const row = await db
        .selectFrom('deliveries')
        .select('message_id')
        .where('id', '=', id as DeliveryId)
        .executeTakeFirst()
      return orMissing(row ? await readMessage(db, row.message_id) : null, 'delivery')
    },
  })
}
