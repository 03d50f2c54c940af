import { createAssigner } from '../conversations/assign.ts'
import type { ChannelCatalogue } from '../conversations/channel-facts.ts'
import { createClaims } from '../conversations/claims.ts'
import { createCommands, registerTimers } from '../conversations/create-commands.ts'
import { createCustomerSide } from '../conversations/customer-side.ts'
import { createIngest } from '../conversations/ingest.ts'
import { createLostWork } from '../conversations/lost-work.ts'
import type { EventItem } from '../conversations/outbox.ts'
import { createRelay } from '../conversations/outbox.ts'
import { createTimers } from '../conversations/timers.ts'
import { createTransact } from '../conversations/unit.ts'
import { type Bus, type ChangedThread, THREADS_CHANGED } from './bus.ts'
import type { Db } from './db.ts'
import type { AccountId, Millis } from './model.ts'

/** Customers' open pages are told that their thread grew: volatile, they look by themselves now and then. */
const announceThreads =
  (bus: Pick<Bus, 'signal'>) =>
  (items: EventItem[]): void => {
    const threads = new Map<string, ChangedThread>()
    for (const { event } of items) {
      if (event.type !== 'message.added' || event.message.direction !== 'in') continue
      const { address } = event.conversation
      const { accountId } = event.message
      if (address && accountId) threads.set(`${accountId} ${address}`, { account: accountId as AccountId, address })
    }
    if (threads.size > 0) bus.signal(THREADS_CHANGED, { threads: [...threads.values()] })
  }

/** The model with all that moves it, without any adapter or HTTP: what the hub, tests and bench start. */
export const createCore = (deps: {
  db: Db
  bus: Bus
  catalogue: ChannelCatalogue
  /** This node's name: stable over restarts. */
  node: string
  now: () => Millis
  onError: (error: unknown, doing: string) => void
  onApplied?: (count: number) => void
}) => {
  const { db, bus, catalogue, node, now } = deps
  const complain = (doing: string) => (error: unknown) => deps.onError(error, doing)
  const timers = createTimers({ db, now, onError: complain('timers') })
  const outbox = createRelay({ db, bus, node, now, onError: complain('outbox') })
  const transact = createTransact({
    db,
    outbox,
    kickTimers: () => timers.kick(),
    onAnnounced: announceThreads(bus),
    now,
  })
  const assigner = createAssigner({ db, transact, onError: complain('assignment') })
  const commands = createCommands({ db, bus, transact, catalogue, assigner, now })
  registerTimers({ timers, transact, assigner })
  const ingest = createIngest({
    db,
    bus,
    transact,
    catalogue,
    assigner,
    now,
    onError: (error) => deps.onError(error, 'ingest'),
    ...(deps.onApplied ? { onApplied: deps.onApplied } : {}),
  })
  return {
    timers,
    outbox,
    transact,
    assigner,
    commands,
    ingest,
    lostWork: createLostWork({ db, bus, transact, now, onError: complain('lost work') }),
    claim: createClaims({ transact, catalogue, node }),
    customerSide: createCustomerSide({ db: db.kysely, catalogue, now }),
  }
}

export type Core = ReturnType<typeof createCore>
