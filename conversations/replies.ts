import type { Kysely } from 'kysely'
import { newId } from '../src/ids.ts'
import type { ConversationId, IdentityId, MessageId } from '../src/model.ts'
import type { Row, Schema } from '../src/schema.ts'
import type { RouteView } from '../src/views.ts'
import { ensureIdentity } from './addresses.ts'
import { cleanName, cleanText, previewOf } from './arrival-text.ts'
import type { Assigner } from './assign.ts'
import type { ChannelCatalogue } from './channel-facts.ts'
import type { Commands, ReplyInput, StartInput } from './commands.ts'
import { planDelivery } from './deliveries.ts'
import { once } from './once.ts'
import { done, type Outcome, Refusal, refused } from './outcome.ts'
import { attach, loadUploads, misfit } from './outgoing-files.ts'
import { audienceOf, toContactBrief, toConversationPatch, toMessageView } from './present.ts'
import { maySee } from './rights.ts'
import { chooseRoute, explainReason, routesFor } from './routes.ts'
import { announceConversation, type Transact, type Unit } from './unit.ts'
import type { Viewer } from './viewer.ts'

/** What agents write: replies, notes and first messages. */

type Conversation = Row<'conversations'>

export const NOT_FOUND = refused(404, 'not_found', 'There is no such conversation, or it is not yours to see.')

/** The conversation, if the viewer may see it. */
export const seenConversation = async (
  db: Kysely<Schema>,
  viewer: Viewer,
  id: ConversationId,
): Promise<Conversation | null> => {
  const row = await db.selectFrom('conversations').selectAll().where('id', '=', id).executeTakeFirst()
  return row && maySee(viewer, { teamId: row.team_id, assigneeId: row.assignee_id }) ? row : null
}

