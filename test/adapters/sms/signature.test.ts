import { createHash } from 'node:crypto'
import fc from 'fast-check'
import twilioWebhooks from 'twilio/lib/webhooks/webhooks.js'
import { describe, expect, it } from 'vitest'
import { authenticParams, expectedSignature } from '../../../adapters/sms/signature.ts'

const TOKEN = '12345'
const URL_TOLD = 'https://hub.example/hooks/01a?x=1&y=%20'
const FORM = 'application/x-www-form-urlencoded; charset=utf-8'
const asMap = (params: Record<string, string>) =>
  new Map(Object.entries(params).map(([name, value]) => [name, [value]]))

const call = (body: string, over: Partial<Parameters<typeof authenticParams>[1]> = {}) => ({
  url: URL_TOLD,
  contentType: FORM,
  body,
  signature: expectedSignature(TOKEN, URL_TOLD, asMap(Object.fromEntries(new URLSearchParams(body)))),
  ...over,
})

describe('Twilio’s signature', () => {
  it('is what Twilio’s own SDK computes, for any parameters', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' })), (params) => {
        const theirs = twilioWebhooks.getExpectedTwilioSignature(TOKEN, URL_TOLD, params)
        expect(expectedSignature(TOKEN, URL_TOLD, asMap(params))).toBe(theirs)
      }),
    )
  })

  it('takes repeated parameters as the SDK does', () => {
    const params = { Digits: ['2', '1', '2'], A: ['x'] }
    const theirs = twilioWebhooks.getExpectedTwilioSignature(TOKEN, URL_TOLD, params)
    expect(expectedSignature(TOKEN, URL_TOLD, new Map(Object.entries(params)))).toBe(theirs)
  })

  it('lets through what Twilio signed, with parameters nobody knows yet', () => {
    const params = authenticParams(TOKEN, call('Body=%E4%BD%A0%E5%A5%BD+%F0%9F%8E%82&From=%2B1202&Unheard=of'))
    expect(params?.get('Body')).toEqual(['你好 🎂'])
    expect(params?.get('Unheard')).toEqual(['of'])
  })

  it.each([
    ['a changed word', { body: 'Body=hj' }],
    ['another path', { url: 'https://hub.example/hooks/01b?x=1&y=%20' }],
    ['another query', { url: 'https://hub.example/hooks/01a?x=2&y=%20' }],
    ['no signature', { signature: null }],
    ['an empty signature', { signature: '' }],
    ['another content type', { contentType: 'text/plain' }],
  ])('refuses %s', (_case, over) => {
    expect(authenticParams(TOKEN, call('Body=hi', over))).toBeNull()
  })

  it('refuses what another token signed', () => {
    expect(authenticParams('54321', call('Body=hi'))).toBeNull()
  })

  it('does not mind whether Twilio signed the standard port or left out ours', () => {
    const params = asMap({ Body: 'hi' })
    for (const [told, signed] of [
      ['https://hub.example/hooks/1', 'https://hub.example:443/hooks/1'],
      ['https://hub.example:8443/hooks/1', 'https://hub.example/hooks/1'],
      ['http://hub.example/hooks/1', 'http://hub.example:80/hooks/1'],
    ] as const) {
      const signature = expectedSignature(TOKEN, signed, params)
      expect(authenticParams(TOKEN, call('Body=hi', { url: told, signature }))).not.toBeNull()
    }
  })

  it('covers a JSON body by its hash in the signed URL', () => {
    const body = '{"MessageSid":"SM1","n":2}'
    const hash = createHash('sha256').update(body).digest('hex')
    const url = `${URL_TOLD}&bodySHA256=${hash}`
    const signature = expectedSignature(TOKEN, url, new Map())
    const json = { url, contentType: 'application/json', signature }
    expect(authenticParams(TOKEN, call(body, json))?.get('MessageSid')).toEqual(['SM1'])
    expect(authenticParams(TOKEN, call(body.replace('SM1', 'SM2'), json))).toBeNull()
  })
})
