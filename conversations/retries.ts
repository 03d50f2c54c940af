import type { DeliveryId } from '../src/model.ts'
import type { ChannelCatalogue } from './channel-facts.ts'
import type { Commands } from './commands.ts'
import { announceMessage, endDelivery, newestDelivery, planDelivery } from './deliveries.ts'
import { done, refused } from './outcome.ts'
import { seenConversation } from './replies.ts'
import { chooseRoute, explainReason, routesFor } from './routes.ts'
import type { Transact } from './unit.ts'

/** Sending again what did not arrive, because a person said so: a second delivery of the same message. */
export const createRetries = ({
  transact,
  catalogue,
}: {
  transact: Transact
  catalogue: ChannelCatalogue
}): Pick<Commands, 'retryDelivery'> => ({
  retryDelivery: (viewer, id: DeliveryId) =>
    transact(async (unit) => {
      // Held until commit: two clicks at once send it once more, not twice.
      const delivery = await unit.tx
        .updateTable('deliveries')
        .set((eb) => ({ attempts: eb.ref('attempts') }))
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      const conversation = delivery && (await seenConversation(unit.tx, viewer, delivery.conversation_id))
      if (!delivery || !conversation)
        return refused(404, 'not_found', 'There is no such delivery, or it is not yours to see.')
      if ((await newestDelivery(unit.tx, delivery.message_id))?.id !== delivery.id)
        return refused(409, 'sent_again', 'This message was sent again already. See how that one fares.')
      const waits = delivery.state === 'planned' && delivery.next_attempt_at !== null
      if (!waits && delivery.state !== 'failed' && delivery.state !== 'unknown')
        return refused(409, 'not_failed', 'Only a message that failed, or whose fate is unknown, can be sent again.')
      const routes = await routesFor(unit.tx, catalogue, conversation.contact_id, unit.now)
      const route = chooseRoute(routes, { identityId: delivery.identity_id, accountId: delivery.account_id })
      if (!route) return refused(422, 'no_route', 'That address is gone. Write by another channel.')
      if (!route.possible) return refused(409, route.reason ?? 'no_route', explainReason(route))
      if (waits) await endDelivery(unit, delivery, 'canceled', null)
      await planDelivery(unit, {
        messageId: delivery.message_id,
        conversationId: delivery.conversation_id,
        accountId: delivery.account_id,
        identityId: delivery.identity_id,
        lane: 'reply',
        decision: { retryOf: delivery.id, by: viewer.agentId },
      })
      await announceMessage(unit, delivery.message_id)
      return done(undefined)
    }),
})
