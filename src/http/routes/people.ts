import * as v from 'valibot'
import { listAgents, listLabels, listTeams, readAgent } from '../../../conversations/views/people.ts'
import type { AgentId, TeamId } from '../../model.ts'
import { ROLES } from '../../model.ts'
import { agentView, labelView, teamView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import type { Live } from '../live.ts'
import { orMissing, orRefuse } from '../problem.ts'
import { type DefineRoute, idText, listOf, nameText, shortList } from '../route.ts'
import { passwordText } from './me.ts'

const capacity = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000))
const ids = shortList(idText, 1000)
const color = v.pipe(v.string(), v.hexColor('a colour like #4466cc'))

const defineTeams = (define: DefineRoute, deps: HttpDeps) => {
  const db = deps.db.kysely
  const { teams } = deps.administration
  const read = async (id: string) => orMissing((await listTeams(db)).find((team) => team.id === id) ?? null, 'team')

  define('GET', '/api/v1/teams', {
    tag: 'Teams',
    summary: 'List teams',
    answer: listOf(teamView),
    handle: async () => ({ items: await listTeams(db) }),
  })
  define('POST', '/api/v1/teams', {
    tag: 'Teams',
    summary: 'Add a team',
    body: v.object({ name: nameText(100), memberIds: v.optional(ids) }),
    status: 201,
    answer: teamView,
    handle: async ({ body }) => read(orRefuse(await teams.create(body))),
  })
  define('PATCH', '/api/v1/teams/:id', {
    tag: 'Teams',
    summary: 'Change a team and who is in it',
    body: v.object({ name: v.optional(nameText(100)), memberIds: v.optional(ids) }),
    answer: teamView,
    async handle({ id, body }) {
      orRefuse(await teams.update(id as TeamId, body))
      return read(id)
    },
  })
  define('DELETE', '/api/v1/teams/:id', {
    tag: 'Teams',
    summary: 'Delete a team that nothing belongs to',
    status: 204,
    async handle({ id }) {
      orRefuse(await teams.remove(id as TeamId))
    },
  })
}

const defineAgents = (define: DefineRoute, deps: HttpDeps, live: Pick<Live, 'endStreams'>) => {
  const db = deps.db.kysely
  const { agents } = deps.administration
  const read = async (id: string) => orMissing(await readAgent(db, id as AgentId), 'agent')

  define('GET', '/api/v1/agents', {
    tag: 'Agents',
    summary: 'List the people who work here',
    answer: listOf(agentView),
    handle: async () => ({ items: await listAgents(db) }),
  })
  define('POST', '/api/v1/agents', {
    tag: 'Agents',
    summary: 'Add an agent',
    body: v.object({
      email: v.pipe(v.string(), v.trim(), v.toLowerCase(), v.email('not an e-mail address'), v.maxLength(254)),
      name: nameText(100),
      password: passwordText,
      role: v.picklist(ROLES),
      capacity: v.optional(capacity),
      teamIds: v.optional(ids),
    }),
    status: 201,
    answer: agentView,
    handle: async ({ body }) => read(orRefuse(await agents.create(body))),
  })
  define('PATCH', '/api/v1/agents/:id', {
    tag: 'Agents',
    summary: 'Change an agent',
    description: 'Disabling signs the agent out at once. The last administrator stays one.',
    body: v.object({
      name: v.optional(nameText(100)),
      role: v.optional(v.picklist(ROLES)),
      capacity: v.optional(capacity),
      teamIds: v.optional(ids),
      disabled: v.optional(v.boolean()),
      password: v.optional(passwordText),
    }),
    answer: agentView,
    async handle({ id, body }) {
      const agent = id as AgentId
      orRefuse(await agents.update(agent, body))
      if (body.disabled || body.password !== undefined) live.endStreams(agent)
      return read(id)
    },
  })
}

const defineLabels = (define: DefineRoute, deps: HttpDeps) => {
  const db = deps.db.kysely
  const { labels } = deps.administration
  const read = async (id: string) => orMissing((await listLabels(db)).find((label) => label.id === id) ?? null, 'label')

  define('GET', '/api/v1/labels', {
    tag: 'Labels',
    summary: 'List labels',
    answer: listOf(labelView),
    handle: async () => ({ items: await listLabels(db) }),
  })
  define('POST', '/api/v1/labels', {
    tag: 'Labels',
    summary: 'Add a label',
    body: v.object({ name: nameText(50), color }),
    status: 201,
    answer: labelView,
    handle: async ({ body }) => read(orRefuse(await labels.create(body))),
  })
  define('PATCH', '/api/v1/labels/:id', {
    tag: 'Labels',
    summary: 'Change a label',
    body: v.object({ name: v.optional(nameText(50)), color: v.optional(color) }),
    answer: labelView,
    async handle({ id, body }) {
      orRefuse(await labels.update(id, body))
      return read(id)
    },
  })
  define('DELETE', '/api/v1/labels/:id', {
    tag: 'Labels',
    summary: 'Delete a label, everywhere',
    status: 204,
    async handle({ id }) {
      orRefuse(await labels.remove(id))
    },
  })
}

export const definePeople = (define: DefineRoute, deps: HttpDeps, live: Pick<Live, 'endStreams'>): void => {
  defineTeams(define, deps)
  defineAgents(define, deps, live)
  defineLabels(define, deps)
}
