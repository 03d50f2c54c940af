import { setTimeout as delay } from 'node:timers/promises'
import type { Bus, Received, Subscription } from '../src/bus.ts'
import type { Db } from '../src/db.ts'
import { newId } from '../src/ids.ts'
import type { AccountId, BusIn, Cursor, InboundEvent, Millis, TeamId } from '../src/model.ts'
import type { Assigner } from './assign.ts'
import { type ChannelCatalogue, factsOf, spaceOf } from './channel-facts.ts'
import { type AccountFacts, createIdentities } from './ingest-identities.ts'
import { createMessageIngest, type Incoming } from './ingest-messages.ts'
import {
  ingestConsent,
  ingestCursor,
  ingestHealth,
  ingestMedia,
  ingestReceipt,
  ingestSent,
  ingestSettled,
  ingestWithdrawn,
} from './ingest-words.ts'
import type { Transact, Unit } from './unit.ts'

/**
 * Applies stream IN to the model, in order, a batch a transaction. How far it came is stored in the same transaction:
 * a crash repeats nothing and skips nothing, and no message needs an acknowledgement of its own.
 */

/** Applied messages kept in the stream: what a database restored from a recent backup reads again. */
const KEPT_BEHIND = 20_000
const PURGE_EVERY_MS = 30_000
/**
 * After a batch, what comes next is gathered for twice the time that the batch took, and never longer than this: most
 * of a transaction's cost is the same for one message and for fifty. The first message after a quiet moment waits for
 * nothing.
 */
const LONGEST_GATHERING_MS: Millis = 20
/** The one row of the cursor table while one worker reads all partitions. */
const ALL_PARTITIONS = -1

type Word = Received<BusIn>

/** Another worker applied these: stop and read the cursor again. */
class LostOwnership extends Error {}

export interface Ingest {
  start(): Promise<void>
  stop(): Promise<void>
  /** Sequence number up to which everything is applied. */
  position(): number
}

