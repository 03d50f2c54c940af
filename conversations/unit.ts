import type { Db, Tx } from '../src/db.ts'
import { newId } from '../src/ids.ts'
import type { AgentId, BusOut, ContactId, Lane, Millis } from '../src/model.ts'
import type { Row } from '../src/schema.ts'
import type { EventItem, Outbox } from './outbox.ts'
import { audienceOf, toConversationPatch, toEventView } from './present.ts'
import { setTimer } from './timers.ts'

/**
 * A unit of work: one transaction, the events it announces, the work it hands out, and what happens after commit.
 * Every change of the model goes through one.
 */
export interface Unit {
  readonly tx: Tx
  readonly now: Millis
  announce(item: EventItem): void
  work(lane: Lane, payload: BusOut): void
  /** Sets (or moves) a durable timer. */
  setTimer(kind: string, key: string, dueAt: Millis): Promise<void>
  /** Runs when the transaction is committed; never when it rolled back. */
  afterCommit(hook: () => void): void
}

export type Transact = <T>(job: (unit: Unit) => Promise<T>) => Promise<T>

export const createTransact =
  (deps: {
    db: Db
    outbox: Outbox
    kickTimers: () => void
    /** Told what a committed transaction announced, on this node only: for volatile signals. */
    onAnnounced?: (items: EventItem[]) => void
    now: () => Millis
  }): Transact =>
  async (job) => {
    const hooks = new Set<() => void>()
    const result = await deps.db.write(async (tx) => {
      const items: EventItem[] = []
      const work: { lane: Lane; payload: BusOut }[] = []
      hooks.clear()
      const value = await job({
        tx,
        now: deps.now(),
        announce: (item) => void items.push(item),
        work: (lane, payload) => void work.push({ lane, payload }),
        setTimer: async (kind, key, dueAt) => {
          await setTimer(tx, kind, key, dueAt)
          hooks.add(deps.kickTimers)
        },
        afterCommit: (hook) => void hooks.add(hook),
      })
      await deps.outbox.events(tx, items)
      for (const { lane, payload } of work) await deps.outbox.work(tx, lane, payload)
      if (items.length > 0 || work.length > 0) hooks.add(deps.outbox.kick)
      if (items.length > 0) hooks.add(() => deps.onAnnounced?.(items))
      return value
    })
    for (const hook of hooks) hook()
    return result
  }

/** What happened to a conversation, as its history keeps it. */
export interface Happening {
  type: string
  actor: AgentId | null
  data: object
}

const insertEvent = (unit: Unit, row: Row<'conversations'>, happening: Happening) =>
  unit.tx
    .insertInto('events')
    .values({
      id: newId(),
      conversation_id: row.id,
      contact_id: row.contact_id,
      type: happening.type,
      actor_id: happening.actor,
      data: JSON.stringify(happening.data),
      at: unit.now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()

/**
 * Announces the new state of a conversation, with what happened to it. `before` is the row as it was: who could see it
 * then must learn that it went.
 */
export const announceConversation = async (
  unit: Unit,
  row: Row<'conversations'>,
  options: { happening?: Happening; labelIds?: string[]; before?: Row<'conversations'> } = {},
): Promise<void> => {
  const event = options.happening ? toEventView(await insertEvent(unit, row, options.happening)) : null
  const conversation = {
    ...toConversationPatch(row),
    ...(options.labelIds ? { labelIds: options.labelIds } : {}),
  }
  unit.announce({ audience: audienceOf(row), event: { type: 'conversation.changed', conversation, event } })
  const { before } = options
  if (before && (before.team_id !== row.team_id || before.assignee_id !== row.assignee_id))
    unit.announce({ audience: audienceOf(before), event: { type: 'conversation.changed', conversation, event } })
}

export const announceContact = (unit: Unit, contactId: ContactId, joinedInto: ContactId | null = null): void =>
  unit.announce({ audience: { kind: 'staff' }, event: { type: 'contact.changed', contactId, joinedInto } })
