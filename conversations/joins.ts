import * as v from 'valibot'
import { newId } from '../src/ids.ts'
import type { ContactId, ConversationId, IdentityId, MessageId } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import type { Commands } from './commands.ts'
import { done, refused } from './outcome.ts'
import { maySee } from './rights.ts'
import { announceContact, announceConversation, type Transact, type Unit } from './unit.ts'
import type { Viewer } from './viewer.ts'

/**
 * Two contacts that are one person. The loser's identities and conversations go to the winner; if both have an open
 * conversation, the two become one thread. What moved is written down, so that it can move back.
 */

const movedSchema = v.object({
  identities: v.array(v.string()),
  conversations: v.array(v.string()),
  /** The loser's open conversation, emptied into the winner's. */
  merged: v.nullable(
    v.object({ from: v.string(), into: v.string(), messages: v.array(v.string()), status: v.string() }),
  ),
  consents: v.array(v.string()),
  /** True when the winner took the loser's name, having none. */
  named: v.boolean(),
})
type Moved = v.InferOutput<typeof movedSchema>

const CHUNK = 500

const inChunks = async <T>(ids: T[], run: (chunk: T[]) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < ids.length; start += CHUNK) await run(ids.slice(start, start + CHUNK))
}

const activeOf = (unit: Unit, contact: ContactId) =>
  unit.tx
    .selectFrom('conversations')
    .selectAll()
    .where('contact_id', '=', contact)
    .where('status', '!=', 'resolved')
    .orderBy('last_message_at', 'desc')
    .limit(1)
    .executeTakeFirst()

