import * as v from 'valibot'
import { listContacts, readContact, readIdentity, readJoin } from '../../../conversations/views/contacts.ts'
import { listConversations } from '../../../conversations/views/conversations.ts'
import type { AccountId, ContactId } from '../../model.ts'
import { contactView, conversationView, identityView, joinView, routeView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import { orMissing, orRefuse } from '../problem.ts'
import {
  cleanText,
  cursorQuery,
  type DefineRoute,
  idText,
  isShortJson,
  limitQuery,
  lineText,
  listOf,
  nameText,
  pageOf,
} from '../route.ts'

const TAG = 'Contacts'
const MAX_ATTRIBUTES_BYTES = 16_384
const CONVERSATIONS_SHOWN = 100

const vipLevel = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9))
const language = v.pipe(cleanText(35), v.description('BCP 47, e.g. `zh-CN`.'))
const timeZone = v.pipe(
  v.string(),
  v.maxLength(64),
  v.check((zone) => isTimeZone(zone), 'not a time zone: give an IANA name like Asia/Shanghai'),
  v.description('IANA name, e.g. `Asia/Shanghai`.'),
)
const attributes = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check((value) => isShortJson(value, MAX_ATTRIBUTES_BYTES), 'attributes take at most 16 KB'),
)

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== null
  } catch {
    return false
  }
}

export const defineContacts = (define: DefineRoute, deps: HttpDeps): void => {
  const { commands } = deps
  const db = deps.db.kysely
  const read = async (id: string) => orMissing(await readContact(db, id), 'contact')

  define('GET', '/api/v1/contacts', {
    tag: TAG,
    summary: 'List and search contacts',
    query: v.object({
      q: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200), v.description('Part of a name or address.'))),
      cursor: cursorQuery,
      limit: limitQuery(100, 50),
    }),
    answer: pageOf(contactView),
    handle: ({ query }) => listContacts(db, query),
  })

  define('POST', '/api/v1/contacts', {
    tag: TAG,
    summary: 'Add a contact',
    body: v.object({
      name: v.nullable(nameText(200)),
      language: v.optional(language),
      timeZone: v.optional(timeZone),
      vipLevel: v.optional(vipLevel),
    }),
    status: 201,
    answer: contactView,
    handle: async ({ viewer, body }) => read(orRefuse(await commands.createContact(viewer, body))),
  })

  define('GET', '/api/v1/contacts/:id', {
    tag: TAG,
    summary: 'Read a contact',
    description: 'One that was joined into another is answered with the other.',
    answer: contactView,
    handle: ({ id }) => read(id),
  })

  define('PATCH', '/api/v1/contacts/:id', {
    tag: TAG,
    summary: 'Change a contact',
    body: v.object({
      name: v.optional(v.nullable(nameText(200))),
      language: v.optional(v.nullable(language)),
      timeZone: v.optional(v.nullable(timeZone)),
      vipLevel: v.optional(vipLevel),
      attributes: v.optional(attributes),
    }),
    answer: contactView,
    async handle({ viewer, id, body }) {
      orRefuse(await commands.updateContact(viewer, id as ContactId, body))
      return read(id)
    },
  })

  define('GET', '/api/v1/contacts/:id/conversations', {
    tag: TAG,
    summary: 'The conversations of a contact that you may see',
    answer: listOf(conversationView),
    async handle({ viewer, id }) {
      const contact = await read(id)
      const { items } = await listConversations(db, viewer, { contact: contact.id, limit: CONVERSATIONS_SHOWN })
      return { items }
    },
  })

  define('GET', '/api/v1/contacts/:id/routes', {
    tag: TAG,
    summary: 'Ways to reach the contact now, with reasons',
    answer: listOf(routeView),
    async handle({ id }) {
      const contact = await read(id)
      return { items: await deps.routesFor({ contactId: contact.id as ContactId }) }
    },
  })

  define('POST', '/api/v1/contacts/:id/identities', {
    tag: TAG,
    summary: 'Add an address',
    body: v.object({ accountId: idText, address: v.pipe(lineText(320), v.trim(), v.minLength(1)) }),
    status: 201,
    answer: identityView,
    async handle({ viewer, id, body }) {
      const input = { accountId: body.accountId as AccountId, address: body.address }
      const identity = orRefuse(await commands.addIdentity(viewer, id as ContactId, input))
      return orMissing(await readIdentity(db, identity), 'identity')
    },
  })

  define('POST', '/api/v1/contacts/:id/join', {
    tag: TAG,
    summary: 'Join another contact into this one',
    description: 'Their identities and conversations move here; the join can be undone.',
    body: v.object({ contactId: v.pipe(idText, v.description('The one that joins in.')) }),
    answer: joinView,
    async handle({ viewer, id, body }) {
      const join = orRefuse(await commands.join(viewer, id as ContactId, body.contactId as ContactId))
      return orMissing(await readJoin(db, join), 'join')
    },
  })

  define('POST', '/api/v1/joins/:id/undo', {
    tag: TAG,
    summary: 'Part two joined contacts again',
    status: 204,
    async handle({ viewer, id }) {
      orRefuse(await commands.undoJoin(viewer, id))
    },
  })
}
