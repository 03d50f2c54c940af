import { startMailPeer } from '../../../sandbox/mail-peer.ts'
import { freePort } from '../../../sandbox/wechaty-peer.ts'
import { wayOfAMessage } from './suite.ts'

const address = 'support@shop.example'
const customer = 'ana.lee@customer.example'

wayOfAMessage('mail, read by IMAP', {
  startPeer: () => startMailPeer({ address }),
  customer,
  climbs: ['accepted'],
})

wayOfAMessage('mail, handed over by SMTP', {
  startPeer: async () => startMailPeer({ address, deliverBy: 'smtp', smtpInPort: await freePort() }),
  customer,
  config: { replyTokens: true },
  climbs: ['accepted'],
})
