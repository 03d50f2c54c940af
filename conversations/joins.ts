import * as v from 'valibot'
import { newId } from '../src/ids.ts'
import type { ContactId, ConversationId, IdentityId } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import type { Assigner } from './assign.ts'
import type { Commands } from './commands.ts'
import { activeOf, inChunks, mergedSchema, mergeThreads, partThreads, unmergeThreads } from './merged-threads.ts'
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
  merged: v.nullable(mergedSchema),
  consents: v.array(v.string()),
  /** The loser's name, if the winner took it, having none. */
  named: v.nullable(v.string()),
})
type Moved = v.InferOutput<typeof movedSchema>

const tellConversations = async (
  unit: Unit,
  ids: ConversationId[],
  happening: { type: string; actor: Viewer['agentId']; data: object },
) => {
  for (const id of new Set(ids)) {
    const row = await unit.tx
      .updateTable('conversations')
      .set({ updated_at: unit.now })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await announceConversation(unit, row, { happening })
  }
}

/** The contacts, if nobody joined them away. Locked, in one order, so that two agents never join them crosswise. */
const holdContacts = async (unit: Unit, ids: ContactId[]): Promise<Map<ContactId, Row<'contacts'>>> => {
  const held = new Map<ContactId, Row<'contacts'>>()
  for (const id of [...ids].sort()) {
    const row = await unit.tx
      .updateTable('contacts')
      .set({ updated_at: unit.now })
      .where('id', '=', id)
      .where('joined_into', 'is', null)
      .returningAll()
      .executeTakeFirst()
    if (row) held.set(id, row)
  }
  return held
}

const seesAll = async (unit: Unit, viewer: Viewer, contacts: ContactId[]): Promise<boolean> => {
  const rows = await unit.tx
    .selectFrom('conversations')
    .select(['team_id', 'assignee_id'])
    .where('contact_id', 'in', contacts)
    .where('status', '!=', 'resolved')
    .execute()
  return rows.every((row) => maySee(viewer, { teamId: row.team_id, assigneeId: row.assignee_id }))
}

/** Parting moves messages from one conversation to the other: who does it must be allowed to read them in both. */
const seesBoth = async (unit: Unit, viewer: Viewer, merged: NonNullable<Moved['merged']>): Promise<boolean> => {
  const rows = await unit.tx
    .selectFrom('conversations')
    .select(['team_id', 'assignee_id'])
    .where('id', 'in', [merged.from, merged.into] as ConversationId[])
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
  const merged = mine && theirs ? await mergeThreads(unit, mine, theirs) : null
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

/** Everything goes back to whom it was; returns the threads that changed. */
const moveBack = async (unit: Unit, join: Row<'contact_joins'>, moved: Moved): Promise<ConversationId[]> => {
  const { tx } = unit
  const { winner_id: winner, loser_id: loser } = join
  await inChunks(moved.identities as IdentityId[], (chunk) =>
    tx.updateTable('identities').set({ contact_id: loser }).where('id', 'in', chunk).execute(),
  )
  await inChunks(moved.conversations as ConversationId[], (chunk) =>
    tx.updateTable('conversations').set({ contact_id: loser }).where('id', 'in', chunk).execute(),
  )
  await inChunks(moved.consents, (chunk) =>
    tx.updateTable('consents').set({ contact_id: loser }).where('id', 'in', chunk).execute(),
  )
  // What their identities consented to since is theirs alone: nobody keeps a consent they never gave.
  await inChunks(moved.identities as IdentityId[], (chunk) =>
    tx.updateTable('consents').set({ contact_id: loser }).where('identity_id', 'in', chunk).execute(),
  )
  if (moved.merged) await unmergeThreads(unit, moved.merged)
  const touched = [...(await partThreads(unit, winner, loser)), ...(await partThreads(unit, loser, winner))]
  return [...touched, ...(moved.conversations as ConversationId[])]
}

export const createJoins = (deps: {
  transact: Transact
  assigner: Pick<Assigner, 'kick'>
}): Pick<Commands, 'join' | 'undoJoin'> => ({
  join: (viewer, winner, loser) =>
    deps.transact(async (unit) => {
      if (winner === loser) return refused(422, 'same_contact', 'This is the same contact. Choose another one.')
      const held = await holdContacts(unit, [winner, loser])
      const [first, second] = [held.get(winner), held.get(loser)]
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
      const named = first.name === null ? second.name : null
      if (named !== null) await unit.tx.updateTable('contacts').set({ name: named }).where('id', '=', winner).execute()
      const id = newId<string>()
      await unit.tx
        .insertInto('contact_joins')
        .values({
          id,
          winner_id: winner,
          loser_id: loser,
          agent_id: viewer.agentId,
          moved: JSON.stringify({ ...moved, named } satisfies Moved),
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
      const touched = [...(active ? [active.id] : []), ...(moved.conversations as ConversationId[])]
      await tellConversations(unit, touched, happening)
      // Two open conversations became one: a seat is free.
      unit.afterCommit(() => deps.assigner.kick(null))
      announceContact(unit, winner)
      announceContact(unit, loser, winner)
      return done(id)
    }),

  undoJoin: (viewer, id) =>
    deps.transact(async (unit) => {
      const find = () => unit.tx.selectFrom('contact_joins').selectAll().where('id', '=', id).executeTakeFirst()
      const known = await find()
      if (!known) return refused(404, 'not_found', 'There is no such join.')
      const held = await holdContacts(unit, [known.winner_id])
      // Read again under the lock: another agent may have undone it at the same moment.
      const join = await find()
      if (!join || join.undone_at !== null) return refused(409, 'already_undone', 'This join was undone already.')
      if (!held.has(join.winner_id))
        return refused(409, 'joined_since', 'The contact was joined into another one since. Undo that join first.')
      if (!(await seesAll(unit, viewer, [join.winner_id])))
        return refused(403, 'not_yours', 'Another team is talking with this contact. Ask a supervisor.')
      const moved = v.parse(movedSchema, JSON.parse(join.moved))
      if (moved.merged && !(await seesBoth(unit, viewer, moved.merged)))
        return refused(403, 'not_yours', 'What was written since belongs to another team. Ask a supervisor.')
      await unit.tx.updateTable('contact_joins').set({ undone_at: unit.now }).where('id', '=', id).execute()
      await unit.tx
        .updateTable('contacts')
        .set({ joined_into: null, updated_at: unit.now })
        .where('id', '=', join.loser_id)
        .execute()
      const moves = await moveBack(unit, join, moved)
      if (moved.named !== null)
        await unit.tx
          .updateTable('contacts')
          .set({ name: null })
          .where('id', '=', join.winner_id)
          .where('name', '=', moved.named)
          .execute()
      const happening = {
        type: 'parted',
        actor: viewer.agentId,
        data: { joinId: id, winnerId: join.winner_id, loserId: join.loser_id },
      }
      const active = await activeOf(unit, join.winner_id)
      await tellConversations(unit, [...(active ? [active.id] : []), ...moves], happening)
      unit.afterCommit(() => deps.assigner.kick(null))
      announceContact(unit, join.winner_id)
      announceContact(unit, join.loser_id)
      return done(undefined)
    }),
})
