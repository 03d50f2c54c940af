import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { email } from '../../adapters/email/index.ts'
import { startMailPeer } from '../../sandbox/mail-peer.ts'
import { openFixture } from './fixture.ts'
import { adapterContract } from './suite.ts'

const address = 'support@shop.example'
const customer = 'ana.lee@customer.example'

adapterContract(
  'email by IMAP',
  async () => openFixture({ channel: email, peer: await startMailPeer({ address }), customer }),
  {
    openMisconfigured: async () =>
      openFixture({
        channel: email,
        peer: await startMailPeer({ address }),
        customer,
        config: { imapPassword: 'wrong' },
        awaitOk: false,
      }),
  },
)

adapterContract('email by SMTP', async () => {
  const peer = await startMailPeer({ address, deliverBy: 'smtp', smtpInPort: await freePort() })
  return openFixture({ channel: email, peer, customer, config: { replyTokens: true } })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
