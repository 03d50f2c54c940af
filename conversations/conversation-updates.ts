import type { AgentId, ConversationId, TeamId } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import { type Assigner, loadCandidates } from './assign.ts'
import type { Commands } from './commands.ts'
import { SNOOZE_TIMER } from './ingest-messages.ts'
import { done, type Outcome, refused } from './outcome.ts'
import { NOT_FOUND, seenConversation } from './replies.ts'
import { clearTimer, finishTimer, type TimerHandler } from './timers.ts'
import { unanswered } from './unanswered.ts'
import { announceConversation, type Happening, type Transact, type Unit } from './unit.ts'
import type { Viewer } from './viewer.ts'

/** Status, priority, labels, assignee and team: what people change about a conversation. */

type Conversation = Row<'conversations'>
type Change = Parameters<Commands['update']>[2]
type Patch = Partial<
  Pick<
    Conversation,
    | 'status'
    | 'snoozed_until'
    | 'priority'
    | 'assignee_id'
    | 'assigned_at'
    | 'team_id'
    | 'resolved_at'
    | 'unread'
    | 'waiting_since'
  >
>

interface Planned {
  patch: Patch
  happenings: Happening[]
}

const planStatus = (change: Change, row: Conversation, viewer: Viewer, now: number): Outcome<Planned> => {
  const to = change.status
  if (!to) return done({ patch: {}, happenings: [] })
  if (to === 'snoozed' && (change.snoozedUntil === undefined || change.snoozedUntil <= now))
    return refused(422, 'snooze_in_past', 'Say until when to snooze, as a time in the future.')
  if (to === row.status && to !== 'snoozed') return done({ patch: {}, happenings: [] })
  const until = to === 'snoozed' ? (change.snoozedUntil as number) : null
  const patch: Patch = {
    status: to,
    snoozed_until: until,
    resolved_at: to === 'resolved' ? now : null,
    ...(to === 'resolved' ? { waiting_since: null, unread: 0 } : {}),
  }
  return done({
    patch,
    happenings: [{ type: 'status', actor: viewer.agentId, data: { from: row.status, to, until } }],
  })
}

const planPriority = (change: Change, row: Conversation, viewer: Viewer): Planned =>
  change.priority === undefined || change.priority === row.priority
    ? { patch: {}, happenings: [] }
    : {
        patch: { priority: change.priority },
        happenings: [{ type: 'priority', actor: viewer.agentId, data: { from: row.priority, to: change.priority } }],
      }

/** Why an agent was given it by hand, with what the others had then. */
const manualDecision = async (unit: Unit, team: TeamId | null, chosen: AgentId) => {
  const candidates = team ? await loadCandidates(unit.tx, team, unit.now) : []
  return {
    rule: 'manual',
    chosen,
    candidates: candidates.map((c) => ({ ...c, agentId: c.id, agentName: c.name, rejected: null })),
  }
}

const planOwner = async (unit: Unit, change: Change, row: Conversation, viewer: Viewer): Promise<Outcome<Planned>> => {
  const patch: Patch = {}
  const happenings: Happening[] = []
  const movesTeam = change.teamId !== undefined && change.teamId !== row.team_id
  if (movesTeam) {
    const team = change.teamId
      ? await unit.tx.selectFrom('teams').select('id').where('id', '=', change.teamId).executeTakeFirst()
      : null
    if (change.teamId && !team) return refused(422, 'no_such_team', 'There is no such team any more. Choose another.')
    patch.team_id = change.teamId ?? null
    if (change.assigneeId === undefined) patch.assignee_id = null
    happenings.push({
      type: 'queued',
      actor: viewer.agentId,
      data: { fromTeamId: row.team_id, teamId: change.teamId ?? null },
    })
  }
  if (change.assigneeId !== undefined && change.assigneeId !== row.assignee_id) {
    patch.assignee_id = change.assigneeId
    patch.assigned_at = change.assigneeId ? unit.now : null
    if (change.assigneeId) {
      const agent = await unit.tx
        .selectFrom('agents')
        .select('id')
        .where('id', '=', change.assigneeId)
        .where('disabled_at', 'is', null)
        .where('role', '!=', 'marketer')
        .executeTakeFirst()
      if (!agent) return refused(422, 'no_such_agent', 'This agent cannot take conversations. Choose another.')
      const decision = await manualDecision(unit, patch.team_id ?? row.team_id, change.assigneeId)
      const data = { agentId: change.assigneeId, fromAgentId: row.assignee_id, decision }
      happenings.push({ type: 'assigned', actor: viewer.agentId, data })
    } else happenings.push({ type: 'unassigned', actor: viewer.agentId, data: { agentId: row.assignee_id } })
  }
  return done({ patch, happenings })
}