export const createIngest = (deps: {
  db: Db
  bus: Bus
  transact: Transact
  catalogue: ChannelCatalogue
  assigner: Pick<Assigner, 'kick'>
  now: () => Millis
  onError: (error: unknown, word?: Word) => void
  onApplied?: (count: number) => void
}): Ingest => {
  const { db, bus, transact, catalogue } = deps
  const identities = createIdentities(db.dialect)
  const ingestMessages = createMessageIngest(db.dialect, identities)
  let stream = ''
  let applied = 0
  let purged = 0
  let subscription: Subscription | null = null
  let stopped = false
  let starts = 0

  const accountsOf = async (unit: Unit, ids: AccountId[]): Promise<Map<AccountId, AccountFacts>> => {
    const rows = await unit.tx
      .selectFrom('accounts')
      .select(['id', 'channel', 'team_id'])
      .where('id', 'in', ids)
      .execute()
    return new Map(
      rows.map((row) => {
        const space = spaceOf(factsOf(catalogue, row.channel), row.id)
        return [row.id, { id: row.id, channel: row.channel, teamId: row.team_id, space }]
      }),
    )
  }

  const applyEvent = async (unit: Unit, event: InboundEvent, account: AccountFacts): Promise<void> => {
    if (event.kind === 'receipt') await ingestReceipt(unit, event)
    else if (event.kind === 'withdrawn') await ingestWithdrawn(unit, event)
    else if (event.kind === 'consent') await ingestConsent(unit, event, account, identities)
  }

  const applyWord = async (unit: Unit, word: BusIn, account: AccountFacts): Promise<void> => {
    switch (word.type) {
      case 'inbound':
        return applyEvent(unit, word.event, account)
      case 'sent':
        return ingestSent(unit, word)
      case 'settled':
        return ingestSettled(unit, word)
      case 'health':
        return ingestHealth(unit, word)
      case 'media':
        return ingestMedia(unit, word)
      case 'cursor':
        return ingestCursor(unit, word)
    }
  }

  const accountOf = (word: BusIn): AccountId => (word.type === 'inbound' ? word.event.account : word.account)

  /** Applies words in order; messages that follow one another are stored together. */
  const applyWords = async (unit: Unit, words: Word[]): Promise<void> => {
    const accounts = await accountsOf(unit, [...new Set(words.map((word) => accountOf(word.value)))])
    const bookmarks = new Map<string, { account: AccountId; receiver: string; cursor: Cursor }>()
    const queues = new Set<TeamId>()
    let run: Incoming[] = []
    const storeRun = async () => {
      if (run.length > 0) await ingestMessages(unit, run, (team) => void queues.add(team))
      run = []
    }
    for (const { value } of words) {
      const account = accounts.get(accountOf(value))
      // The account was deleted since: there is nobody to show it to.
      if (!account) continue
      if (value.type === 'inbound' && value.event.kind === 'message') run.push({ event: value.event, account })
      else {
        await storeRun()
        await applyWord(unit, value, account)
      }
      if (value.type === 'inbound' && value.resume)
        bookmarks.set(`${account.id}/${value.resume.receiver}`, { account: account.id, ...value.resume })
    }
    await storeRun()
    for (const bookmark of bookmarks.values()) await ingestCursor(unit, bookmark)
    if (queues.size > 0) unit.afterCommit(() => deps.assigner.kick([...queues]))
  }

  const moveCursor = async (unit: Unit, from: number, to: number): Promise<void> => {
    const { numUpdatedRows } = await unit.tx
      .updateTable('ingest_cursors')
      .set({ seq: to })
      .where('partition', '=', ALL_PARTITIONS)
      .where('stream', '=', stream)
      .where('seq', '=', from)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new LostOwnership('another worker applies this stream')
  }

  const commit = async (words: Word[]): Promise<void> => {
    const last = words.at(-1)
    if (!last) return
    await transact(async (unit) => {
      await moveCursor(unit, applied, last.seq)
      await applyWords(unit, words)
    })
    applied = last.seq
    deps.onApplied?.(words.length)
  }

  /** A word that cannot be applied is kept whole for a person to see and replay, and does not hold up the rest. */
  const bury = async (word: Word, error: unknown): Promise<void> => {
    deps.onError(error, word)
    await transact(async (unit) => {
      await moveCursor(unit, applied, word.seq)
      const id = newId<string>()
      await unit.tx
        .insertInto('dead_letters')
        .values({
          id,
          account_id: accountOf(word.value),
          stage: 'ingest',
          payload: JSON.stringify(word.value),
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          created_at: unit.now,
          replayed_at: null,
        })
        .execute()
      unit.announce({ audience: { kind: 'administrators' }, event: { type: 'dead_letter.added', id } })
    })
    applied = word.seq
  }

  const databaseAnswers = () =>
    db.kysely
      .selectFrom('ingest_cursors')
      .select('seq')
      .where('partition', '=', ALL_PARTITIONS)
      .executeTakeFirst()
      .then(
        () => true,
        () => false,
      )

  /** Halves a batch that fails until the one bad word is found. A database that is away is waited for. */
  const apply = async (batch: Word[]): Promise<void> => {
    const words = batch.filter((word) => word.seq > applied)
    if (words.length === 0 || stopped) return
    try {
      await commit(words)
    } catch (error) {
      if (error instanceof LostOwnership) throw error
      while (!(await databaseAnswers())) {
        deps.onError(error)
        if (stopped) return
        await delay(500)
      }
      if (words.length === 1) return bury(words[0] as Word, error)
      const middle = words.length >> 1
      await apply(words.slice(0, middle))
      await apply(words.slice(middle))
    }
  }

  const applyThenGather = async (batch: Word[]): Promise<void> => {
    const from = performance.now()
    await apply(batch)
    await delay(Math.min(LONGEST_GATHERING_MS, 2 * (performance.now() - from)))
  }

  const loadCursor = async (): Promise<void> => {
    const position = await bus.inPosition()
    stream = position.created
    const row = await db.kysely
      .selectFrom('ingest_cursors')
      .selectAll()
      .where('partition', '=', ALL_PARTITIONS)
      .executeTakeFirst()
    // A stream made anew starts from its beginning; one that lost its tail in a power cut goes on from what it has.
    applied = row?.stream === stream ? Math.min(row.seq, position.last) : Math.max(0, position.first - 1)
    const values = { partition: ALL_PARTITIONS, stream, seq: applied }
    await db.kysely
      .insertInto('ingest_cursors')
      .values(values)
      .onConflict((conflict) => conflict.column('partition').doUpdateSet(values))
      .execute()
  }

  /** `mine` is the start this belongs to: what an earlier one left running reads nothing more. */
  const follow = async (mine: number): Promise<void> => {
    await loadCursor()
    if (mine !== starts) return
    subscription = await bus.consumeIn(applied + 1, applyThenGather)
    subscription.failed.catch((error) => {
      deps.onError(error)
      return followAgain(mine)
    })
  }

  const followAgain = async (mine: number): Promise<void> => {
    for (;;) {
      await delay(1000)
      if (mine !== starts) return
      try {
        return await follow(mine)
      } catch (error) {
        deps.onError(error)
      }
    }
  }

  const purge = async () => {
    const before = applied - KEPT_BEHIND
    if (before <= purged) return
    await bus.purgeInBefore(before)
    purged = before
  }
  let purging: NodeJS.Timeout | null = null

  return {
    async start() {
      stopped = false
      await follow(++starts)
      purging = setInterval(() => purge().catch(deps.onError), PURGE_EVERY_MS)
    },
    async stop() {
      if (purging) clearInterval(purging)
      starts++
      // What was read and not begun is read again at the next start.
      stopped = true
      await subscription?.stop()
    },
    position: () => applied,
  }
}
