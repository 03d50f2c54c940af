import { describe, expect, it } from 'vitest'
import { events, letter, message, OWN, SEND, tokens } from './fixture.ts'

describe('who wrote', () => {
  it('is the sender, unverified unless our own server vouches for them', async () => {
    const results = (server: string, verdict: string) =>
      letter({ 'Authentication-Results': `${server}; ${verdict}`, From: 'Ann Lee <Ann@Customer.example>' })
    const trust = { trustAuthenticationResults: 'mx.shop.example' }
    const good = results('mx.shop.example', 'spf=pass; dmarc=pass (p=reject) header.from=customer.example')
    expect((await message(good)).from).toEqual({
      address: 'ann@customer.example',
      displayName: 'Ann Lee',
      verified: false,
    })
    expect((await message(good, trust)).from.verified).toBe(true)
    const other = results('mx.shop.example', 'dmarc=pass header.from=evil.example; dkim=pass header.d=evil.example')
    expect((await message(other, trust)).from.verified).toBe(false)
    expect(
      (await message(results('mx.evil.example', 'dmarc=pass header.from=customer.example'), trust)).from.verified,
    ).toBe(false)
  })

  it('is whom the answer should go to, as on a contact form', async () => {
    const form = await message('contact-form')
    expect(form).toMatchObject({ from: { address: 'ann@customer.example', displayName: 'Ann Lee', verified: false } })
    expect(form.echoOf).toBeUndefined()
  })

  it('is somebody of their own where the mail names nobody', async () => {
    const [first, second] = [await message(letter({ From: '' }, 'one')), await message(letter({ From: '' }, 'two'))]
    expect(first.from.address).toMatch(/^unknown-[0-9a-f]{12}@sender\.invalid$/)
    expect(first.from.address).not.toBe(second.from.address)
  })
})

describe('which message a reply answers', () => {
  it('is told by our Message-ID in In-Reply-To', async () => {
    const reply = await message(letter({ 'In-Reply-To': `<${tokens.messageId(SEND)}>` }))
    expect(reply.inReplyToSend).toBe(SEND)
  })

  it('is told by the plus-address, even in lower case and without References', async () => {
    const address = tokens.address(SEND) as string
    expect(address.split('@')[0]?.length).toBeLessThanOrEqual(64)
    expect((await message(letter({ To: address.toLowerCase() }))).inReplyToSend).toBe(SEND)
  })

  it('is not told by a forged token', async () => {
    const forged = tokens.messageId(SEND).replace(/\.([a-z2-7])/, (_, first) => `.${first === 'a' ? 'b' : 'a'}`)
    const reply = await message(letter({ 'In-Reply-To': `<${forged}>` }))
    expect(reply.inReplyToSend).toBeUndefined()
    expect(reply.replyTo).toEqual([forged])
  })

  it('is named nearest first', async () => {
    const reply = await message(letter({ 'In-Reply-To': '<c@x>', References: '<a@x> <b@x>\r\n <c@x>' }))
    expect(reply.replyTo).toEqual(['c@x', 'b@x', 'a@x'])
  })

  it('is nothing for a first mail', async () => {
    expect(Object.keys(await message(letter({})))).not.toContain('replyTo')
  })
})

describe('mails of machines', () => {
  it.each(['auto-reply', 'auto-reply-zh-no-header', 'newsletter'])('%s is stored and marked', async (name) => {
    expect((await message(name)).automatic).toBe(true)
  })

  it('are told by the null sender, and by another hub’s mark', async () => {
    expect((await events(letter({}), {}, ''))[0]).toMatchObject({ automatic: true })
    expect((await message(letter({ 'X-Onethread': '1' }))).automatic).toBe(true)
    expect((await message(letter({ 'Auto-Submitted': 'no' }))).automatic).toBeUndefined()
  })
})

describe('our own mails coming back', () => {
  it('a copy of a send names the send', async () => {
    const copy = letter({ From: OWN, To: 'ann@customer.example', 'Message-ID': `<${tokens.messageId(SEND)}>` })
    expect(await message(copy)).toMatchObject({ echoOf: SEND, thread: 'ann@customer.example' })
  })

  it('a colleague’s mail from their own program belongs to the customer’s thread', async () => {
    expect(await message('sent-copy')).toMatchObject({
      echoOf: 'external',
      thread: 'ann@customer.example',
      replyTo: ['a1@customer.example'],
    })
  })
})

describe('bounces', () => {
  it.each([
    ['bounce-dead-address', '5.1.1', true],
    ['bounce-textual', '5.1.1', true],
    ['bounce-textual-zh', '5.1.1', true],
    ['bounce-mailbox-full', '5.2.2', false],
    ['bounce-expired', '4.4.7', false],
    ['bounce-exchange-5xx-policy', '5.7.1', false],
  ])('%s fails its send, and the address only when it is dead', async (name, status, dead) => {
    const found = await events(name)
    expect(found[0]).toMatchObject({
      kind: 'receipt',
      of: { sendKey: SEND },
      status: 'failed',
      failure: { code: status },
    })
    expect(
      found.slice(1).map((event) => (event.kind === 'consent' ? [event.change, event.from.address] : event.kind)),
    ).toEqual(dead ? [['unreachable', 'gone@customer.example']] : [])
  })

  it('a note that delivery is delayed changes nothing', async () => {
    expect(await events('bounce-delayed')).toEqual([])
  })

  it('a complaint takes the consent back at once', async () => {
    expect(await events('complaint')).toMatchObject([
      { kind: 'consent', change: 'revoked', from: { address: 'ann@customer.example' } },
    ])
  })

  it('a bounce of what we never sent is a mail like any other, from a machine', async () => {
    const foreign = letter({
      From: 'mailer-daemon@x.example',
      'Return-Path': '<>',
      Subject: 'Undelivered Mail Returned to Sender',
      'In-Reply-To': '<somebody@else.example>',
    })
    expect(await events(foreign)).toMatchObject([{ kind: 'message', automatic: true }])
  })
})
