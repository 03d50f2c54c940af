import { createHmac } from 'node:crypto'
import type { RequestKey } from '../../conversations/once.ts'
import { type Db, isUniqueViolation } from '../db.ts'
import type { AgentId, Millis } from '../model.ts'
import { Refusal, refuse } from './problem.ts'

/**
 * The same request twice does its work once: its answer is kept for a day under (agent, key) and given again. A key
 * with another body is a mistake (422); one whose first request is not done yet must wait (409), unless its work knows
 * the key itself and cannot be done twice: then it is asked again, and a crash between work and answer costs nothing.
 */
export interface Idempotency {
  run(request: KeyedRequest, work: (key: RequestKey) => Promise<Answer>): Promise<Answer & { replayed: boolean }>
}

export interface KeyedRequest {
  agent: AgentId
  key: string
  /** Method, path and body: what must be the same again. */
  what: string
  /** True when the work keeps its result under the key (conversations/once.ts). */
  knowsKey: boolean
}

export interface Answer {
  status: number
  body: unknown
}

const KEPT_MS: Millis = 24 * 3600 * 1000
const CLEARED_EVERY_MS: Millis = 3600 * 1000
/** A request without an answer for so long was interrupted: nobody knows whether its work was done. */
const INTERRUPTED_AFTER_MS: Millis = 60_000

export const createIdempotency = (deps: { db: Db; secret: Uint8Array; now: () => Millis }): Idempotency => {
  const { kysely } = deps.db
  let clearedAt = 0

  /** Keyed, because a body can hold what is easily guessed. */
  const hashOf = (what: string) => createHmac('sha256', deps.secret).update(what).digest('base64url')

  const clear = async () => {
    if (deps.now() - clearedAt < CLEARED_EVERY_MS) return
    clearedAt = deps.now()
    await kysely
      .deleteFrom('idempotency')
      .where('created_at', '<', deps.now() - KEPT_MS)
      .execute()
  }

  const claim = async ({ agent, key }: KeyedRequest, hash: string): Promise<boolean> => {
    try {
      await kysely
        .insertInto('idempotency')
        .values({
          agent_id: agent,
          key,
          request_hash: hash,
          status: null,
          body: null,
          result: null,
          created_at: deps.now(),
        })
        .execute()
      return true
    } catch (error) {
      if (isUniqueViolation(error)) return false
      throw error
    }
  }

  /** The answer of the first request; null when its work may safely be asked for again. */
  const earlier = async ({ agent, key, knowsKey }: KeyedRequest, hash: string): Promise<Answer | null> => {
    const row = await kysely
      .selectFrom('idempotency')
      .selectAll()
      .where('agent_id', '=', agent)
      .where('key', '=', key)
      .executeTakeFirst()
    if (row && row.request_hash !== hash)
      return refuse(
        422,
        'key_reused',
        'This idempotency key (or clientId) was used for another request: take a new one.',
      )
    if (knowsKey && (!row || row.status === null)) return null
    if (row && row.status === null && row.created_at < deps.now() - INTERRUPTED_AFTER_MS)
      return refuse(
        409,
        'interrupted',
        'The first request with this key was interrupted: look whether it was done, and ask with a new key if not.',
      )
    if (!row || row.status === null)
      throw new Refusal({
        status: 409,
        code: 'still_running',
        detail: 'The first request with this key is not done yet: ask again in a moment.',
        retryAfterS: 1,
      })
    return { status: row.status, body: row.body === null ? undefined : (JSON.parse(row.body) as unknown) }
  }

  const forget = ({ agent, key }: KeyedRequest) =>
    kysely
      .deleteFrom('idempotency')
      .where('agent_id', '=', agent)
      .where('key', '=', key)
      .where('status', 'is', null)
      .where('result', 'is', null)
      .execute()

  return {
    async run(request, work) {
      await clear()
      const hash = hashOf(request.what)
      const first = await claim(request, hash)
      const known = first ? null : await earlier(request, hash)
      if (known) return { ...known, replayed: true }
      let answer: Answer
      try {
        answer = await work({ agentId: request.agent, key: request.key, hash })
      } catch (error) {
        // What was refused did nothing: it may be tried again under the same key.
        await forget(request)
        throw error
      }
      await kysely
        .updateTable('idempotency')
        .set({ status: answer.status, body: answer.body === undefined ? null : JSON.stringify(answer.body) })
        .where('agent_id', '=', request.agent)
        .where('key', '=', request.key)
        .execute()
      return { ...answer, replayed: !first }
    },
  }
}