const setLabels = async (
  unit: Unit,
  row: Conversation,
  wanted: string[],
  viewer: Viewer,
): Promise<Outcome<Happening | null>> => {
  const { tx } = unit
  const have = await tx
    .selectFrom('conversation_labels')
    .select('label_id')
    .where('conversation_id', '=', row.id)
    .execute()
  const before = new Set(have.map((entry) => entry.label_id))
  const after = new Set(wanted)
  const added = [...after].filter((id) => !before.has(id))
  const removed = [...before].filter((id) => !after.has(id))
  if (added.length + removed.length === 0) return done(null)
  if (added.length > 0) {
    const known = await tx.selectFrom('labels').select('id').where('id', 'in', added).execute()
    if (known.length < added.length) return refused(422, 'no_such_label', 'A label is gone. Load the labels again.')
    await tx
      .insertInto('conversation_labels')
      .values(added.map((label_id) => ({ conversation_id: row.id, label_id })))
      .execute()
  }
  if (removed.length > 0)
    await tx
      .deleteFrom('conversation_labels')
      .where('conversation_id', '=', row.id)
      .where('label_id', 'in', removed)
      .execute()
  return done({ type: 'labels', actor: viewer.agentId, data: { added, removed } })
}

const announceAll = async (
  unit: Unit,
  row: Conversation,
  before: Conversation,
  happenings: Happening[],
  labelIds: string[] | undefined,
): Promise<void> => {
  for (const happening of happenings)
    await announceConversation(unit, row, { happening, before, ...(labelIds ? { labelIds } : {}) })
}

const labelsOf = async (unit: Unit, id: ConversationId) =>
  (await unit.tx.selectFrom('conversation_labels').select('label_id').where('conversation_id', '=', id).execute()).map(
    (entry) => entry.label_id,
  )

export const createConversationUpdates = (deps: {
  transact: Transact
  assigner: Pick<Assigner, 'kick'>
}): Pick<Commands, 'update' | 'markRead'> => ({
  update: (viewer, id, change) =>
    deps.transact(async (unit) => {
      const row = await seenConversation(unit.tx, viewer, id)
      if (!row) return NOT_FOUND
      const status = planStatus(change, row, viewer, unit.now)
      if (!status.ok) return status
      const owner = await planOwner(unit, change, row, viewer)
      if (!owner.ok) return owner
      const priority = planPriority(change, row, viewer)
      const labels = change.labelIds ? await setLabels(unit, row, change.labelIds, viewer) : done(null)
      if (!labels.ok) return labels
      const happenings = [
        ...owner.value.happenings,
        ...status.value.happenings,
        ...priority.happenings,
        ...(labels.value ? [labels.value] : []),
      ]
      if (happenings.length === 0) return done(undefined)
      // Opened again without an answer, the customer waits as before.
      const reopened = row.status === 'resolved' && change.status !== undefined && change.status !== 'resolved'
      const waiting = reopened ? { waiting_since: (await unanswered(unit, id)).waiting_since } : {}
      const patch = { ...status.value.patch, ...waiting, ...priority.patch, ...owner.value.patch }
      const next = await unit.tx
        .updateTable('conversations')
        .set({ ...patch, updated_at: unit.now })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      if (next.status === 'snoozed' && next.snoozed_until) await unit.setTimer(SNOOZE_TIMER, id, next.snoozed_until)
      else if (row.status === 'snoozed') await clearTimer(unit.tx, SNOOZE_TIMER, id)
      await announceAll(unit, next, row, happenings, labels.value ? await labelsOf(unit, id) : undefined)
      // A seat became free, or somebody new waits.
      unit.afterCommit(() => deps.assigner.kick(null))
      return done(undefined)
    }),

  markRead: (viewer, id) =>
    deps.transact(async (unit) => {
      const row = await seenConversation(unit.tx, viewer, id)
      if (!row) return NOT_FOUND
      if (row.unread === 0) return done(undefined)
      const next = await unit.tx
        .updateTable('conversations')
        .set({ unread: 0 })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      await announceConversation(unit, next)
      return done(undefined)
    }),
})

/** A snoozed conversation comes back by itself. */
export const snoozeTimer =
  (deps: { transact: Transact; assigner: Pick<Assigner, 'kick'> }): TimerHandler =>
  (timer) =>
    deps.transact(async (unit) => {
      if (!(await finishTimer(unit.tx, timer))) return
      const before = await unit.tx
        .selectFrom('conversations')
        .selectAll()
        .where('id', '=', timer.key as ConversationId)
        .where('status', '=', 'snoozed')
        .executeTakeFirst()
      if (!before) return
      const row = await unit.tx
        .updateTable('conversations')
        .set({ status: 'open', snoozed_until: null, updated_at: unit.now })
        .where('id', '=', before.id)
        .returningAll()
        .executeTakeFirstOrThrow()
      const data = { from: 'snoozed', to: 'open', reason: 'snooze_over' }
      await announceConversation(unit, row, { happening: { type: 'status', actor: null, data } })
      unit.afterCommit(() => deps.assigner.kick([row.team_id]))
    })
