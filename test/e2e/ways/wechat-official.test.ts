import { openidOf, startWechatOfficialPeer } from '../../../sandbox/wechat-official-peer.ts'
import { wayOfAMessage } from './suite.ts'

const CUSTOMER = openidOf('li-mei')

for (const mode of ['plain', 'aes'] as const)
  wayOfAMessage(`an Official Account (${mode})`, {
    startPeer: () => startWechatOfficialPeer({ mode }),
    customer: CUSTOMER,
    climbs: ['accepted'],
    forge: ({ account }) =>
      fetch(
        `${account.hookUrl}?signature=${'0'.repeat(40)}&msg_signature=${'0'.repeat(40)}&timestamp=1700000000&nonce=1`,
        {
          method: 'POST',
          body: `<xml><FromUserName><![CDATA[${CUSTOMER}]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[a forged one]]></Content><MsgId>1</MsgId><Encrypt><![CDATA[AAAA]]></Encrypt></xml>`,
        },
      ),
  })
