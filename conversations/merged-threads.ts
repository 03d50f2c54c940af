import * as v from 'valibot'
import { newId } from '../src/ids.ts'
import {
  CONVERSATION_STATUSES,
  type ContactId,
  type ConversationId,
  type IdentityId,
  type MessageId,
} from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import { previewOf } from './arrival-text.ts'
import { SNOOZE_TIMER } from './ingest-messages.ts'
import { clearTimer } from './timers.ts'
import { unanswered } from './unanswered.ts'
import type { Unit } from './unit.ts'

/** Two open threads of one person made one, and parted again: what of it stands in conversations and messages. */

type Conversation = Row<'conversations'>

/** What joining changes of a conversation besides its messages. */
const standing = v.object({
  status: v.picklist(CONVERSATION_STATUSES),
  snoozed_until: v.nullable(v.number()),
  waiting_since: v.nullable(v.number()),
  unread: v.number(),
  assignee_id: v.nullable(v.string()),
  assigned_at: v.nullable(v.number()),
})
type Standing = v.InferOutput<typeof standing>

export const mergedSchema = v.object({
  from: v.string(),
  into: v.string(),
  messages: v.array(v.string()),
  /** How both stood before, and how the one stood after. */
  before: v.object({ from: standing, into: standing }),
  after: standing,
})
export type Merged = v.InferOutput<typeof mergedSchema>

const CHUNK = 500

export const inChunks = async <T>(ids: T[], run: (chunk: T[]) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < ids.length; start += CHUNK) await run(ids.slice(start, start + CHUNK))
}

/** Without `resolved_at`: a new message opens again only what somebody resolved. */
const EMPTIED = { status: 'resolved', snoozed_until: null, waiting_since: null, unread: 0 } as const

const standingOf = (row: Conversation): Standing => ({
  status: row.status,
  snoozed_until: row.snoozed_until,
  waiting_since: row.waiting_since,
  unread: row.unread,
  assignee_id: row.assignee_id,
  assigned_at: row.assigned_at,
})

