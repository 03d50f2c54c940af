import * as v from 'valibot'
import { readAgent } from '../../../conversations/views/people.ts'
import { MAX_PASSWORD, MIN_PASSWORD } from '../../auth.ts'
import type { AgentId } from '../../model.ts'
import { AVAILABILITIES } from '../../model.ts'
import { agentView } from '../../views.ts'
import type { HttpDeps } from '../deps.ts'
import type { Live } from '../live.ts'
import { orMissing, orRefuse, Refusal } from '../problem.ts'
import { createRateLimit } from '../rate-limit.ts'
import { cleanText, type DefineRoute, nameText } from '../route.ts'

const meView = v.object({
  agent: v.object({ ...agentView.entries, language: v.nullable(v.string()) }),
  sandbox: v.boolean(),
  version: v.string(),
})

export const passwordText = v.pipe(
  v.string(),
  v.minLength(MIN_PASSWORD, `at least ${MIN_PASSWORD} characters`),
  v.maxLength(MAX_PASSWORD, `at most ${MAX_PASSWORD} characters`),
)

/** Guesses of the current password within ten minutes, by whoever has got hold of a session. */
const GUESSES = { failures: 10, windowMs: 10 * 60 * 1000 }

export const defineMe = (define: DefineRoute, deps: HttpDeps, live: Pick<Live, 'endStreams'>): void => {
  const readMe = async (id: AgentId) => {
    const agent = orMissing(await readAgent(deps.db.kysely, id), 'agent')
    const row = await deps.db.kysely.selectFrom('agents').select('language').where('id', '=', id).executeTakeFirst()
    const { sandbox, version } = deps.config
    return { agent: { ...agent, language: row?.language ?? null }, sandbox, version }
  }

  const guesses = createRateLimit({ ...GUESSES, now: deps.now })

  define('GET', '/api/v1/me', {
    tag: 'Me',
    summary: 'Who is signed in',
    answer: meView,
    handle: ({ viewer }) => readMe(viewer.agentId),
  })

  define('PATCH', '/api/v1/me', {
    tag: 'Me',
    summary: 'Change availability, language or name',
    body: v.object({
      availability: v.optional(v.picklist(AVAILABILITIES)),
      language: v.optional(v.nullable(cleanText(35))),
      name: v.optional(nameText(100)),
    }),
    answer: meView,
    async handle({ viewer, body }) {
      const { name, language, availability } = body
      if (name !== undefined || language !== undefined)
        orRefuse(await deps.administration.agents.updateProfile(viewer.agentId, { name, language }))
      if (availability !== undefined) await deps.commands.setAvailability(viewer.agentId, availability)
      return readMe(viewer.agentId)
    },
  })

  define('POST', '/api/v1/me/password', {
    tag: 'Me',
    summary: 'Change the password',
    description: 'Signs out everywhere else; the answer carries a new session for this browser.',
    body: v.object({ current: v.pipe(v.string(), v.maxLength(MAX_PASSWORD)), next: passwordText }),
    status: 204,
    keyed: false,
    async handle({ c, viewer, body }) {
      const waitMs = guesses.wait(viewer.agentId)
      if (waitMs > 0)
        throw new Refusal({
          status: 429,
          code: 'too_many_attempts',
          detail: `Too many wrong passwords: try again in ${Math.ceil(waitMs / 60_000)} min.`,
          retryAfterS: waitMs / 1000,
        })
      guesses.failed(viewer.agentId)
      orRefuse(await deps.administration.agents.changePassword(viewer.agentId, body.current, body.next))
      guesses.succeeded(viewer.agentId)
      live.endStreams(viewer.agentId)
      const agent = orMissing(await readAgent(deps.db.kysely, viewer.agentId), 'agent')
      const session = await deps.auth.signIn({ email: agent.email, password: body.next }, c.req.raw.headers)
      for (const cookie of session?.cookies ?? []) c.header('set-cookie', cookie, { append: true })
      return undefined
    },
  })
}
