import { describe, expect, it } from 'vitest'
import { toE164 } from '../../../adapters/sms/numbers.ts'
import { OPT_OUT_WORDS } from '../../../adapters/sms/opt-out.ts'
import { nameOf, type ParseContext, parseInbound, parseStatus } from '../../../adapters/sms/parse.ts'
import type { AccountId, SendKey } from '../../../src/model.ts'

const SID = `SM${'a1'.repeat(16)}`
const context: ParseContext = {
  account: 'account' as AccountId,
  at: 1000,
  optOutWords: OPT_OUT_WORDS,
  normalize: (raw) => toE164(raw),
}
const params = (fields: Record<string, string>) => new Map(Object.entries(fields).map(([key, value]) => [key, [value]]))
const inbound = (fields: Record<string, string> = {}) =>
  parseInbound(params({ MessageSid: SID, From: '+12025550123', Body: 'hi', NumMedia: '0', ...fields }), context)
const status = (fields: Record<string, string>, key: SendKey | null = null) =>
  parseStatus(params({ MessageSid: SID, To: '+12025550123', ...fields }), key, context)

describe('an incoming message', () => {
  it('is one message of its sender', () => {
    expect(inbound()).toEqual([
      {
        kind: 'message',
        account: 'account',
        id: SID,
        at: 1000,
        thread: '+12025550123',
        from: { address: '+12025550123', verified: true },
        text: 'hi',
        media: [],
      },
    ])
  })

  it('keeps its files to be fetched later', () => {
    const url = 'https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME'
    const [message] =
      inbound({
        Body: '',
        NumMedia: '3',
        MediaUrl0: url,
        MediaContentType0: 'image/jpeg',
        MediaUrl1: 'not a url',
        MediaUrl2: `${url}2`,
      }) ?? []
    expect(message).toMatchObject({
      text: '',
      media: [
        { state: 'remote', ref: url, name: 'image-1.jpg', mimeType: 'image/jpeg' },
        { state: 'remote', ref: `${url}2`, name: 'file-3', mimeType: 'application/octet-stream' },
      ],
    })
  })

  it('comes from a short code or a name as well', () => {
    expect(inbound({ From: '72345' })?.[0]).toMatchObject({ thread: '72345', from: { address: '72345' } })
  })

  it('that only says STOP is kept, and takes consent back with the words as evidence', () => {
    const events = inbound({ Body: 'Stop ' })
    expect(events?.map((event) => event.kind)).toEqual(['message', 'consent'])
    expect(events?.[1]).toMatchObject({ id: `${SID}:consent`, change: 'revoked', evidence: 'Stop ' })
  })

  it('follows Twilio’s own reading of opt-out words', () => {
    expect(inbound({ Body: 'arrêt', OptOutType: 'STOP' })?.[1]).toMatchObject({ change: 'revoked', evidence: 'arrêt' })
    expect(inbound({ Body: 'info', OptOutType: 'HELP' })).toHaveLength(1)
  })

  it.each([{ MessageSid: '' }, { MessageSid: '../x' }, { From: ' ' }, { NumMedia: '-1' }])(
    'without %j is none',
    (over) => {
      expect(inbound(over)).toBeNull()
    },
  )
})

describe('a status callback', () => {
  it.each([
    ['queued', 'accepted'],
    ['sending', 'accepted'],
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
  ])('%s is the receipt %s', (theirs, ours) => {
    expect(status({ MessageStatus: theirs })?.events).toEqual([
      { kind: 'receipt', account: 'account', id: `${SID}:${theirs}`, at: 1000, of: { remote: SID }, status: ours },
    ])
  })

  it('names the send by its key where our URL carried it', () => {
    expect(status({ MessageStatus: 'sent' }, 'k1' as SendKey)?.events[0]).toMatchObject({ of: { sendKey: 'k1' } })
  })

  it.each(['receiving', 'received', 'scheduled', 'something new'])('%s says nothing to us', (theirs) => {
    expect(status({ MessageStatus: theirs })?.events).toEqual([])
  })

  it('of a message that did not arrive says why', () => {
    expect(status({ MessageStatus: 'undelivered', ErrorCode: '30005' })?.events).toMatchObject([
      { status: 'failed', failure: { class: 'permanent', code: '30005' } },
    ])
    expect(status({ MessageStatus: 'undelivered', ErrorCode: '30003' })?.events).toMatchObject([
      { status: 'failed', failure: { class: 'retryable', retryAfterMs: 1_800_000 } },
    ])
    expect(status({ MessageStatus: 'failed' })?.events).toMatchObject([{ failure: { code: 'undelivered' } }])
  })

  it('that tells of an opt-out takes consent back', () => {
    expect(status({ MessageStatus: 'failed', ErrorCode: '21610' })?.events).toMatchObject([
      { kind: 'receipt', status: 'failed' },
      { kind: 'consent', change: 'revoked', from: { address: '+12025550123' } },
    ])
  })

  it('without a sid or status is none', () => {
    expect(status({})).toBeNull()
    expect(status({ MessageSid: 'x', MessageStatus: 'sent' })).toBeNull()
  })
})

it.each([
  ['image/jpeg', 'image-1.jpg'],
  ['audio/mpeg', 'audio-1.mp3'],
  ['text/x-vcard', 'file-1.vcf'],
  ['application/vnd.openxmlformats', 'file-1'],
  ['', 'file-1'],
])('a file of type %j is called %s', (type, name) => {
  expect(nameOf(type, 1)).toBe(name)
})
