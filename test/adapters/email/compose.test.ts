import { describe, expect, it } from 'vitest'
import { compose } from '../../../adapters/email/compose.ts'
import { parseMail } from '../../../adapters/email/parse.ts'
import type { Outbound, RemoteId } from '../../../src/model.ts'
import { outbound } from '../../contract/fixture.ts'
import { accountConfig, OWN, SEND, tokens } from './fixture.ts'

const written = async (over: Partial<Outbound>, config = {}) => {
  const message = outbound('ann@customer.example', { sendKey: SEND, text: 'Hello', subject: 'Re: Order', ...over })
  const mail = await compose(message, { config: accountConfig(config), accountName: 'The Shop', tokens })
  return { ...mail, parsed: await parseMail(mail.raw), head: mail.raw.toString('latin1').split('\r\n\r\n')[0] ?? '' }
}

describe('a composed mail', () => {
  it('continues the thread: our Message-ID, In-Reply-To, and References in full', async () => {
    const replyTo = 'c@customer.example' as RemoteId
    const references = ['a@customer.example', 'sha256:00', 'b@shop.example'] as RemoteId[]
    const { parsed, messageId } = await written({ replyTo, references })
    expect(messageId).toBe(tokens.messageId(SEND))
    expect(parsed.messageId).toBe(messageId)
    expect(parsed.inReplyTo).toEqual(['c@customer.example'])
    expect(parsed.references).toEqual(['a@customer.example', 'b@shop.example', 'c@customer.example'])
  })

  it('is the same mail when it is sent again', async () => {
    expect((await written({ at: 1 })).messageId).toBe((await written({ at: 2 })).messageId)
  })

  it('cannot be made to carry headers or recipients of somebody else', async () => {
    const attack = 'x\r\nBcc: victim@evil.example\r\n\r\n<script>'
    const { head, envelope } = await written({
      subject: attack,
      fromName: attack,
      to: { address: 'ann@customer.example', displayName: attack },
    })
    expect(head).not.toMatch(/^bcc:/im)
    expect(envelope.to).toBe('ann@customer.example')
  })

  it('says what it says in plain text and in escaped HTML', async () => {
    const { parsed, raw } = await written({ text: 'a <b>\n\nsecond & "third"' })
    expect(parsed.text.trim()).toBe('a <b>\n\nsecond & "third"')
    expect(raw.toString()).toContain('text/html')
    expect(parsed.html).toContain('a &lt;b&gt;')
  })

  it('is marked when no person wrote it', async () => {
    expect((await written({ automatic: true })).parsed.headers['auto-submitted']).toEqual(['auto-generated'])
    const answer = await written({ automatic: true, replyTo: 'c@customer.example' as RemoteId })
    expect(answer.parsed.headers['auto-submitted']).toEqual(['auto-replied'])
    expect((await written({})).parsed.headers['auto-submitted']).toBeUndefined()
  })

  it('asks for answers and bounces at an address of its own when reply tokens are on', async () => {
    const { parsed, envelope } = await written({}, { replyTokens: true })
    expect(parsed.replyTo?.address).toBe(tokens.address(SEND))
    expect(tokens.fromAddress(envelope.from)).toBe(SEND)
    expect((await written({})).envelope.from).toBe(OWN)
  })

  it('goes without a token where the address would be too long', async () => {
    const long = 'a-very-long-department-name@shop.example'
    const { replyTokens } = await import('../../../adapters/email/reply-token.ts')
    expect(replyTokens(Buffer.alloc(32), long).address(SEND)).toBeNull()
  })
})