const write = async (unit: Unit, id: ConversationId, values: Partial<Standing>): Promise<Conversation> => {
  const row = await unit.tx
    .updateTable('conversations')
    .set({ ...(values as Partial<Conversation>), updated_at: unit.now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  if (row.status === 'snoozed' && row.snoozed_until !== null) await unit.setTimer(SNOOZE_TIMER, id, row.snoozed_until)
  else await clearTimer(unit.tx, SNOOZE_TIMER, id)
  return row
}

export const activeOf = (unit: Unit, contact: ContactId) =>
  unit.tx
    .selectFrom('conversations')
    .selectAll()
    .where('contact_id', '=', contact)
    .where('status', '!=', 'resolved')
    .orderBy('last_message_at', 'desc')
    .limit(1)
    .executeTakeFirst()

/** What lists show of a conversation, from the messages it has now; one that has none keeps only its place. */
const summarise = async (unit: Unit, id: ConversationId): Promise<Conversation> => {
  const messages = unit.tx.selectFrom('messages').selectAll().where('conversation_id', '=', id).orderBy('seq', 'desc')
  const newest = await messages.limit(1).executeTakeFirst()
  const spoken = await messages.where('direction', '!=', 'note').limit(1).executeTakeFirst()
  // Answers go the way the person wrote last.
  const heard = (await messages.where('direction', '=', 'in').limit(1).executeTakeFirst()) ?? spoken
  const files = spoken
    ? await unit.tx.selectFrom('attachments').select('name').where('message_id', '=', spoken.id).orderBy('id').execute()
    : []
  return unit.tx
    .updateTable('conversations')
    .set({
      last_seq: newest?.seq ?? 0,
      updated_at: unit.now,
      ...(spoken
        ? {
            last_message_at: spoken.created_at,
            preview: previewOf(spoken.text, spoken.quoted_from, files),
            preview_direction: spoken.direction,
          }
        : {}),
      ...(heard?.account_id && heard.identity_id
        ? { account_id: heard.account_id, identity_id: heard.identity_id }
        : {}),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

const moveMessages = async (unit: Unit, ids: MessageId[], into: ConversationId): Promise<void> => {
  await inChunks(ids, (chunk) =>
    unit.tx.updateTable('messages').set({ conversation_id: into }).where('id', 'in', chunk).execute(),
  )
  await inChunks(ids, (chunk) =>
    unit.tx.updateTable('deliveries').set({ conversation_id: into }).where('message_id', 'in', chunk).execute(),
  )
}

/** The one thread is as urgent as the more urgent of the two, and keeps whoever was talking. */
const together = (a: Standing, b: Standing): Standing => {
  const status = (['open', 'pending', 'snoozed'] as const).find((one) => one === a.status || one === b.status) ?? 'open'
  const earliest = (x: number | null, y: number | null) => (x === null ? y : y === null ? x : Math.min(x, y))
  const owner = a.assignee_id === null ? b : a
  return {
    status,
    snoozed_until: status === 'snoozed' ? earliest(a.snoozed_until, b.snoozed_until) : null,
    waiting_since: earliest(a.waiting_since, b.waiting_since),
    unread: a.unread + b.unread,
    assignee_id: owner.assignee_id,
    assigned_at: owner.assigned_at,
  }
}

/** Puts the messages of `from` into `into`. What is left of `from` is hidden from lists, and no message opens it again. */
export const mergeThreads = async (unit: Unit, into: Conversation, from: Conversation): Promise<Merged> => {
  const rows = await unit.tx.selectFrom('messages').select('id').where('conversation_id', '=', from.id).execute()
  const messages = rows.map((row) => row.id)
  await moveMessages(unit, messages, into.id)
  const before = { from: standingOf(from), into: standingOf(into) }
  const after = together(before.into, before.from)
  await write(unit, into.id, after)
  await write(unit, from.id, EMPTIED)
  await summarise(unit, into.id)
  await summarise(unit, from.id)
  return { from: from.id, into: into.id, messages, before, after }
}

/** What nobody touched since stands as before; what somebody did since stays. */
const restored = (now: Standing, after: Standing, before: Standing): Partial<Standing> => ({
  ...(now.status === after.status && now.snoozed_until === after.snoozed_until
    ? { status: before.status, snoozed_until: before.snoozed_until }
    : {}),
  ...(now.assignee_id === after.assignee_id && now.assigned_at === after.assigned_at
    ? { assignee_id: before.assignee_id, assigned_at: before.assigned_at }
    : {}),
  ...(now.unread === after.unread && now.waiting_since === after.waiting_since
    ? { unread: before.unread, waiting_since: before.waiting_since }
    : {}),
})

/** Gives the messages back that were there before; what was written since is `partThreads`' to place. */
export const unmergeThreads = async (unit: Unit, merged: Merged): Promise<void> => {
  const [from, into] = [merged.from as ConversationId, merged.into as ConversationId]
  const now = await unit.tx.selectFrom('conversations').selectAll().where('id', '=', into).executeTakeFirstOrThrow()
  await moveMessages(unit, merged.messages as MessageId[], from)
  await write(unit, from, merged.before.from)
  const again = restored(standingOf(now), merged.after, merged.before.into)
  await write(unit, into, again)
  await summarise(unit, from)
  await (again.unread === undefined ? recount(unit, into, false) : summarise(unit, into))
}

/** The thread in which a contact is given what was written in another contact's. */
const homeFor = async (unit: Unit, contact: ContactId, source: Conversation, identity: IdentityId) => {
  const active = await activeOf(unit, contact)
  if (active) return active
  const { id: _, last_seq: _seq, preview: _preview, preview_direction: _direction, ...like } = source
  return unit.tx
    .insertInto('conversations')
    .values({
      ...like,
      id: newId<ConversationId>(),
      contact_id: contact,
      identity_id: identity,
      unread: 0,
      waiting_since: null,
      updated_at: unit.now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Messages that are in `holder`'s threads and were written by, or to, `owner`. */
const strays = (unit: Unit, holder: ContactId, owner: ContactId) =>
  unit.tx
    .selectFrom('messages')
    .innerJoin('conversations', 'conversations.id', 'messages.conversation_id')
    .innerJoin('identities', 'identities.id', 'messages.identity_id')
    .select(['messages.id', 'messages.conversation_id', 'messages.identity_id'])
    .where('conversations.contact_id', '=', holder)
    .where('identities.contact_id', '=', owner)
    .orderBy('messages.seq')
    .execute()

/** How a thread stands after messages came or went: who reads it may have seen some of them already. */
const recount = async (unit: Unit, id: ConversationId, cameTo: boolean): Promise<void> => {
  const row = await summarise(unit, id)
  if (row.status === 'resolved') return
  if (row.last_seq === 0) {
    await write(unit, id, EMPTIED)
    return
  }
  const counted = await unanswered(unit, id)
  await write(unit, id, { ...counted, unread: cameTo ? counted.unread : Math.min(row.unread, counted.unread) })
}

/** After two contacts were parted: each gets what its own identities wrote, and what was written to them, meanwhile. */
export const partThreads = async (unit: Unit, holder: ContactId, owner: ContactId): Promise<ConversationId[]> => {
  const all = await strays(unit, holder, owner)
  const touched = new Set<ConversationId>()
  for (const sourceId of new Set(all.map((row) => row.conversation_id))) {
    const theirs = all.filter((row) => row.conversation_id === sourceId)
    const source = await unit.tx
      .selectFrom('conversations')
      .selectAll()
      .where('id', '=', sourceId)
      .executeTakeFirstOrThrow()
    const home = await homeFor(unit, owner, source, theirs.at(-1)?.identity_id as IdentityId)
    await moveMessages(
      unit,
      theirs.map((row) => row.id),
      home.id,
    )
    await recount(unit, sourceId, false)
    await recount(unit, home.id, true)
    touched.add(sourceId).add(home.id)
  }
  return [...touched]
}
