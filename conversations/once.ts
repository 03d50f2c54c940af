import type { AgentId } from '../src/model.ts'
import { done, type Outcome } from './outcome.ts'
import type { Unit } from './unit.ts'

/** A request that carries a key: the same key again is the same request. */
export interface RequestKey {
  agentId: AgentId
  key: string
  hash: string
}

/**
 * Does the work of a keyed request once, whatever happened to the answer: its result stands in the transaction that did
 * the work, so a repeat after a crash gets that result, and a repeat at the same time waits for it.
 */
export const once = async <T>(
  unit: Unit,
  request: RequestKey | undefined,
  work: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  if (!request) return work()
  const row = {
    agent_id: request.agentId,
    key: request.key,
    request_hash: request.hash,
    status: null,
    body: null,
    result: null,
    created_at: unit.now,
  }
  // The update changes nothing; it holds the row until this transaction ends.
  const { result } = await unit.tx
    .insertInto('idempotency')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['agent_id', 'key']).doUpdateSet((eb) => ({ key: eb.ref('excluded.key') })),
    )
    .returning('result')
    .executeTakeFirstOrThrow()
  if (result !== null) return done(JSON.parse(result) as T)
  const outcome = await work()
  if (outcome.ok)
    await unit.tx
      .updateTable('idempotency')
      .set({ result: JSON.stringify(outcome.value) })
      .where('agent_id', '=', request.agentId)
      .where('key', '=', request.key)
      .execute()
  return outcome
}
