import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebPeer } from '../../../sandbox/web-peer.ts'
import type { AccountView } from '../../../src/views.ts'
import { RunningHub } from '../../support/running-hub.ts'
import { addAccount, openDesk, patiently } from './way.ts'

/** What providers and customers meet while accounts come and go. */

describe('a hub that starts, stops and changes', () => {
  let hub: RunningHub
  let account: AccountView
  const web = new WebPeer()
  beforeAll(async () => {
    hub = await RunningHub.start()
    const { team, events } = await openDesk(hub, 'tom')
    account = await addAccount(hub, web, { name: 'Website', teamId: team.id })
    events.close()
  })
  afterAll(async () => {
    await web.close()
    await hub?.close()
  })

  const call = (id: string) =>
    fetch(`${hub.url}/hooks/${id}/session`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(15_000),
    }).then(
      ({ status }) => status,
      // Refused while nobody listens; never left without an answer.
      (error: Error) => (error.name === 'TimeoutError' ? -1 : 0),
    )

  test('a provider is never told that an account is not there, while it is only not running yet', async () => {
    await hub.stop()
    let over = false
    const launching = hub.launch().finally(() => {
      over = true
    })
    launching.catch(() => {})
    const answers = new Set<number>()
    while (!over) answers.add(await call(account.id))
    await launching
    await expect.poll(() => call(account.id), patiently).toBe(201)
    expect([...answers].filter((status) => ![0, 201, 503].includes(status))).toEqual([])
  })

  test('nor while its settings change', async () => {
    let changed = 0
    const change = async () => {
      for (; changed < 10; changed++)
        await hub.admin.patch(`/api/v1/accounts/${account.id}`, { config: { title: `Shop ${changed}` } })
    }
    const answers = new Set<number>()
    const changing = change()
    while (changed < 10) answers.add(await call(account.id))
    await changing
    await expect.poll(() => call(account.id), patiently).toBe(201)
    expect([...answers].filter((status) => ![201, 503].includes(status))).toEqual([])
  })

  test('an account that is not there is told so', async () => {
    expect(await call('01a1ffd1-0000-7000-8000-000000000000')).toBe(404)
    await hub.admin.patch(`/api/v1/accounts/${account.id}`, { enabled: false })
    await expect.poll(() => call(account.id), patiently).toBe(404)
  })
})
