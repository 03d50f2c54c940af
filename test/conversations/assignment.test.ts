import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candidate, decideAssignment, withOneMore } from '../../conversations/assignment.ts'
import { type AgentId, AVAILABILITIES } from '../../src/model.ts'

const candidate: fc.Arbitrary<Omit<Candidate, 'id'>> = fc.record({
  name: fc.constant('Agent'),
  availability: fc.constantFrom(...AVAILABILITIES),
  connected: fc.boolean(),
  disabled: fc.boolean(),
  load: fc.nat(4),
  capacity: fc.nat(5),
  idleSince: fc.option(fc.nat(3)),
})
const team = fc
  .array(candidate, { maxLength: 8 })
  .map((all) => all.map((one, index): Candidate => ({ ...one, id: `agent-${index}` as AgentId })))

const able = (agent: Candidate) =>
  agent.availability === 'online' && agent.connected && !agent.disabled && agent.load < agent.capacity

test('nobody who is offline, away, gone, disabled or full is given anything', () => {
  fc.assert(
    fc.property(team, (agents) => {
      const { chosen } = decideAssignment(agents)
      const free = agents.filter(able)
      expect(free.map((agent) => agent.id).includes(chosen as AgentId)).toBe(free.length > 0)
    }),
  )
})

test('the least busy gets it; of equals the one idle longest', () => {
  fc.assert(
    fc.property(team, (agents) => {
      const chosen = agents.find((agent) => agent.id === decideAssignment(agents).chosen)
      for (const other of agents.filter(able)) {
        expect(chosen?.load).toBeLessThanOrEqual(other.load)
        if (other.load === chosen?.load) expect(chosen.idleSince ?? 0).toBeLessThanOrEqual(other.idleSince ?? 0)
      }
    }),
  )
})

test('every other candidate is told why not, and only the chosen one is not', () => {
  fc.assert(
    fc.property(team, (agents) => {
      const { chosen, candidates, rule } = decideAssignment(agents)
      expect(rule).toBe(chosen ? 'least_busy' : 'none')
      expect(candidates.map((one) => one.agentId).sort()).toEqual(agents.map((one) => one.id).sort())
      for (const one of candidates) expect(one.rejected === null).toBe(one.agentId === chosen)
    }),
  )
})

test('the order in which agents are given changes nothing', () => {
  fc.assert(
    fc.property(
      team.chain((agents) => fc.tuple(fc.constant(agents), fc.shuffledSubarray(agents, { minLength: agents.length }))),
      ([agents, shuffled]) => {
        expect(decideAssignment(shuffled)).toEqual(decideAssignment(agents))
      },
    ),
  )
})

test('a queue given out one by one fills every free seat and not one more, evenly', () => {
  fc.assert(
    fc.property(team, fc.nat(30), (agents, waiting) => {
      let now = agents
      let given = 0
      for (; given < waiting; given++) {
        const { chosen } = decideAssignment(now)
        if (!chosen) break
        now = withOneMore(now, chosen, 100 + given)
      }
      const seats = agents.filter(able).reduce((sum, agent) => sum + agent.capacity - agent.load, 0)
      expect(given).toBe(Math.min(seats, waiting))
    }),
  )
})

test.each([
  ['disabled', { disabled: true, availability: 'offline' }],
  ['offline', { availability: 'offline', connected: false }],
  ['away', { availability: 'away', connected: false }],
  ['not_connected', { connected: false, load: 5 }],
  ['at_capacity', { load: 5 }],
  ['busier', { load: 1 }],
  ['idle_shorter', { idleSince: 2 }],
] as const)('an agent who is not chosen reads %s', (reason, change) => {
  const base: Candidate = {
    id: 'best' as AgentId,
    name: 'Best',
    availability: 'online',
    connected: true,
    disabled: false,
    load: 0,
    capacity: 5,
    idleSince: 1,
  }
  const { candidates } = decideAssignment([{ ...base, ...change, id: 'other' as AgentId }, base])
  expect(candidates.find((one) => one.agentId === 'other')?.rejected).toBe(reason)
})
