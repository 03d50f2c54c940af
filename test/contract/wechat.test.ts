import { wechat } from '../../adapters/wechat/index.ts'
import { startWechatyPeer } from '../../sandbox/wechaty-peer.ts'
import { openFixture } from './fixture.ts'
import { adapterContract } from './suite.ts'

const CUSTOMER = 'wxid_limei'

async function open(config: Record<string, unknown> = {}) {
  const peer = await startWechatyPeer({ loggedIn: true })
  const awaitOk = Object.keys(config).length === 0
  return openFixture({ channel: wechat, peer, customer: CUSTOMER, config, awaitOk })
}

adapterContract('wechat', () => open(), {
  openMisconfigured: () => open({ puppetToken: 'insecure_3b0f6f5e-0000-4000-8000-000000000000' }),
})
