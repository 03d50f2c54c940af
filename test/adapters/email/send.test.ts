import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf, type SmtpError } from '../../../adapters/email/errors.ts'
import { type MailPeer, startMailPeer } from '../../../sandbox/mail-peer.ts'
import type { Outbound, SendResult } from '../../../src/model.ts'
import { outbound } from '../../contract/fixture.ts'
import { type RunningAccount, runAccount } from './account.ts'
import { OWN } from './fixture.ts'

const ANN = 'ann@customer.example'

describe('sending', () => {
  let peer: MailPeer
  let account: RunningAccount

  const open = async (config: Record<string, unknown> = {}) => {
    account = await runAccount({ ...peer.config, ...config })
  }
  const send = (over: Partial<Outbound> = {}, signal = AbortSignal.timeout(10_000)): Promise<SendResult> =>
    account.adapter.send(outbound(ANN, { text: 'Hello', subject: 'Re: Order', ...over }), signal)

  beforeEach(async () => {
    peer = await startMailPeer({ address: OWN })
  })
  afterEach(async () => {
    await account.stop()
    await peer.close()
  })

  it('a reply to an answer names the send it answers', async () => {
    await open({ replyTokens: true })
    await peer.say(ANN, { text: 'First' })
    const first = await account.sink.waitForMessage('First')
    const message = outbound(ANN, { text: 'Answer', subject: 'Re: First', replyTo: first.id })
    const sent = await account.adapter.send(message, AbortSignal.timeout(10_000))
    await peer.say(ANN, { text: 'Second' })
    const second = await account.sink.waitForMessage('Second')
    expect(second.inReplyToSend).toBe(message.sendKey)
    expect(second.replyTo).toEqual([...(sent.ok ? sent.ids : []), first.id])
    expect(second.subject).toBe('Re: First')
  })

  it('a connection the server closed meanwhile is replaced, unnoticed', async () => {
    await open()
    expect(await send()).toMatchObject({ ok: true })
    peer.fail('refuse', 0)
    expect(await send()).toMatchObject({ ok: true })
    expect(peer.accepted).toHaveLength(2)
  })

  it('a mail that comes back fails its send and takes the address out of use', async () => {
    await open()
    const message = outbound('gone@customer.example', { text: 'Hello', subject: 'Order' })
    expect(await account.adapter.send(message, AbortSignal.timeout(10_000))).toMatchObject({ ok: true })
    await account.sink.until(() => account.sink.events.length === 2)
    expect(account.sink.events).toMatchObject([
      { kind: 'receipt', of: { sendKey: message.sendKey }, status: 'failed', failure: { code: '5.1.1' } },
      { kind: 'consent', change: 'unreachable', from: { address: 'gone@customer.example' } },
    ])
  })

  it('a stop lets the mail in hand come to its end', async () => {
    await open()
    const sending = send()
    await account.adapter.stop()
    expect(await sending).toMatchObject({ ok: true })
    expect(peer.accepted).toHaveLength(1)
    expect(await send()).toMatchObject({ failure: { class: 'retryable' } })
  })

  it('five go at once over connections that are kept', async () => {
    await open()
    const results = await Promise.all(Array.from({ length: 25 }, () => send()))
    expect(results.every((result) => result.ok)).toBe(true)
    expect(new Set(peer.accepted.map(({ key }) => key)).size).toBe(25)
  })

  it('a wrong password is the operator’s to mend: the message waits, the account says so', async () => {
    await open({ smtpPassword: 'wrong' })
    expect(await send()).toMatchObject({ ok: false, failure: { class: 'retryable' } })
    expect(account.sink.lastHealth).toMatchObject({ state: 'misconfigured' })
    expect(account.sink.lastHealth?.detail).toContain('Correct it in the settings')
  })

  it('an account without an SMTP server says so', async () => {
    await open({ smtpHost: '' })
    expect(await send()).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'no_smtp' } })
  })

  it('what is no address is refused before anything is sent', async () => {
    await open()
    expect(await send({ to: { address: 'not an address', displayName: null } })).toMatchObject({
      failure: { class: 'permanent', code: 'bad_address' },
    })
  })

  it('a server that never answers is given up in time, and nothing has been sent', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    await open({ smtpPort: typeof address === 'object' ? address?.port : 0 })
    expect(await send({}, AbortSignal.timeout(300))).toMatchObject({ failure: { class: 'retryable' } })
    silent.close()
  })
})

describe('the class of a failure', () => {
  const error = (fields: Partial<SmtpError>) => Object.assign(new Error(fields.response ?? 'lost'), fields)
  it.each([
    ['a refused address', { responseCode: 550, response: '550 5.1.1 no such user' }, 'envelope', 'permanent'],
    ['a server in trouble', { responseCode: 451, response: '451 4.3.0 try later' }, 'content', 'retryable'],
    ['greylisting', { responseCode: 451, response: '451 4.7.1 Greylisted, please try again' }, 'envelope', 'retryable'],
    ['a rate limit', { responseCode: 421, response: '421 4.7.28 rate limit' }, 'envelope', 'throttled'],
    ['no connection', { code: 'ECONNREFUSED' }, 'envelope', 'retryable'],
    ['lost in the middle of the content', { code: 'ECONNECTION' }, 'content', 'retryable'],
    ['lost after the end of the content', { code: 'ECONNECTION' }, 'ended', 'uncertain'],
    ['refused after the end of the content', { responseCode: 554, response: '554 spam' }, 'ended', 'permanent'],
  ] as const)('%s', (_name, fields, phase, expected) => {
    expect(failureOf(error(fields), phase).class).toBe(expected)
  })
})
