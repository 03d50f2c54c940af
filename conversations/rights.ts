import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Audience } from '../src/bus.ts'
import type { Schema } from '../src/schema.ts'
import type { Viewer } from './viewer.ts'

/**
 * The one place of data-level rights. Administrators and supervisors see every conversation; agents see those of their
 * teams, those of no team and those assigned to them; marketers see none. Queries filter by `visible`, commands and
 * live events by `maySee`: both say the same.
 */

/** What decides who may see a conversation. */
export interface ConversationFacts {
  teamId: string | null
  assigneeId: string | null
}

export const seesEverything = (viewer: Pick<Viewer, 'role'>): boolean =>
  viewer.role === 'administrator' || viewer.role === 'supervisor'

export const maySee = (viewer: Viewer, facts: ConversationFacts): boolean => {
  if (seesEverything(viewer)) return true
  if (viewer.role !== 'agent') return false
  if (facts.teamId === null || facts.assigneeId === viewer.agentId) return true
  return viewer.teamIds.some((team) => team === facts.teamId)
}

type InConversations = ExpressionBuilder<Schema, 'conversations'>

/** For `where`: the conversations the viewer may see. */
export const visible =
  (viewer: Viewer) =>
  (eb: InConversations): Expression<SqlBool> => {
    if (seesEverything(viewer)) return sql<SqlBool>`1 = 1`
    if (viewer.role !== 'agent') return sql<SqlBool>`1 = 0`
    return eb.or([
      eb('conversations.team_id', 'is', null),
      eb('conversations.assignee_id', '=', viewer.agentId),
      ...(viewer.teamIds.length > 0 ? [eb('conversations.team_id', 'in', viewer.teamIds)] : []),
    ])
  }

/** May the viewer get an event for this audience? */
export const mayHear = (viewer: Viewer, audience: Audience): boolean => {
  switch (audience.kind) {
    case 'conversation':
      return maySee(viewer, audience)
    case 'staff':
      return true
    case 'administrators':
      return viewer.role === 'administrator'
  }
}