const insertMessage = async (
  unit: Unit,
  conversation: Conversation,
  viewer: Viewer,
  message: {
    direction: 'out' | 'note'
    text: string
    subject?: string | undefined
    route?: RouteView
  },
  files: Row<'attachments'>[],
): Promise<Row<'messages'>> => {
  const row = await unit.tx
    .insertInto('messages')
    .values({
      id: newId<MessageId>(),
      conversation_id: conversation.id,
      account_id: (message.route?.accountId as Conversation['account_id'] | undefined) ?? null,
      identity_id: (message.route?.identityId as IdentityId | undefined) ?? null,
      direction: message.direction,
      author_id: viewer.agentId,
      text: message.text,
      html: null,
      subject: message.subject ?? null,
      quoted_from: null,
      thread: null,
      remote_id: null,
      reply_to: null,
      withdrawn_at: null,
      sent_at: unit.now,
      created_at: unit.now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await attach(unit, row.id, files)
  return row
}

/** What was last written about with this very identity: a thread may have begun, or gone on, where there are no subjects. */
const lastSubject = async (unit: Unit, conversation: Conversation, route: RouteView): Promise<string | null> => {
  const row = await unit.tx
    .selectFrom('messages')
    .select('subject')
    .where('conversation_id', '=', conversation.id)
    .where('identity_id', '=', route.identityId as IdentityId)
    .where('subject', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.subject ?? null
}

const subjectFor = async (
  unit: Unit,
  conversation: Conversation,
  route: RouteView,
  typed: string | undefined,
): Promise<string | undefined> => {
  if (!route.capabilities.subject) return undefined
  const clean = cleanName(typed)
  if (clean) return clean
  const subject = conversation.subject ?? (await lastSubject(unit, conversation, route))
  return subject ? (/^(re|回复|答复)\s*[:：]/i.test(subject) ? subject : `Re: ${subject}`) : undefined
}

/** Stores an outbound message with its delivery and announces both. */
const sendInto = async (
  unit: Unit,
  viewer: Viewer,
  conversation: Conversation,
  route: RouteView,
  routes: RouteView[],
  input: Pick<ReplyInput, 'text' | 'subject'>,
  files: Row<'attachments'>[],
): Promise<MessageId> => {
  const subject = await subjectFor(unit, conversation, route, input.subject)
  const message = await insertMessage(
    unit,
    conversation,
    viewer,
    { direction: 'out', text: input.text, subject, route },
    files,
  )
  const decision = {
    chosen: { identityId: route.identityId, accountId: route.accountId },
    rejected: routes
      .filter((other) => !other.possible)
      .map(({ identityId, accountId, reason }) => ({ identityId, accountId, reason })),
  }
  const delivery = await planDelivery(unit, {
    messageId: message.id,
    conversationId: conversation.id,
    accountId: route.accountId as Conversation['account_id'],
    identityId: route.identityId as IdentityId,
    lane: 'reply',
    decision,
  })
  const row = await unit.tx
    .updateTable('conversations')
    .set({
      waiting_since: null,
      unread: 0,
      preview: previewOf(input.text, null, files),
      preview_direction: 'out',
      last_message_at: unit.now,
      last_seq: message.seq,
      updated_at: unit.now,
      status: 'open',
      snoozed_until: null,
      resolved_at: null,
      // Who answers what nobody has, has it.
      ...(conversation.assignee_id ? {} : { assignee_id: viewer.agentId, assigned_at: unit.now }),
    })
    .where('id', '=', conversation.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  if (!conversation.assignee_id)
    await announceConversation(unit, row, {
      happening: { type: 'assigned', actor: viewer.agentId, data: { agentId: viewer.agentId, reason: 'answered' } },
      before: conversation,
    })
  unit.announce({
    audience: audienceOf(row),
    event: {
      type: 'message.added',
      conversation: toConversationPatch(row),
      message: toMessageView(
        message,
        files.map((file) => ({ ...file, message_id: message.id })),
        delivery,
      ),
    },
  })
  return message.id
}

export const createReplies = (deps: {
  transact: Transact
  catalogue: ChannelCatalogue
  assigner: Pick<Assigner, 'kick'>
}): Pick<Commands, 'reply' | 'note' | 'start'> => {
  const { catalogue } = deps

  /** A refusal that is thrown undoes what the transaction did so far. */
  const transact = <T>(job: (unit: Unit) => Promise<Outcome<T>>): Promise<Outcome<T>> =>
    deps.transact(job).catch((error: unknown) => {
      if (error instanceof Refusal) return error.outcome
      throw error
    })

  const plan = async (
    unit: Unit,
    viewer: Viewer,
    conversation: Conversation,
    input: ReplyInput,
  ): Promise<Outcome<MessageId>> => {
    const text = cleanText(input.text)
    if (text.trim() === '' && input.attachmentIds.length === 0)
      return refused(422, 'empty', 'There is nothing to send. Write something or add a file.')
    const files = await loadUploads(unit, viewer, input.attachmentIds)
    if (!files.ok) return files
    const routes = await routesFor(unit.tx, catalogue, conversation.contact_id, unit.now)
    const asked =
      input.identityId && input.accountId
        ? input
        : routes.some(
              (route) =>
                route.possible &&
                route.identityId === conversation.identity_id &&
                route.accountId === conversation.account_id,
            )
          ? { identityId: conversation.identity_id, accountId: conversation.account_id }
          : {}
    const route = chooseRoute(routes, asked)
    if (!route) return refused(422, 'no_route', 'This contact has no address on that channel. Choose another channel.')
    if (!route.possible) return refused(409, route.reason ?? 'no_route', explainReason(route))
    const wrong = misfit(route, text, files.value)
    if (wrong) return wrong
    return done(
      await sendInto(unit, viewer, conversation, route, routes, { text, subject: input.subject }, files.value),
    )
  }

  /** The identity to write to first; an address typed by hand is made one, with a contact when nobody has it. */
  const identityFor = async (unit: Unit, input: StartInput): Promise<Outcome<Row<'identities'>>> => {
    const { tx } = unit
    if (input.identityId) {
      const row = await tx.selectFrom('identities').selectAll().where('id', '=', input.identityId).executeTakeFirst()
      return row ? done(row) : refused(404, 'not_found', 'There is no such address any more.')
    }
    if (input.contactId) {
      const contact = await tx
        .selectFrom('contacts')
        .select('id')
        .where('id', '=', input.contactId)
        .where('joined_into', 'is', null)
        .executeTakeFirst()
      if (!contact) return refused(404, 'not_found', 'There is no such contact, or it was joined into another.')
    }
    const made = await ensureIdentity(unit, catalogue, {
      accountId: input.accountId,
      address: input.address ?? '',
      contactId: input.contactId,
      name: cleanName(input.contactName),
    })
    if (made.ok && input.contactId && made.value.contact_id !== input.contactId)
      return refused(409, 'address_taken', 'This address belongs to another contact. Join the two contacts first.')
    return made
  }

  const openConversation = (unit: Unit, identity: Row<'identities'>, account: Row<'accounts'>, viewer: Viewer) =>
    unit.tx
      .insertInto('conversations')
      .values({
        id: newId<ConversationId>(),
        contact_id: identity.contact_id,
        account_id: account.id,
        identity_id: identity.id,
        team_id: account.team_id,
        assignee_id: viewer.agentId,
        assigned_at: unit.now,
        status: 'open',
        priority: 'normal',
        subject: null,
        waiting_since: null,
        snoozed_until: null,
        last_message_at: unit.now,
        created_at: unit.now,
        updated_at: unit.now,
        resolved_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow()

  const announceStart = async (unit: Unit, row: Conversation, viewer: Viewer, address: string) => {
    const contact = await unit.tx
      .selectFrom('contacts')
      .select(['id', 'name', 'vip_level'])
      .where('id', '=', row.contact_id)
      .executeTakeFirstOrThrow()
    await announceConversation(unit, row, {
      happening: { type: 'created', actor: viewer.agentId, data: { accountId: row.account_id } },
      labelIds: [],
    })
    unit.announce({
      audience: audienceOf(row),
      event: {
        type: 'conversation.changed',
        conversation: { ...toConversationPatch(row), contact: toContactBrief(contact), address, labelIds: [] },
        event: null,
      },
    })
  }

  const writeNote = async (
    unit: Unit,
    viewer: Viewer,
    id: ConversationId,
    input: { text: string; attachmentIds: string[] },
  ): Promise<Outcome<MessageId>> => {
    const conversation = await seenConversation(unit.tx, viewer, id)
    if (!conversation) return NOT_FOUND
    const text = cleanText(input.text)
    if (text.trim() === '' && input.attachmentIds.length === 0)
      return refused(422, 'empty', 'The note is empty. Write something or add a file.')
    const files = await loadUploads(unit, viewer, input.attachmentIds)
    if (!files.ok) return files
    const message = await insertMessage(unit, conversation, viewer, { direction: 'note', text }, files.value)
    const row = await unit.tx
      .updateTable('conversations')
      .set({ last_seq: message.seq, updated_at: unit.now })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const attachments = files.value.map((file) => ({ ...file, message_id: message.id }))
    unit.announce({
      audience: audienceOf(row),
      event: {
        type: 'message.added',
        conversation: toConversationPatch(row),
        message: toMessageView(message, attachments, null),
      },
    })
    return done(message.id)
  }

  const writeFirst = async (
    unit: Unit,
    viewer: Viewer,
    input: StartInput,
  ): Promise<Outcome<{ conversationId: ConversationId; messageId: MessageId }>> => {
    const account = await unit.tx
      .selectFrom('accounts')
      .selectAll()
      .where('id', '=', input.accountId)
      .executeTakeFirst()
    if (!account) return refused(404, 'not_found', 'There is no such account. Choose another.')
    const identity = await identityFor(unit, input)
    if (!identity.ok) return identity
    const active = await unit.tx
      .selectFrom('conversations')
      .selectAll()
      .where('contact_id', '=', identity.value.contact_id)
      .where('status', '!=', 'resolved')
      .orderBy('last_message_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (active && !maySee(viewer, { teamId: active.team_id, assigneeId: active.assignee_id }))
      return refused(
        409,
        'conversation_elsewhere',
        'Another team is talking with this contact. Ask them, or a supervisor.',
      )
    const conversation = active ?? (await openConversation(unit, identity.value, account, viewer))
    const planned = await plan(unit, viewer, conversation, {
      ...input,
      identityId: identity.value.id,
      accountId: account.id,
    })
    if (!planned.ok) throw new Refusal(planned)
    if (!active) await announceStart(unit, conversation, viewer, identity.value.address)
    return done({ conversationId: conversation.id, messageId: planned.value })
  }

  return {
    reply: (viewer, id, input) =>
      transact((unit) =>
        once(unit, input.request, async () => {
          const conversation = await seenConversation(unit.tx, viewer, id)
          return conversation ? plan(unit, viewer, conversation, input) : NOT_FOUND
        }),
      ),

    note: (viewer, id, input) =>
      transact((unit) => once(unit, input.request, () => writeNote(unit, viewer, id, input))),

    start: (viewer, input) =>
      transact((unit) => once(unit, input.request, () => writeFirst(unit, viewer, input))).catch((error: unknown) => {
        if (error instanceof Refusal) return error.outcome
        throw error
      }),
  }
}
