import type { Bus } from '../src/bus.ts'
import type { Db } from '../src/db.ts'
import type { Millis } from '../src/model.ts'
import type { Assigner } from './assign.ts'
import type { ChannelCatalogue } from './channel-facts.ts'
import type { Commands } from './commands.ts'
import { createContacts } from './contacts.ts'
import { createConversationUpdates, snoozeTimer } from './conversation-updates.ts'
import { createDeadLetters } from './dead-letters.ts'
import { DELIVERY_TIMER, deliveryTimer } from './deliveries.ts'
import { SNOOZE_TIMER } from './ingest-messages.ts'
import { createJoins } from './joins.ts'
import { createPresence, PRESENCE_TIMER, presenceTimer } from './presence.ts'
import { createReplies } from './replies.ts'
import { createRetries } from './retries.ts'
import type { Timers } from './timers.ts'
import type { Transact } from './unit.ts'

/** All commands, each from the file that holds its concept. */
export const createCommands = (deps: {
  db: Db
  bus: Pick<Bus, 'publishIn'>
  transact: Transact
  catalogue: ChannelCatalogue
  assigner: Pick<Assigner, 'kick'>
  now: () => Millis
}): Commands => ({
  ...createReplies(deps),
  ...createRetries(deps),
  ...createConversationUpdates(deps),
  ...createContacts(deps),
  ...createJoins(deps),
  ...createPresence(deps),
  ...createDeadLetters(deps),
})

/** What each kind of timer does. */
export const registerTimers = (deps: {
  timers: Timers
  transact: Transact
  assigner: Pick<Assigner, 'kick'>
}): void => {
  deps.timers.on(DELIVERY_TIMER, deliveryTimer(deps.transact))
  deps.timers.on(SNOOZE_TIMER, snoozeTimer(deps))
  deps.timers.on(PRESENCE_TIMER, presenceTimer(deps))
}
