import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MailPeer, startMailPeer } from '../../../sandbox/mail-peer.ts'
import { startTwilioPeer, type TwilioPeer } from '../../../sandbox/twilio-peer.ts'
import { WebPeer } from '../../../sandbox/web-peer.ts'
import { freePort } from '../../../sandbox/wechaty-peer.ts'
import type { AccountView, MessageView } from '../../../src/views.ts'
import type { EventReader, HubClient } from '../../support/hub-client.ts'
import { RunningHub } from '../../support/running-hub.ts'
import { addAccount, arrival, conversations, openDesk, patiently, thread } from './way.ts'

/** Whatever comes in gets a clear answer or is kept with what could be read; and what comes behind it arrives. */

const MAILBOX = 'support@shop.example'
const MEGABYTE = 1024 * 1024
const FIXTURES = path.join(import.meta.dirname, '..', '..', 'fixtures', 'email')

describe('bad input', () => {
  let hub: RunningHub
  let agent: HubClient
  let events: EventReader
  const web = new WebPeer()
  let sms: TwilioPeer
  let imap: MailPeer
  let smtp: MailPeer
  let webAccount: AccountView
  let smsAccount: AccountView

  beforeAll(async () => {
    sms = await startTwilioPeer()
    imap = await startMailPeer({ address: MAILBOX })
    smtp = await startMailPeer({ address: MAILBOX, deliverBy: 'smtp', smtpInPort: await freePort() })
    hub = await RunningHub.start()
    const desk = await openDesk(hub, 'mia')
    agent = desk.agent
    events = desk.events
    const teamId = desk.team.id
    webAccount = await addAccount(hub, web, { name: 'Website', teamId })
    smsAccount = await addAccount(hub, sms, { name: 'Phone', teamId })
    await addAccount(hub, imap, { name: 'Mailbox', teamId })
    await addAccount(hub, smtp, { name: 'Post', teamId })
  })
  afterAll(async () => {
    events?.close()
    await Promise.all([web.close(), sms?.close(), imap?.close(), smtp?.close()])
    await hub?.close()
  })

  /** The hub lives, and the next message of everybody arrives. */
  const othersArrive = async () => {
    const mark = randomUUID()
    await Promise.all([
      web.say('u_next', { text: `web ${mark}` }),
      sms.say('+12025550199', { text: `sms ${mark}` }),
      imap.say('next@customer.example', { text: `imap ${mark}` }),
      smtp.say('next@customer.example', { text: `smtp ${mark}` }),
    ])
    for (const way of ['web', 'sms', 'imap', 'smtp']) await arrival({ events }, `${way} ${mark}`)
  }
  const visitor = async () => {
    const response = await fetch(`${webAccount.hookUrl}/session`, { method: 'POST', body: '{}' })
    const { token } = (await response.json()) as { token: string }
    return (body: unknown) =>
      fetch(`${webAccount.hookUrl}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
  }

  test('a message of 100,000 characters is kept whole, or refused with the limit', async () => {
    const text = `${'长'.repeat(99_990)} the end`
    await smtp.say('long@customer.example', { text, subject: 'A long one' })
    const { message } = await arrival({ events }, 'the end')
    expect(message.text.trim()).toBe(text)
    const say = await visitor()
    const refused = await say({ clientId: 'long', text })
    expect([400, 413, 422]).toContain(refused.status)
    expect(await refused.text()).toMatch(/10,?000/)
    const typed = await agent.ask('POST', `/api/v1/conversations/${message.conversationId}/messages`, {
      kind: 'reply',
      text: 'x'.repeat(600_000),
    })
    expect(typed.status).toBe(400)
    await othersArrive()
  })

  test('control characters and halves of characters are left out, the rest is kept', async () => {
    const say = await visitor()
    const response = await say('{"clientId":"odd","text":"be\\u0000ll \\u0007 and \\ud800 half \\u202e end"}')
    expect(response.status).toBeLessThan(300)
    const { message } = await arrival({ events }, 'half')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(message.text).not.toMatch(/[\u0000-\u0008\u000e-\u001f]/)
    expect(message.text.isWellFormed()).toBe(true)
    expect(message.text).toContain('bell')
    await sms.say('+12025550111', { text: 'ring \u0007 it \u0000 now' })
    await arrival({ events }, 'now')
    await othersArrive()
  })

  test('a name of nothing but a picture character is a name', async () => {
    await web.say('unicorn', { text: 'I am the unicorn', name: '🦄🦄' })
    const { message } = await arrival({ events }, 'I am the unicorn')
    const row = (await conversations(agent)).find((one) => one.id === message.conversationId)
    expect(row?.contact.name).toBe('🦄🦄')
    await imap.say('u@customer.example', { text: 'I am the other unicorn', name: '🦄' })
    const other = await arrival({ events }, 'I am the other unicorn')
    expect((await conversations(agent)).find((one) => one.id === other.message.conversationId)?.contact.name).toBe('🦄')
  })

  test('malformed bodies are told so', async () => {
    const say = await visitor()
    for (const body of ['{"text":', '[]', 'null', '"text"', '{"clientId":7}', '', '\u0000'])
      expect((await say(body)).status, body).toBe(400)
    const path = '/api/v1/conversations'
    const json = { 'content-type': 'application/json' }
    for (const body of ['{', '[]', 'null', '{"accountId":{"a":1}}'])
      expect((await agent.ask('POST', path, body, json)).status, body).toBe(400)
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect((await agent.ask('POST', path, deep, json)).status).toBe(400)
    const form = await fetch(smsAccount.hookUrl, { method: 'POST', body: '%%%=%%%&=' })
    expect(form.status).toBe(403)
    await othersArrive()
  })

  test('a body of 41 MB is refused, with its length told or not', async () => {
    const huge = Buffer.alloc(41 * MEGABYTE, 'a')
    // The answer may come before the body is through: then the connection ends under the sender's hands.
    const send = (body: Buffer | ReadableStream) =>
      fetch(smsAccount.hookUrl, {
        method: 'POST',
        body: body as Buffer<ArrayBuffer>,
        duplex: 'half',
      } as RequestInit).then(
        ({ status }) => status,
        () => 'cut off',
      )
    expect([413, 'cut off']).toContain(await send(huge))
    const chunks = ReadableStream.from(Array.from({ length: 41 }, () => huge.subarray(0, MEGABYTE)))
    expect([413, 'cut off']).toContain(await send(chunks as ReadableStream))
    await othersArrive()
  })

  test('an account that is not there is told so', async () => {
    for (const id of [randomUUID(), 'x', '%00', '..%2f..%2fetc', "'; drop table accounts; --", '电话'])
      expect(
        (await fetch(`${hub.url}/hooks/${encodeURIComponent(id)}`, { method: 'POST', body: 'x' })).status,
        id,
      ).toBe(404)
    await othersArrive()
  })

  test('a client id that is used again is the first message, or refused', async () => {
    const say = await visitor()
    const one = await say({ clientId: 'again', text: 'said once only' })
    const { remoteId } = (await one.json()) as { remoteId: string }
    const two = await say({ clientId: 'again', text: 'said once only' })
    expect(two.status).toBeLessThan(300)
    expect(await two.json()).toMatchObject({ remoteId })
    expect((await say({ clientId: 'again', text: 'said otherwise' })).status).toBe(409)
    const { message } = await arrival({ events }, 'said once only')
    const { items } = await thread(agent, message.conversationId)
    expect(items.map(({ text }) => text)).toEqual(['said once only'])

    const body = { text: 'answered once only', clientId: 'agent-again', kind: 'reply' }
    const path = `/api/v1/conversations/${message.conversationId}/messages`
    const first = await agent.post<MessageView>(path, body)
    expect((await agent.post<MessageView>(path, body)).id).toBe(first.id)
    expect((await agent.ask('POST', path, { ...body, text: 'other words' })).status).toBe(422)
  })

  test('a mail with a file of 50 MB is kept without the file, or refused at the door', async () => {
    const media = [{ name: 'film.mp4', mimeType: 'video/mp4', content: new Uint8Array(randomBytes(50 * MEGABYTE)) }]
    await imap.say('film@customer.example', { text: 'Look at my film', media })
    const { message } = await arrival({ events }, 'Look at my film')
    await expect
      .poll(async () => {
        const { items } = await thread(agent, message.conversationId)
        return items.flatMap(({ attachments }) =>
          attachments.map(({ state, reason }) => ({ state, said: reason !== null })),
        )
      }, patiently)
      .toEqual([{ state: 'refused', said: true }])
    await expect(smtp.say('film@customer.example', { text: 'My film again', media })).rejects.toThrow(/552|larger/)
    await othersArrive()
  })

  test('a mail whose MIME is broken is shown with what could be read', async () => {
    const raw = await readFile(path.join(FIXTURES, 'broken-mime.eml'))
    await imap.deliver(raw)
    await imap.deliver(Buffer.from('From: x@customer.example\r\n\r\nno headers to speak of'))
    await imap.deliver(Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a]))
    await arrival({ events }, 'no headers to speak of')
    await othersArrive()
  })

  test('nothing of all this is among the dead', async () => {
    const { items } = await hub.admin.get<{ items: unknown[] }>('/api/v1/dead-letters')
    expect(items).toEqual([])
  })
})
