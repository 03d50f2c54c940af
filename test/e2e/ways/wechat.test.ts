import { startWechatyPeer } from '../../../sandbox/wechaty-peer.ts'
import { wayOfAMessage } from './suite.ts'

wayOfAMessage('WeChat on a phone', {
  startPeer: () => startWechatyPeer({ loggedIn: true }),
  customer: 'wxid_limei',
  // The echo of the phone may come before the puppet's own answer.
  climbs: ['accepted', 'sent'],
})
