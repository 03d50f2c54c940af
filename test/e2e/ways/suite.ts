import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Peer } from '../../../sandbox/peer.ts'
import type { MessageView } from '../../../src/views.ts'
import { PATIENCE_MS } from '../../support/hub-client.ts'
import {
  arrival,
  conversations,
  deliveryOf,
  fromHub,
  onDevice,
  openWay,
  patiently,
  picture,
  reply,
  same,
  shownAs,
  thread,
  type Way,
} from './way.ts'

export interface WayOptions {
  startPeer: () => Promise<Peer>
  config?: Record<string, unknown>
  customer: string
  /** What the customer's address reads in the hub. */
  addressOf?: (peer: Peer) => Promise<string> | string
  /** States that a delivery is shown in when all goes well. */
  climbs: string[]
  /** What a customer's look at the screen adds. */
  whenRead?: string
  /** True where the hub is the provider itself: nothing can fail in between. */
  cannotFail?: boolean
  /** Sends what a forger would; absent where the provider calls no webhook. */
  forge?: (way: Way) => Promise<Response>
}

/** The way of a message, both directions, with the real hub and a remote party that speaks the real protocol. */
export const wayOfAMessage = (name: string, options: WayOptions): void => {
  describe(`a message's way by ${name}`, () => {
    const { customer } = options
    let way: Way
    let conversation = ''

    beforeAll(async () => {
      way = await openWay(options.startPeer, options.config)
    })
    afterAll(() => way?.close())

    test('a text and a picture arrive, live, given to the agent with the reason', async () => {
      const photo = picture()
      await way.peer.say(customer, { text: 'Is the lamp still there?', media: [photo] })
      const { conversation: shown, message } = await arrival(way, 'Is the lamp still there?')
      conversation = shown.id
      expect(message.accountId).toBe(way.account.id)
      await expect
        .poll(async () => (await conversations(way.agent)).find((row) => row.id === conversation), patiently)
        .toMatchObject({
          assigneeId: way.agent.agentId,
          address: (await options.addressOf?.(way.peer)) ?? customer,
          status: 'open',
        })
      const given = await way.events.until(
        'conversation.changed',
        (event) => event.event?.type === 'assigned' && event.conversation.id === conversation,
      )
      expect(given.event?.data).toMatchObject({
        agentId: way.agent.agentId,
        decision: {
          rule: 'least_busy',
          chosen: way.agent.agentId,
          candidates: [{ agentId: way.agent.agentId, rejected: null }],
        },
      })
      const { events } = await thread(way.agent, conversation)
      expect(events.map((event) => event.type)).toContain('assigned')

      const fileOf = async () =>
        (await thread(way.agent, conversation)).items.flatMap((item) => item.attachments).find((file) => file.url)
      await expect.poll(fileOf, patiently).toMatchObject({ state: 'stored', mimeType: 'image/png' })
      const file = await fileOf()
      const kept = await way.agent.ask('GET', file?.url ?? '')
      expect(same(new Uint8Array(await kept.arrayBuffer()), photo.content)).toBe(true)
    })

    test('the answer arrives on the device byte for byte, and its ticks climb', async () => {
      const photo = picture('answer.png')
      const { id } = await way.agent.upload(photo)
      const sent = await reply(way.agent, conversation, { text: 'Yes, here it is 灯', attachmentIds: [id] })
      expect(sent.delivery?.state).toBe('planned')
      await onDevice(way.peer, customer, 'Yes, here it is 灯')
      await expect.poll(() => fromHub(way.peer, customer).flatMap((message) => message.media).length, patiently).toBe(1)
      const [file] = fromHub(way.peer, customer).flatMap((message) => message.media)
      expect(same(file?.content ?? new Uint8Array(), photo.content)).toBe(true)
      await shownAs(way, sent, options.climbs.at(-1) ?? '')
      const shown = way.events.statesOf(sent.id)
      const ladder = ['planned', 'sending', ...options.climbs]
      expect(shown).toEqual(ladder.filter((state) => shown.includes(state)))
      expect(shown.slice(0, 2)).toEqual(['planned', 'sending'])
      if (!options.whenRead) return
      await way.peer.look(customer)
      await shownAs(way, sent, options.whenRead)
    })

    test('the customer’s answer comes into the same conversation', async () => {
      await way.peer.say(customer, { text: 'Wonderful, I take it' })
      const { message } = await arrival(way, 'Wonderful, I take it')
      expect(message.conversationId).toBe(conversation)
      const { items } = await thread(way.agent, conversation)
      const words = items.map((item) => item.text.split('\n')[0]?.trim()).filter((text) => text !== '')
      expect(words).toEqual(['Is the lamp still there?', 'Yes, here it is 灯', 'Wonderful, I take it'])
    })

    test('two contacts joined are one thread, and parted again are two', async () => {
      await way.web.say('u_second', { text: 'It is me, from the website' })
      const other = await arrival(way, 'It is me, from the website')
      expect(other.message.conversationId).not.toBe(conversation)
      const contactOf = async (id: string) =>
        (await conversations(way.agent)).find((row) => row.id === id)?.contact.id ?? ''
      const [winner, loser] = [await contactOf(conversation), await contactOf(other.message.conversationId)]
      const join = await way.agent.post<{ id: string }>(`/api/v1/contacts/${winner}/join`, { contactId: loser })

      await way.peer.say(customer, { text: 'Joined, by the first way' })
      expect((await arrival(way, 'Joined, by the first way')).message.conversationId).toBe(conversation)
      await way.web.say('u_second', { text: 'Joined, by the second way' })
      expect((await arrival(way, 'Joined, by the second way')).message.conversationId).toBe(conversation)
      const answer = await reply(way.agent, conversation, { text: 'By the way you wrote last' })
      expect(answer.accountId).toBe(way.webAccount.id)
      await onDevice(way.web, 'u_second', 'By the way you wrote last')

      await way.agent.post(`/api/v1/joins/${join.id}/undo`)
      await way.peer.say(customer, { text: 'Parted, by the first way' })
      await way.web.say('u_second', { text: 'Parted, by the second way' })
      expect((await arrival(way, 'Parted, by the first way')).message.conversationId).toBe(conversation)
      expect((await arrival(way, 'Parted, by the second way')).message.conversationId).not.toBe(conversation)
    })

    if (options.forge)
      test('a forged call is refused, kept nowhere, and counted', async () => {
        const before = (await conversations(way.hub.admin)).length
        const response = await options.forge?.(way)
        expect(response?.status).toBe(403)
        const metrics = await (await fetch(`${way.hub.url}/metrics`)).text()
        expect(metrics).toMatch(new RegExp(`onethread_webhooks_refused_total\\{account="${way.account.id}"\\} 1`))
        await way.peer.say(customer, { text: 'The true one behind it' })
        await arrival(way, 'The true one behind it')
        expect(way.events.of('message.added').some(({ message }) => message.text.includes('forged'))).toBe(false)
        expect((await conversations(way.hub.admin)).length).toBe(before)
      })

    if (!options.cannotFail)
      describe('when the provider fails', () => {
        test('a permanent failure is shown with its reason, and a person may send it again', async () => {
          way.peer.fail('reject', 1)
          const sent = await reply(way.agent, conversation, { text: 'Refused the first time' })
          const { message } = await shownAs(way, sent, 'failed')
          expect(message.delivery?.failure).toMatchObject({ class: 'permanent' })
          expect(message.delivery?.failure?.detail).not.toBe('')
          expect(fromHub(way.peer, customer).filter((one) => one.text.includes('Refused the first time'))).toEqual([])

          await way.agent.post(`/api/v1/deliveries/${message.delivery?.id}/retry`)
          await onDevice(way.peer, customer, 'Refused the first time')
          await expect
            .poll(async () => (await deliveryOf(way.agent, sent))?.state, patiently)
            .toBe(options.climbs.at(-1))
        })

        test('a lost answer makes neither a second message nor a false tick', async () => {
          way.peer.fail('accept_then_reset', 1)
          const sent = await reply(way.agent, conversation, { text: 'Exactly once' })
          const behind: MessageView = await reply(way.agent, conversation, { text: 'The one behind it' })
          await shownAs(way, sent, ...(way.channel.capabilities.idempotency === 'none' ? ['unknown'] : options.climbs))
          await onDevice(way.peer, customer, 'The one behind it')
          await shownAs(way, behind, options.climbs.at(-1) ?? '')
          expect(fromHub(way.peer, customer).filter((one) => one.text.includes('Exactly once')).length).toBe(1)
          expect(way.peer.accepted.filter((one) => one.text.includes('Exactly once')).length).toBe(1)
        })

        test('being slowed down delays what is to be sent, says until when, and loses nothing', async () => {
          way.peer.fail('throttle', 1)
          const sent = await reply(way.agent, conversation, { text: 'A little later' })
          const { message } = await way.events.until(
            'message.changed',
            (event) => event.message.id === sent.id && (event.message.delivery?.nextAttemptAt ?? null) !== null,
          )
          expect(message.delivery).toMatchObject({ state: 'planned', attempts: 1 })
          const waits = (message.delivery?.nextAttemptAt ?? 0) - Date.now()
          // Some providers ask for a minute: the timer's own tests wait for that.
          if (waits > PATIENCE_MS / 2) return
          await onDevice(way.peer, customer, 'A little later')
          await shownAs(way, sent, options.climbs.at(-1) ?? '')
        })
      })
  })
}
