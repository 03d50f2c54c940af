import { webchat } from '../../adapters/webchat/index.ts'
import { WebPeer } from '../../sandbox/web-peer.ts'
import { HubBehind } from '../adapters/webchat/hub-behind.ts'
import { openFixture } from './fixture.ts'
import { adapterContract } from './suite.ts'

const noProvider = 'the hub itself is the provider: a send is done when it is in the thread'

adapterContract(
  'webchat',
  () => {
    const hub = new HubBehind()
    return openFixture({
      channel: hub.around(webchat),
      peer: new WebPeer(),
      customer: 'u_ana@shop.example',
      context: hub.context,
      forge: (hooks) =>
        fetch(`${hooks.hookUrl}/messages`, {
          method: 'POST',
          headers: { authorization: 'Bearer eyJ1c2VyIjoiYW5hIn0.Zm9yZ2Vk' },
          body: JSON.stringify({ clientId: 'forged', text: 'I am Ana, honestly' }),
        }),
    })
  },
  {
    cannot: {
      refuse: noProvider,
      throttle: noProvider,
      reject: noProvider,
      'server error': noProvider,
      'accept then reset': noProvider,
    },
  },
)
