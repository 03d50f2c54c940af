import { describe, expect, it } from 'vitest'
import { decrypt, encrypt } from '../../../adapters/wechat-official/crypto.ts'
import { signatureMatches, signatureOf } from '../../../adapters/wechat-official/signature.ts'

const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const APP = 'wx2c2769f8efd9abc2'
const XML = '<xml><Content><![CDATA[你好]]></Content></xml>'
/** Made with `openssl enc -aes-256-cbc -nopad` from sixteen "a", the length, the XML, the AppID and the padding. */
const SEALED =
  '5I0ViYLQqCiDyNw9bygZh71fbJ2xPGeAjjPPNgCc7KIs53xpNfvH1cVsyltj9/BpQJF+NLCUPw1p6ptbP9jZpwQNVnMnzqNJnTxHR+gqaHX8H41PHEBJ3JbxEo4D33TU'

describe('WeChat’s encryption', () => {
  it('opens what another program sealed', () => {
    expect(decrypt(KEY, APP, SEALED)).toBe(XML)
  })

  it('seals the same way', () => {
    expect(encrypt(KEY, APP, XML, Buffer.alloc(16, 'a'))).toBe(SEALED)
  })

  it('opens nothing that was sealed for another account', () => {
    expect(decrypt(KEY, 'wx0000000000000000', SEALED)).toBeNull()
  })

  it('opens nothing that was changed, cut or never sealed', () => {
    const bytes = Buffer.from(SEALED, 'base64')
    bytes[20] = (bytes[20] ?? 0) ^ 1
    for (const broken of [
      bytes.toString('base64'),
      SEALED.slice(0, 40),
      '',
      'AAAA',
      Buffer.alloc(64).toString('base64'),
    ])
      expect(decrypt(KEY, APP, broken)).toBeNull()
  })

  it('keeps every length of text, around all block borders', () => {
    for (let length = 0; length < 70; length += 1) {
      const text = '字'.repeat(length)
      expect(decrypt(KEY, APP, encrypt(KEY, APP, text))).toBe(text)
    }
  })
})

describe('WeChat’s signature', () => {
  // printf '1409735669abcxyz' | sha1sum, the parts sorted.
  const KNOWN = 'a2eca1588902a6fd0a384beb2047399eb8499139'

  it('is the SHA-1 of the sorted parts', () => {
    expect(signatureOf('xyz', '1409735669', 'abc')).toBe(KNOWN)
  })

  it('refuses what is wrong, missing or of another length', () => {
    expect(signatureMatches(KNOWN, ['xyz', '1409735669', 'abc'])).toBe(true)
    expect(signatureMatches(KNOWN.replace(/.$/, '0').replace(/^./, 'x'), ['xyz', '1409735669', 'abc'])).toBe(false)
    expect(signatureMatches(KNOWN.slice(1), ['xyz', '1409735669', 'abc'])).toBe(false)
    expect(signatureMatches(null, ['xyz', '1409735669', 'abc'])).toBe(false)
    expect(signatureMatches(KNOWN, ['xyz', null, 'abc'])).toBe(false)
  })
})
