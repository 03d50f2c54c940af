import { describe, expect, it } from 'vitest'
import { failureOf, healthOf, lostFailure, oddAnswer } from '../../../adapters/wechat-official/errors.ts'
import { NotConnected } from '../../../adapters/wechat-official/exchange.ts'

describe('WeChat’s return codes', () => {
  const PERMANENT = [45015, 45047, 40003, 40037, 43004, 43101, 47003, 48001, 48004, 50002, 40013, 40164, 40125]
  const CODES: [number, string][] = [
    [-1, 'retryable'],
    [40001, 'retryable'],
    [40014, 'retryable'],
    [42001, 'retryable'],
    [45011, 'throttled'],
    [45009, 'throttled'],
    ...PERMANENT.map((code): [number, string] => [code, 'permanent']),
  ]
  it.each(CODES)('%i is %s', (errcode, expected) => {
    expect(failureOf(errcode, 'words of WeChat')).toMatchObject({ class: expected, code: String(errcode) })
  })

  it.each([
    [40013, 'AppID'],
    [40125, 'AppSecret'],
    [40164, 'IP whitelist'],
  ])('%i makes the account misconfigured, and says what to do', (errcode, words) => {
    expect(healthOf(failureOf(errcode, ''))).toMatchObject({
      state: 'misconfigured',
      detail: expect.stringContaining(words),
    })
  })

  it('a closed window says nothing about the account', () => {
    expect(healthOf(failureOf(45015, ''))).toBeNull()
  })
})

describe('a lost connection', () => {
  const error = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })

  it('is uncertain once the request may have been read', () => {
    for (const code of ['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'EPIPE'])
      expect(lostFailure(error(code), false).class).toBe('uncertain')
    expect(lostFailure(new DOMException('late', 'TimeoutError'), false).class).toBe('uncertain')
  })

  it('is tried again when there was none, or the call does no harm twice', () => {
    expect(lostFailure(new NotConnected('x', { cause: error('ECONNREFUSED') }), false).class).toBe('retryable')
    expect(lostFailure(error('ECONNRESET'), true).class).toBe('retryable')
  })

  it('an answer that is not WeChat’s is no proof that nothing was sent', () => {
    expect([200, 500, 504].map((status) => oddAnswer(status, false).class)).toEqual(Array(3).fill('uncertain'))
    expect([502, 503].map((status) => oddAnswer(status, false).class)).toEqual(Array(2).fill('retryable'))
  })
})
