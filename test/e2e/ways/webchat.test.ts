import { WebPeer } from '../../../sandbox/web-peer.ts'
import { wayOfAMessage } from './suite.ts'

wayOfAMessage('the website', {
  startPeer: async () => new WebPeer(),
  customer: 'u_ana',
  addressOf: (peer) => (peer as WebPeer).addressOf('u_ana'),
  climbs: ['accepted', 'delivered'],
  whenRead: 'read',
  cannotFail: true,
  forge: ({ account }) =>
    fetch(`${account.hookUrl}/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer eyJ1c2VyIjoiYW5hIn0.Zm9yZ2Vk' },
      body: JSON.stringify({ clientId: 'forged', text: 'a forged one' }),
    }),
})
