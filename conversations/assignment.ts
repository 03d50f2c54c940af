import type { AgentId, Availability, Millis } from '../src/model.ts'
import type { AssignmentDecisionView } from '../src/views.ts'

/** An agent of the team, as the decision sees one. */
export interface Candidate {
  id: AgentId
  name: string
  availability: Availability
  connected: boolean
  disabled: boolean
  /** Open conversations held now, and how many fit. */
  load: number
  capacity: number
  /** Since when the agent had nothing new: the last assignment, or coming online, whichever is later. */
  idleSince: Millis | null
}

type Rejection = NonNullable<AssignmentDecisionView['candidates'][number]['rejected']>

export type AssignmentDecision = AssignmentDecisionView & { chosen: AgentId | null }

const unable = (agent: Candidate): Rejection | null => {
  if (agent.disabled) return 'disabled'
  if (agent.availability === 'offline') return 'offline'
  if (agent.availability === 'away') return 'away'
  if (!agent.connected) return 'not_connected'
  return agent.load >= agent.capacity ? 'at_capacity' : null
}

/** Least load first, then the longest idle, then by id so that the answer never depends on the order given. */
const before = (a: Candidate, b: Candidate): number =>
  a.load - b.load || (a.idleSince ?? 0) - (b.idleSince ?? 0) || (a.id < b.id ? -1 : 1)

/**
 * Who gets a conversation: the least busy agent who is online, here and within capacity; of equals the one idle
 * longest. Every other candidate carries the reason why not.
 */
export const decideAssignment = (candidates: Candidate[]): AssignmentDecision => {
  const able = candidates.filter((agent) => unable(agent) === null).sort(before)
  const best = able[0]
  const why = (agent: Candidate): Rejection | null => {
    const inability = unable(agent)
    if (inability || !best || agent.id === best.id) return inability
    return agent.load > best.load ? 'busier' : 'idle_shorter'
  }
  return {
    rule: best ? 'least_busy' : 'none',
    chosen: best?.id ?? null,
    candidates: [...candidates].sort(before).map((agent) => ({
      agentId: agent.id,
      agentName: agent.name,
      load: agent.load,
      capacity: agent.capacity,
      idleSince: agent.idleSince,
      rejected: why(agent),
    })),
  }
}

/** The candidate after it was given one more: for deciding the next conversation without asking the database. */
export const withOneMore = (candidates: Candidate[], chosen: AgentId, now: Millis): Candidate[] =>
  candidates.map((agent) => (agent.id === chosen ? { ...agent, load: agent.load + 1, idleSince: now } : agent))
