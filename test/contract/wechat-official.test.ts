import { wechatOfficial } from '../../adapters/wechat-official/index.ts'
import { openidOf, startWechatOfficialPeer } from '../../sandbox/wechat-official-peer.ts'
import { openFixture } from './fixture.ts'
import type { HookServer } from './receivers.ts'
import { adapterContract } from './suite.ts'

const CUSTOMER = openidOf('li-mei')

async function open(mode: 'plain' | 'aes', config: Record<string, unknown> = {}) {
  // The suite sends more than five messages in answer to one; the quota has tests of its own.
  const peer = await startWechatOfficialPeer({ mode, repliesPerMessage: 1000 })
  return openFixture({
    channel: wechatOfficial,
    peer,
    customer: CUSTOMER,
    config,
    forge,
    awaitOk: Object.keys(config).length === 0,
  })
}

const forge = ({ hookUrl }: HookServer): Promise<Response> =>
  fetch(`${hookUrl}?signature=${'0'.repeat(40)}&msg_signature=${'0'.repeat(40)}&timestamp=1700000000&nonce=1`, {
    method: 'POST',
    body: `<xml><FromUserName><![CDATA[${CUSTOMER}]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[forged]]></Content><MsgId>1</MsgId><Encrypt><![CDATA[AAAA]]></Encrypt></xml>`,
  })

for (const mode of ['plain', 'aes'] as const) {
  adapterContract(`wechat-official (${mode})`, () => open(mode), {
    openMisconfigured: () => open(mode, { appSecret: 'not the secret' }),
    cannot: {
      refuse:
        'the peer closes an open connection, which WeChat cannot be asked about; a closed port is in test/adapters/wechat-official/account.test.ts',
    },
  })
}
