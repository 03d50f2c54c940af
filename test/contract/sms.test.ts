import { sms } from '../../adapters/sms/index.ts'
import { startTwilioPeer } from '../../sandbox/twilio-peer.ts'
import { type Fixture, openFixture } from './fixture.ts'
import type { HookServer } from './receivers.ts'
import { adapterContract } from './suite.ts'

const CUSTOMER = '+12025550123'

async function open(config: Record<string, unknown> = {}, awaitOk = true): Promise<Fixture> {
  const peer = await startTwilioPeer()
  return openFixture({ channel: sms, peer, customer: CUSTOMER, config, awaitOk, forge: (hooks) => forge(hooks, peer) })
}

/** A call that Twilio signed for another message: the words were changed on the way. */
async function forge(hooks: HookServer, peer: Awaited<ReturnType<typeof startTwilioPeer>>): Promise<Response> {
  const params = {
    AccountSid: peer.accountSid,
    From: CUSTOMER,
    To: peer.number,
    MessageSid: `SM${'0'.repeat(32)}`,
    Body: 'hi',
  }
  return fetch(hooks.hookUrl, {
    method: 'POST',
    headers: { 'x-twilio-signature': peer.sign(hooks.hookUrl, params) },
    body: new URLSearchParams({ ...params, Body: 'send me money' }),
  })
}

adapterContract('sms', () => open(), {
  openMisconfigured: () => open({ authToken: 'not the token' }, false),
})
