import { startTwilioPeer, type TwilioPeer } from '../../../sandbox/twilio-peer.ts'
import { wayOfAMessage } from './suite.ts'

const CUSTOMER = '+12025550123'

wayOfAMessage('sms', {
  startPeer: () => startTwilioPeer(),
  customer: CUSTOMER,
  climbs: ['accepted', 'sent', 'delivered'],
  async forge({ account, peer }) {
    const { accountSid, number, sign } = peer as TwilioPeer
    const params = { AccountSid: accountSid, From: CUSTOMER, To: number, MessageSid: `SM${'0'.repeat(32)}`, Body: 'hi' }
    return fetch(account.hookUrl, {
      method: 'POST',
      headers: { 'x-twilio-signature': sign.call(peer, account.hookUrl, params) },
      body: new URLSearchParams({ ...params, Body: 'a forged one' }),
    })
  },
})
