import { afterEach, beforeEach, expect, it } from 'vitest'
import { webchat } from '../../../adapters/webchat/index.ts'
import { WebPeer } from '../../../sandbox/web-peer.ts'
import { type Fixture, openFixture } from '../../contract/fixture.ts'
import { HubBehind } from './hub-behind.ts'

let fixture: Fixture

beforeEach(async () => {
  const hub = new HubBehind()
  fixture = await openFixture({
    channel: hub.around(webchat),
    peer: new WebPeer(),
    customer: 'Ana',
    config: {},
    context: hub.context,
  })
})
afterEach(() => fixture.close())

const ask = async (path: string, init: RequestInit = {}) => {
  const session = await fetch(`${fixture.context.hookUrl}/session`, { method: 'POST', body: '{}' })
  const { token } = (await session.json()) as { token: string }
  return () =>
    fetch(`${fixture.context.hookUrl}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
    })
}

it('keeps no more than twenty event streams of one visitor, the newest', async () => {
  const open = await ask('/events')
  const [oldest, ...others] = [await open(), ...(await Promise.all(Array.from({ length: 20 }, open)))]
  const reader = oldest?.body?.getReader()
  while (reader && !(await reader.read()).done);
  const another = await Promise.race([others[19]?.body?.getReader().read(), 'nothing'])
  expect(another).not.toMatchObject({ done: true })
})

it('takes what turns writing around out of a file’s name', async () => {
  const name = encodeURIComponent('invoice\u202Efdp.txt')
  const upload = await ask('/files', { method: 'POST', headers: { 'x-file-name': name }, body: 'hello' })
  expect(await (await upload()).json()).toMatchObject({ name: 'invoice_fdp.txt' })
})