/** Brings a conversation's summary in line with the messages it has now. */
const refresh = async (unit: Unit, id: ConversationId): Promise<Row<'conversations'>> => {
  const { tx } = unit
  const last = await tx
    .selectFrom('messages')
    .selectAll()
    .where('conversation_id', '=', id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const answered = await tx
    .selectFrom('messages')
    .select((fn) => fn.fn.max('seq').as('seq'))
    .where('conversation_id', '=', id)
    .where('direction', '=', 'out')
    .executeTakeFirst()
  const waiting = await tx
    .selectFrom('messages')
    .select((fn) => [fn.fn.min('created_at').as('since'), fn.fn.countAll<number>().as('count')])
    .where('conversation_id', '=', id)
    .where('direction', '=', 'in')
    .where('seq', '>', answered?.seq ?? 0)
    .executeTakeFirst()
  const lastIn = await tx
    .selectFrom('messages')
    .select(['account_id', 'identity_id'])
    .where('conversation_id', '=', id)
    .where('direction', '=', 'in')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return tx
    .updateTable('conversations')
    .set({
      last_seq: last?.seq ?? 0,
      updated_at: unit.now,
      waiting_since: waiting?.since ?? null,
      unread: Number(waiting?.count ?? 0),
      ...(last
        ? { last_message_at: last.created_at, preview: last.text.slice(0, 160), preview_direction: last.direction }
        : {}),
      ...(lastIn?.account_id && lastIn.identity_id
        ? { account_id: lastIn.account_id, identity_id: lastIn.identity_id }
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

const mergeOpen = async (unit: Unit, winner: Row<'conversations'>, loser: Row<'conversations'>) => {
  const rows = await unit.tx.selectFrom('messages').select('id').where('conversation_id', '=', loser.id).execute()
  const ids = rows.map((row) => row.id)
  await moveMessages(unit, ids, winner.id)
  await unit.tx
    .updateTable('conversations')
    .set({ status: 'resolved', resolved_at: unit.now, unread: 0, waiting_since: null, updated_at: unit.now })
    .where('id', '=', loser.id)
    .execute()
  return { from: loser.id, into: winner.id, messages: ids, status: loser.status }
}

const tellConversations = async (
  unit: Unit,
  ids: string[],
  happening: { type: string; actor: Viewer['agentId']; data: object },
) => {
  for (const id of ids) {
    const row = await refresh(unit, id as ConversationId)
    await announceConversation(unit, row, { happening })
  }
}

const contactOf = (unit: Unit, id: ContactId) =>
  unit.tx.selectFrom('contacts').selectAll().where('id', '=', id).where('joined_into', 'is', null).executeTakeFirst()

const seesAll = async (unit: Unit, viewer: Viewer, contacts: ContactId[]): Promise<boolean> => {
  const rows = await unit.tx
    .selectFrom('conversations')
    .select(['team_id', 'assignee_id'])
    .where('contact_id', 'in', contacts)
    .where('status', '!=', 'resolved')
    .execute()
  return rows.every((row) => maySee(viewer, { teamId: row.team_id, assigneeId: row.assignee_id }))
}

const moveAll = async (unit: Unit, winner: ContactId, loser: ContactId): Promise<Omit<Moved, 'named'>> => {
  const { tx } = unit
  // Identities first: ingest holds their rows while it stores, so that no message falls between.
  const identities = await tx
    .updateTable('identities')
    .set({ contact_id: winner })
    .where('contact_id', '=', loser)
    .returning('id')
    .execute()
  const [mine, theirs] = [await activeOf(unit, winner), await activeOf(unit, loser)]
  const merged = mine && theirs ? await mergeOpen(unit, mine, theirs) : null
  const conversations = await tx
    .updateTable('conversations')
    .set({ contact_id: winner })
    .where('contact_id', '=', loser)
    .returning('id')
    .execute()
  const consents = await tx
    .updateTable('consents')
    .set({ contact_id: winner })
    .where('contact_id', '=', loser)
    .returning('id')
    .execute()
  const ids = (rows: { id: string }[]) => rows.map((row) => row.id)
  return { identities: ids(identities), conversations: ids(conversations), merged, consents: ids(consents) }
}

/** Messages of the merged thread that are the loser's: those that moved, and what their identities wrote since. */
const theirMessages = async (unit: Unit, moved: Moved): Promise<MessageId[]> => {
  if (!moved.merged) return []
  const since = await unit.tx
    .selectFrom('messages')
    .select('id')
    .where('conversation_id', '=', moved.merged.into as ConversationId)
    .where('identity_id', 'in', moved.identities.length > 0 ? (moved.identities as IdentityId[]) : ['' as IdentityId])
    .execute()
  return [...new Set([...(moved.merged.messages as MessageId[]), ...since.map((row) => row.id)])]
}

const moveBack = async (unit: Unit, join: Row<'contact_joins'>, moved: Moved): Promise<void> => {
  const { tx } = unit
  const loser = join.loser_id
  await inChunks(moved.identities as IdentityId[], (chunk) =>
    tx.updateTable('identities').set({ contact_id: loser }).where('id', 'in', chunk).execute(),
  )
  await inChunks(moved.conversations as ConversationId[], (chunk) =>
    tx.updateTable('conversations').set({ contact_id: loser }).where('id', 'in', chunk).execute(),
  )
  await inChunks(moved.consents, (chunk) =>
    tx.updateTable('consents').set({ contact_id: loser }).where('id', 'in', chunk).execute(),
  )
  if (!moved.merged) return
  await moveMessages(unit, await theirMessages(unit, moved), moved.merged.from as ConversationId)
  await tx
    .updateTable('conversations')
    .set({ status: moved.merged.status as Row<'conversations'>['status'], resolved_at: null })
    .where('id', '=', moved.merged.from as ConversationId)
    .execute()
}

export const createJoins = (deps: { transact: Transact }): Pick<Commands, 'join' | 'undoJoin'> => ({
  join: (viewer, winner, loser) =>
    deps.transact(async (unit) => {
      if (winner === loser) return refused(422, 'same_contact', 'This is the same contact. Choose another one.')
      const [first, second] = [await contactOf(unit, winner), await contactOf(unit, loser)]
      if (!first || !second)
        return refused(404, 'not_found', 'One of the contacts is gone, or was joined already. Search again.')
      if (!(await seesAll(unit, viewer, [winner, loser])))
        return refused(403, 'not_yours', 'Another team is talking with one of them. Ask a supervisor to join them.')
      const moved = await moveAll(unit, winner, loser)
      await unit.tx
        .updateTable('contacts')
        .set({ joined_into: winner, updated_at: unit.now })
        .where('id', '=', loser)
        .execute()
      // The name somebody told beats no name; nothing told by both is overwritten.
      if (first.name === null && second.name !== null)
        await unit.tx.updateTable('contacts').set({ name: second.name }).where('id', '=', winner).execute()
      const id = newId<string>()
      await unit.tx
        .insertInto('contact_joins')
        .values({
          id,
          winner_id: winner,
          loser_id: loser,
          agent_id: viewer.agentId,
          moved: JSON.stringify({ ...moved, named: first.name === null && second.name !== null }),
          created_at: unit.now,
          undone_at: null,
        })
        .execute()
      const happening = {
        type: 'joined',
        actor: viewer.agentId,
        data: { joinId: id, name: second.name, winnerId: winner, loserId: loser },
      }
      const active = await activeOf(unit, winner)
      await tellConversations(unit, [...new Set([...(active ? [active.id] : []), ...moved.conversations])], happening)
      announceContact(unit, winner)
      announceContact(unit, loser, winner)
      return done(id)
    }),

  undoJoin: (viewer, id) =>
    deps.transact(async (unit) => {
      const join = await unit.tx.selectFrom('contact_joins').selectAll().where('id', '=', id).executeTakeFirst()
      if (!join) return refused(404, 'not_found', 'There is no such join.')
      if (join.undone_at !== null) return refused(409, 'already_undone', 'This join was undone already.')
      const winner = await contactOf(unit, join.winner_id)
      if (!winner)
        return refused(409, 'joined_since', 'The contact was joined into another one since. Undo that join first.')
      if (!(await seesAll(unit, viewer, [join.winner_id])))
        return refused(403, 'not_yours', 'Another team is talking with this contact. Ask a supervisor.')
      const moved = v.parse(movedSchema, JSON.parse(join.moved))
      await unit.tx.updateTable('contact_joins').set({ undone_at: unit.now }).where('id', '=', id).execute()
      await unit.tx
        .updateTable('contacts')
        .set({ joined_into: null, updated_at: unit.now })
        .where('id', '=', join.loser_id)
        .execute()
      await moveBack(unit, join, moved)
      if (moved.named)
        await unit.tx.updateTable('contacts').set({ name: null }).where('id', '=', join.winner_id).execute()
      const happening = {
        type: 'parted',
        actor: viewer.agentId,
        data: { joinId: id, winnerId: join.winner_id, loserId: join.loser_id },
      }
      const active = await activeOf(unit, join.winner_id)
      const touched = [...(active ? [active.id] : []), ...moved.conversations]
      await tellConversations(unit, [...new Set(touched)], happening)
      announceContact(unit, join.winner_id)
      announceContact(unit, join.loser_id)
      return done(undefined)
    }),
})
